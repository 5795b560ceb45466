"""The case of a campaign that stands: what was known of it, with what a later window adds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.model.exchanges import TIMESTAMP
from stillwatch.model.findings import EVIDENCE, MEMBERS
from stillwatch.model.standing import WORDING, Standing
from stillwatch.score.carried import Carried
from stillwatch.score.case import ACCOUNTS_BEYOND, EXCHANGES_BETWEEN, OPERATOR_SHARE, Case, membership_row
from stillwatch.score.familiar import not_tried_again
from stillwatch.score.observation import EXTRACT_MODEL
from stillwatch.score.rolls import Roll
from stillwatch.score.scene import Population
from stillwatch.stats.counts import expected_count

CARRIED_ON = "carried_on"
"""What a later window adds stands in the evidence under this name."""


def carried_case(each: Carried, standing: Standing, roll: Roll, people: Population) -> Case:
    """The campaign's case: its evidence as it stands, its accounts and exchanges with what this window adds.

    roll  what is attributed to it in this window
    """
    row = dict(standing.row(each.campaign_id))
    exchange = 1.0 / (1.0 + 2.0**-roll.weights)
    before = standing.of(standing.members, each.campaign_id)
    members, new = _members(each, before, roll, people, row["probability"])
    _, low, _ = expected_count(new["probability"].to_numpy())
    _, sent_low, _ = expected_count(exchange, roll.times)
    row["last_seen"] = max(row["last_seen"], int(roll.last[roll.sent > 0].max()))
    row["accounts"] += new.num_rows
    row["accounts_low"] += int(np.floor(low))
    row["accounts_high"] = max(row["accounts_high"], int(np.ceil(row["accounts"] * ACCOUNTS_BEYOND)))
    row["exchanges"] += roll.exchanges
    row["exchanges_low"] += int(np.floor(min(sent_low, roll.exchanges * EXCHANGES_BETWEEN[0])))
    row["exchanges_high"] += int(np.ceil(roll.exchanges * EXCHANGES_BETWEEN[1]))
    for name in ("input_tokens", "output_tokens"):
        more = getattr(roll, name)
        row[name] = row[name] if more is None else (row[name] or 0) + more
    row["models"] = [*row["models"], *(name for name in roll.models if name not in row["models"])]
    return Case(
        each.campaign_id,
        each.cluster,
        roll,
        np.round(exchange * row["probability"], 6),
        row,
        members,
        _evidence(each, standing, roll, new),
        standing.of(standing.contest, each.campaign_id),
    )


def _members(
    each: Carried, before: pa.Table, roll: Roll, people: Population, probability: float
) -> tuple[pa.Table, pa.Table]:
    """MEMBERS with what this window adds, and those of them who are new."""
    times = [before[name].cast(pa.int64()).to_pylist() for name in ("first_seen", "last_seen")]
    rows: dict[str, dict[str, Any]] = {}
    for row, first, last in zip(
        before.drop_columns(["first_seen", "last_seen"]).to_pylist(), *times, strict=True
    ):
        rows[row["account_id"]] = {**row, "first_seen": first, "last_seen": last}
    odds = roll.bits + np.log2(each.size / max(each.others, 1))
    member = np.round(probability / (1.0 + 2.0 ** -np.clip(odds, -60, 60)), 6)
    new = []
    for place, name in enumerate(people.account_id.take(pa.array(roll.members)).to_pylist()):
        sent, total = int(roll.sent[place]), int(people.exchanges[roll.members[place]])
        if name not in rows:
            if not sent:
                continue  # in this window nothing of it is attributed, and no earlier one named it
            new.append(name)
            rows[name] = {
                "campaign_id": each.campaign_id, "account_id": name, "probability": float(member[place]),
                "log10_lr": round(float(roll.bits[place] * np.log10(2.0)), 4), "exchanges": 0, "total_exchanges": 0,
                "first_seen": int(roll.first[place]), "last_seen": int(roll.last[place]),
            }  # fmt: skip
        row = rows[name]
        row["exchanges"] += sent
        row["total_exchanges"] += total
        if sent:
            row["last_seen"] = max(row["last_seen"], int(roll.last[place]))
        lives_for_it = row["exchanges"] >= OPERATOR_SHARE * row["total_exchanges"]
        row["role"] = "operator" if lives_for_it else "mixed"
    order = sorted(rows)
    table = pa.table(
        {
            name: pa.array([rows[account][name] for account in order], MEMBERS.field(name).type)
            if MEMBERS.field(name).type != TIMESTAMP
            else pa.array([rows[account][name] for account in order], pa.int64()).cast(TIMESTAMP)
            for name in MEMBERS.names
        },
        schema=MEMBERS,
    )
    return table, table.filter(pc.is_in(table["account_id"], value_set=pa.array(new, pa.string())))


def _evidence(each: Carried, standing: Standing, roll: Roll, new: pa.Table) -> pa.Table:
    """EVIDENCE as it stands, a row of what this window adds, and why each new account is named.

    The row takes the place of the one that the window before added.
    """
    before = standing.of(standing.evidence, each.campaign_id)
    before = before.filter(pc.not_equal(before["signal"], CARRIED_ON))
    whole = before["account_id"].null_count  # rows of the campaign come before those of its accounts
    seen = int(np.count_nonzero(roll.sent))
    first, last = (
        datetime.fromtimestamp(time // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M")
        for time in (int(roll.first[roll.sent > 0].min()), int(roll.last[roll.sent > 0].max()))
    )
    rows = [
        {
            "campaign_id": each.campaign_id,
            "account_id": None,
            "family": "content",
            "signal": CARRIED_ON,
            "log10_lr": 0.0,
            "accounts": seen,
            "observation": f"From {first} to {last}, {seen:,} accounts sent {roll.exchanges:,} of its exchanges; "
            f"{new.num_rows:,} of them were named first then. All else was observed before, and was not asked again.",
            "atlas": EXTRACT_MODEL,
        }
    ]
    why = [
        membership_row(*told)
        for told in zip(
            *(new[name].to_pylist() for name in ("campaign_id", "account_id", "log10_lr", "exchanges", "total_exchanges")),
            strict=True,
        )
    ]  # fmt: skip
    return pa.concat_tables(
        [
            before.slice(0, whole),
            pa.Table.from_pylist(rows, EVIDENCE),
            before.slice(whole),
            pa.Table.from_pylist(why, EVIDENCE),
        ]
    ).combine_chunks()


def with_resting(tables: Mapping[str, pa.Table], standing: Standing) -> dict[str, pa.Table]:
    """The tables of a scan with what they leave out of campaigns that stand: all of those of which nothing was seen, and
    what the others share and keep.

    tables  CAMPAIGNS, MEMBERS, EVIDENCE, CONTEST, SHARED, WORDING and ORDINARY by name
    """
    seen = tables["campaigns"]["campaign_id"].combine_chunks()
    out = {}
    for name, table in tables.items():
        before = getattr(standing, name)
        if name == "wording":
            first = 1 + (pc.max(before["template"]).as_py() if before.num_rows else -1)
            place = table.column_names.index("template")
            table = table.set_column(
                place, WORDING.field("template"), pc.add(table["template"], pa.scalar(first, pa.int32()))
            )
        elif name == "ordinary":
            before = not_tried_again(before, table)
        elif name != "shared":
            before = before.filter(pc.invert(pc.is_in(before["campaign_id"], value_set=seen)))
        out[name] = pa.concat_tables([table, before.cast(table.schema)]).combine_chunks()
    out["campaigns"] = out["campaigns"].sort_by(
        [("actionable", "descending"), ("log10_lr", "descending"), ("campaign_id", "ascending")]
    )
    return out
