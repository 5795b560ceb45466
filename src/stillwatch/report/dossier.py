"""A campaign's rows of every table, gathered in one value that both the page and the terminal read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.model.exchanges import DAY, QUARANTINE
from stillwatch.model.findings import ATTRIBUTED, CAMPAIGNS, CONTEST, EVIDENCE, FIRST, MEMBERS, SHARED
from stillwatch.model.links import FAMILIES
from stillwatch.model.result import Findings
from stillwatch.model.tables import conform
from stillwatch.report.words import moment

MEMBERS_SHOWN = 50

Row = dict[str, Any]


@dataclass(frozen=True)
class Role:
    """How many accounts hold a role in a campaign and what they sent.

    exchanges        exchanges of the campaign that these accounts sent
    total_exchanges  all exchanges that these accounts sent
    """

    name: str
    accounts: int
    exchanges: int
    total_exchanges: int


@dataclass(frozen=True)
class Dossier:
    """What is known of one campaign; times in rows are microseconds since 1970.

    row       its row of CAMPAIGNS
    evidence  its rows of EVIDENCE without an account, by family, the heaviest first
    contest   its rows of CONTEST, by rival and family
    shared    its rows of SHARED, the most telling first
    daily     (day, capability, exchanges), day as whole days since 1970, in order
    members   the first MEMBERS_SHOWN rows of MEMBERS by probability
    roles     totals by role, the largest first
    mixed     accounts with the role `mixed`
    related   name of the campaign it is related to, where that one is known
    first     its row of FIRST, where it was replayed
    """

    row: Row
    evidence: tuple[Row, ...]
    contest: tuple[Row, ...]
    shared: tuple[Row, ...]
    daily: tuple[tuple[int, str, int], ...]
    members: tuple[Row, ...]
    roles: tuple[Role, ...]
    mixed: frozenset[str]
    related: str
    first: Row | None = None

    @property
    def actionable_at(self) -> datetime | None:
        """When a replay could first have acted on it, UTC."""
        return moment(self.first["first_actionable_at"]) if self.first else None

    @property
    def first_seen(self) -> datetime:
        """When its first exchange arrived, UTC."""
        return moment(self.row["first_seen"])

    @property
    def last_seen(self) -> datetime:
        """When its last exchange arrived, UTC."""
        return moment(self.row["last_seen"])


def family_order(name: str) -> tuple[int, str]:
    """A sort key that puts families in the order of FAMILIES, unknown ones last by name."""
    return (FAMILIES.index(name) if name in FAMILIES else len(FAMILIES), name)


def open_dossiers(findings: Findings) -> tuple[Dossier, ...]:
    """One dossier a campaign: actionable ones first, then by probability, score and id.

    The same rows in any order give the same dossiers.

    raises  SchemaMismatch when a table lacks what its schema promises
    """
    campaigns = _rows(conform(findings.campaigns, CAMPAIGNS, "report ← CAMPAIGNS"))
    campaigns.sort(
        key=lambda row: (not row["actionable"], -row["probability"], -row["log10_lr"], row["campaign_id"])
    )
    names = {row["campaign_id"]: row["name"] for row in campaigns}
    evidence = conform(findings.evidence, EVIDENCE, "report ← EVIDENCE")
    of_groups = _by_campaign(evidence.filter(pc.is_null(evidence["account_id"])), _heaviest_of_family)
    contest = _by_campaign(conform(findings.contest, CONTEST, "report ← CONTEST"), _by_rival)
    shared = _by_campaign(conform(findings.shared, SHARED, "report ← SHARED"), _most_telling)
    daily = _by_campaign(_daily(conform(findings.attributed, ATTRIBUTED, "report ← ATTRIBUTED")), _in_time)
    members = conform(findings.members, MEMBERS, "report ← MEMBERS")
    roles = _by_campaign(_roles(members), _largest)
    mixed = _mixed(members)
    first = {} if findings.first is None else _first_times(findings.first)
    return tuple(
        Dossier(
            row=row,
            evidence=of_groups.get(name, ()),
            contest=contest.get(name, ()),
            shared=shared.get(name, ()),
            daily=tuple((part["day"], part["capability"], part["exchanges"]) for part in daily.get(name, ())),
            members=_first_members(members, name),
            roles=tuple(
                Role(part["role"], part["accounts"], part["exchanges"], part["total_exchanges"])
                for part in roles.get(name, ())
            ),
            mixed=mixed.get(name, frozenset()),
            related=names.get(row["related_campaign_id"], ""),
            first=first.get(name),
        )
        for row in campaigns
        for name in (row["campaign_id"],)
    )


def _heaviest_of_family(part: Row) -> tuple[Any, ...]:
    return family_order(part["family"]), -abs(part["log10_lr"]), part["signal"], part["observation"]


def _by_rival(part: Row) -> tuple[Any, ...]:
    return part["rival"], family_order(part["family"]), part["because"]


def _most_telling(part: Row) -> tuple[Any, ...]:
    telling = part["accounts"] * part["bits"] / (1 + part["outsiders"])
    return -telling, family_order(part["family"]), part["kind"], part["key"]


def _in_time(part: Row) -> tuple[Any, ...]:
    return part["day"], part["capability"], part["exchanges"]


def _largest(part: Row) -> tuple[Any, ...]:
    return -part["accounts"], part["role"]


def quarantined(findings: Findings) -> tuple[tuple[str, int, str], ...]:
    """Rejected input rows by reason: (reason, rows, one source with such a row), the most frequent first."""
    table = conform(findings.quarantine, QUARANTINE, "report ← QUARANTINE")
    grouped = table.group_by("reason").aggregate([("line", "count"), ("source", "min")])
    rows = [(row["reason"], row["line_count"], row["source_min"]) for row in grouped.to_pylist()]
    return tuple(sorted(rows, key=lambda row: (-row[1], row[0])))


def _daily(attributed: pa.Table) -> pa.Table:
    # Whole days by integer division: a named time zone would need a database that small systems lack.
    days = pc.divide(attributed["ts"].cast(pa.int64()), DAY)
    table = pa.table(
        {
            "campaign_id": attributed["campaign_id"],
            "day": days,
            "capability": pc.fill_null(attributed["capability"], ""),
        }
    )
    counted = table.group_by(["campaign_id", "day", "capability"]).aggregate([([], "count_all")])
    return counted.rename_columns(
        [{"count_all": "exchanges"}.get(name, name) for name in counted.column_names]
    )


def _roles(members: pa.Table) -> pa.Table:
    counted = members.group_by(["campaign_id", "role"]).aggregate(
        [("account_id", "count"), ("exchanges", "sum"), ("total_exchanges", "sum")]
    )
    return counted.select(
        ["campaign_id", "role", "account_id_count", "exchanges_sum", "total_exchanges_sum"]
    ).rename_columns(["campaign_id", "role", "accounts", "exchanges", "total_exchanges"])


def _mixed(members: pa.Table) -> dict[str, frozenset[str]]:
    """Campaign → its accounts with the role `mixed`."""
    listed = (
        members.filter(pc.equal(members["role"], "mixed"))
        .group_by("campaign_id")
        .aggregate([("account_id", "list")])
    )
    return {row["campaign_id"]: frozenset(row["account_id_list"]) for row in listed.to_pylist()}


def _first_times(first: pa.Table) -> dict[str, Row]:
    return {row["campaign_id"]: row for row in _rows(conform(first, FIRST, "report ← FIRST"))}


def _first_members(members: pa.Table, campaign_id: str) -> tuple[Row, ...]:
    own = members.filter(pc.equal(members["campaign_id"], campaign_id))
    order = pc.sort_indices(
        own,
        sort_keys=[
            ("probability", "descending"),
            ("log10_lr", "descending"),
            ("exchanges", "descending"),
            ("account_id", "ascending"),
        ],
    )
    return tuple(_rows(own.take(order[:MEMBERS_SHOWN])))


def _by_campaign(table: pa.Table, order: Callable[[Row], tuple[Any, ...]]) -> dict[str, tuple[Row, ...]]:
    groups: dict[str, list[Row]] = {}
    for row in _rows(table):
        groups.setdefault(row["campaign_id"], []).append(row)
    return {name: tuple(sorted(rows, key=order)) for name, rows in groups.items()}


def _rows(table: pa.Table) -> list[Row]:
    """The rows as dictionaries, times as microseconds since 1970."""
    plain = pa.table(
        {
            field.name: table[field.name].cast(pa.int64())
            if pa.types.is_timestamp(field.type)
            else table[field.name]
            for field in table.schema
        }
    )
    rows: list[Row] = plain.to_pylist()
    return rows
