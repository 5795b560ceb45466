"""Campaigns that an earlier scan found, read from the folder that it wrote."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.errors import InvalidConfiguration, InvalidInput, SchemaMismatch
from stillwatch.model.findings import CAMPAIGNS, CONTEST, EVIDENCE, MEMBERS, SHARED
from stillwatch.model.standing import ORDINARY, WORDING, Standing
from stillwatch.model.tables import conform
from stillwatch.pipeline import Window

_TABLES = {
    "campaigns": CAMPAIGNS, "members": MEMBERS, "evidence": EVIDENCE, "contest": CONTEST, "shared": SHARED,
    "wording": WORDING,
}  # fmt: skip


def read_standing(folder: Path, key_id: str) -> Standing:
    """The actionable campaigns of a scan's output.

    key_id  names the key of the exchanges that are to come
    raises  InvalidInput when the folder is no output of a scan, InvalidConfiguration when another key named its
            fingerprints
    """
    summary = _summary(folder)
    if summary.get("key_id") != key_id:
        raise InvalidConfiguration(
            f"The campaigns in {folder} are known by names made with key {summary.get('key_id')}, these exchanges have "
            f"key {key_id}: they would never meet.",
            hint="Set STILLWATCH_KEY to the key of that scan, or leave --standing out.",
        )
    tables = {name: _table(folder, name, schema) for name, schema in _TABLES.items()}
    acted = tables["campaigns"].filter(tables["campaigns"]["actionable"])
    ids = acted["campaign_id"].combine_chunks()
    ordinary = _table(folder, "ordinary", ORDINARY)
    kept = {
        name: table.filter(pc.is_in(table["campaign_id"], value_set=ids)) for name, table in tables.items()
    }
    return Standing(
        **kept,
        ordinary=ordinary,
        accounts=_accounts(summary),
        until=_until(folder, summary),
        sha256=_digest(folder),
    )


def window_after(standing: Standing, given: Window) -> Window:
    """The part of the window that comes after what is known.

    raises  InvalidConfiguration for one that begins earlier, whose exchanges would count twice, and for one that ends
            by then
    """
    if given.since is not None and given.since < standing.until:
        raise InvalidConfiguration(
            f"--since {given.since.isoformat()} lies inside the window of the standing campaigns, which ended at "
            f"{standing.until.isoformat()}: its exchanges would count twice.",
            hint="Leave --since out: what came later is read.",
        )
    if given.until is not None and given.until <= standing.until:
        raise InvalidConfiguration(
            f"--until {given.until.isoformat()} lies inside the window of the standing campaigns, which ended at "
            f"{standing.until.isoformat()}: nothing would be read.",
            hint="Leave --until out, or name a later time.",
        )
    return Window(given.since or standing.until, given.until)


def utc(time: datetime) -> str:
    """The time in ISO 8601, in UTC, to the microsecond where it is no whole second."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def told(standing: Standing, campaigns: pa.Table, members: pa.Table) -> dict[str, Any]:
    """What the summary says of campaigns that were carried on.

    campaigns, members  as they are now
    """
    ids = pa.array(sorted(standing.ids), pa.string())
    now = members.filter(pc.is_in(members["campaign_id"], value_set=ids)).num_rows
    return {
        "campaigns": len(standing.ids),
        "new_campaigns": int(pc.sum(campaigns["actionable"]).as_py() or 0) - len(standing.ids),
        "new_accounts": now - standing.members.num_rows,
        "accounts": standing.accounts,
        "until": utc(standing.until),
        "sha256": standing.sha256,
    }


def _summary(folder: Path) -> dict[str, Any]:
    try:
        summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise _no_output(folder, f"summary.json: {error.strerror}") from error
    except ValueError as error:
        raise _no_output(folder, f"summary.json: {error}") from error
    try:
        whole = isinstance(summary["counts"]["accounts"], int)
        for until in (summary["window"]["until"], summary.get("standing", {}).get("until")):
            whole &= until is None or datetime.fromisoformat(until).tzinfo is not None
        int(summary.get("standing", {}).get("accounts", 0))
    except (KeyError, TypeError, ValueError, AttributeError):
        whole = False
    if not whole or "key_id" not in summary:
        raise _no_output(folder, "summary.json holds something else")
    return summary


def _table(folder: Path, name: str, schema: pa.Schema) -> pa.Table:
    path = folder / f"{name}.parquet"
    try:
        return conform(pq.read_table(path), schema, path.name)
    except (OSError, pa.ArrowInvalid, SchemaMismatch) as error:
        raise _no_output(folder, f"{path.name}: {str(error).splitlines()[0]}") from error


def _no_output(folder: Path, what: str) -> InvalidInput:
    return InvalidInput(
        f"{folder} is not what a scan wrote ({what}).",
        hint="Name the --out folder of an earlier scan: --standing found",
    )


def _digest(folder: Path) -> str:
    """SHA-256 of the tables, one after the other."""
    digest = hashlib.sha256()
    for name in (*_TABLES, "ordinary"):
        digest.update((folder / f"{name}.parquet").read_bytes())
    return digest.hexdigest()


def _accounts(summary: dict[str, Any]) -> int:
    return max(int(summary["counts"]["accounts"]), int(summary.get("standing", {}).get("accounts", 0)))


def _until(folder: Path, summary: dict[str, Any]) -> datetime:
    """The first moment that nothing is known of; a scan of no exchange leaves that of the scan before."""
    until = summary["window"]["until"] or summary.get("standing", {}).get("until")
    if until is None:
        raise _no_output(folder, "it saw no exchange")
    return datetime.fromisoformat(until).astimezone(UTC)
