"""The truth of a scenario folder and the findings of a result folder, as plain columns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.errors import InvalidInput


@dataclass(frozen=True)
class Truth:
    """What really happened.

    members     account_id, campaign
    exchanges   exchange_id, ts, campaign: those of campaigns alone
    archetypes  account_id, archetype
    """

    members: pa.Table
    exchanges: pa.Table
    archetypes: pa.Table


@dataclass(frozen=True)
class Found:
    """What a result says: actionable campaigns alone.

    campaigns   campaign_id
    members     campaign_id, account_id
    attributed  campaign_id, exchange_id
    first       campaign_id, first_actionable_at; None where the result holds no replay
    ever        account_id: named in an actionable campaign by any run of a replay; None as above
    """

    campaigns: pa.Table
    members: pa.Table
    attributed: pa.Table
    first: pa.Table | None
    ever: pa.Table | None = None


def read_truth(scenario: Path) -> Truth:
    """The truth of a scenario folder; rows without a campaign are left out.

    raises  InvalidInput when a file or column is missing
    """
    folder = Path(scenario) / "truth"
    return Truth(
        members=_named(_read(folder / "members.parquet", ["account_id", "campaign"])),
        exchanges=_named(_read(folder / "exchanges.parquet", ["exchange_id", "ts", "campaign"])),
        archetypes=_read(folder / "accounts.parquet", ["account_id", "archetype"]),
    )


def read_found(result: Path) -> Found:
    """The actionable findings of a result folder.

    raises  InvalidInput when campaigns, members or attributed is missing or lacks a column
    """
    folder = Path(result)
    campaigns = _read(folder / "campaigns.parquet", ["campaign_id", "actionable"])
    actionable = campaigns.filter(campaigns["actionable"]).select(["campaign_id"])
    ids = actionable["campaign_id"]
    replay, named = folder / "replay.parquet", folder / "named.parquet"
    return Found(
        campaigns=actionable,
        members=_of(_read(folder / "members.parquet", ["campaign_id", "account_id"]), ids),
        attributed=_of(_read(folder / "attributed.parquet", ["campaign_id", "exchange_id"]), ids),
        first=_of(_read(replay, ["campaign_id", "first_actionable_at"]), ids) if replay.exists() else None,
        ever=_read(named, ["account_id"]) if named.exists() else None,
    )


def _read(path: Path, columns: list[str]) -> pa.Table:
    if not path.is_file():
        raise InvalidInput(
            f"{path}: no such file",
            hint="A scenario folder holds truth/{members,exchanges,accounts}.parquet; a result folder holds "
            "campaigns.parquet, members.parquet and attributed.parquet.",
        )
    try:
        held = pq.read_schema(path).names
    except pa.ArrowInvalid as error:
        raise InvalidInput(f"{path}: not a Parquet file ({error})") from error
    missing = [name for name in columns if name not in held]
    if missing:
        raise InvalidInput(f"{path}: column {', '.join(missing)} is missing; found {', '.join(held)}")
    table = pq.read_table(path, columns=columns)
    for place, name in enumerate(table.column_names):
        if pa.types.is_timestamp(table[name].type):
            # UTC without its name: that needs a database which small systems lack.
            table = table.set_column(place, name, table[name].cast(pa.timestamp("us"), safe=False))
    return table


def _named(table: pa.Table) -> pa.Table:
    campaign = table["campaign"].cast(pa.string())
    held = pc.and_(pc.is_valid(campaign), pc.not_equal(pc.fill_null(campaign, ""), ""))
    return table.set_column(table.column_names.index("campaign"), "campaign", campaign).filter(held)


def _of(table: pa.Table, ids: pa.ChunkedArray) -> pa.Table:
    return table.filter(
        pc.is_in(table["campaign_id"], value_set=pa.array(ids.to_pylist(), table["campaign_id"].type))
    )
