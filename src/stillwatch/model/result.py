"""FINDINGS: everything that one scan ends in, as one value that can be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import pyarrow as pa

_SHOWN = 20
_CELL = "padding:.3em .8em;border-bottom:1px solid #8884;text-align:left;vertical-align:top"
_NUMBER = "padding:.3em .8em;border-bottom:1px solid #8884;text-align:right;vertical-align:top"


@dataclass(frozen=True, repr=False, eq=False)
class Findings:
    """What a scan found: nine tables and a summary.

    campaigns   CAMPAIGNS, one row a campaign
    members     MEMBERS, one row a campaign and account
    attributed  ATTRIBUTED, one row an exchange of a campaign; many rows lie on disk, and their space there is
                free again when the table is dropped
    evidence    EVIDENCE, one row an observation; those of a whole campaign sum to its `log10_lr`
    contest     CONTEST, one row a campaign, rival explanation and family of evidence
    shared      SHARED, one row an indicator that accounts of a campaign share
    wording     WORDING, one row an actionable campaign and keyed name of what its members keep: what a later scan goes on with
    ordinary    ORDINARY, one row a group whose evidence speaks for innocents: not tried again on a day after this scan
    quarantine  QUARANTINE, one row a rejected input row
    summary     what the run was: `version`, `window` {since, until}, `command`, `counts` {rows, exchanges, accounts,
                quarantined, outside_window, clusters_tested, campaigns, actionable, attributed}, `explained`
                {innocent explanation: groups that it explains}, `unreadable` {column: values taken for missing},
                `skipped` {what is no exchange: how often}, `missing` [{column, cost}], `fdr`, `key_id`,
                `inputs` [{name, bytes, sha256}], `config_hash`, `timings` {stage: seconds}, `peak_memory_bytes`;
                `lake` {days, replaced, dropped} where one took in logs; `standing` {campaigns, new_campaigns,
                new_accounts, accounts, until, sha256} where campaigns were carried on
    first       FIRST, one row an actionable campaign; None where nothing was replayed
    """

    campaigns: pa.Table
    members: pa.Table
    attributed: pa.Table
    evidence: pa.Table
    contest: pa.Table
    shared: pa.Table
    wording: pa.Table
    ordinary: pa.Table
    quarantine: pa.Table
    summary: Mapping[str, Any]
    first: pa.Table | None = None

    def __repr__(self) -> str:
        """One line for the scan and one for each campaign, the most probable first."""
        rows = _ranked(self.campaigns)
        lines = [f"Findings: {self._sentence()}"]
        for row in rows[:_SHOWN]:
            mark = "campaign" if row["actionable"] else "watched "
            lines.append(
                f"  {mark}  {_plain(row['name'])} ({_plain(row['campaign_id'])}): "
                f"probability {row['probability']:.3f}, log10 LR {row['log10_lr']:.1f}, "
                f"{_spread(row, 'accounts')} accounts, {_spread(row, 'exchanges')} exchanges, "
                f"{row['first_seen']:%Y-%m-%d} to {row['last_seen']:%Y-%m-%d}"
            )
        if len(rows) > _SHOWN:
            lines.append(f"  and {len(rows) - _SHOWN:,} more in .campaigns")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """A small table of the campaigns for a notebook; it holds no text of any prompt."""
        rows = _ranked(self.campaigns)
        head = "".join(
            f'<th scope="col" style="{style}">{label}</th>'
            for label, style in (
                ("Campaign", _CELL),
                ("Decision", _CELL),
                ("Probability", _NUMBER),
                ("log10 LR", _NUMBER),
                ("Accounts", _NUMBER),
                ("Exchanges", _NUMBER),
                ("Seen (UTC)", _CELL),
                ("Best innocent explanation", _CELL),
            )
        )
        body = "".join(
            f'<tr><td style="{_CELL}"><strong>{_html(row["name"])}</strong><br>'
            f"<code>{_html(row['campaign_id'])}</code></td>"
            f'<td style="{_CELL}">{"actionable" if row["actionable"] else "watched, not actionable"}</td>'
            f'<td style="{_NUMBER}">{row["probability"]:.3f}</td>'
            f'<td style="{_NUMBER}">{row["log10_lr"]:.1f}</td>'
            f'<td style="{_NUMBER}">{_spread(row, "accounts")}</td>'
            f'<td style="{_NUMBER}">{_spread(row, "exchanges")}</td>'
            f'<td style="{_CELL}">{row["first_seen"]:%Y-%m-%d} to {row["last_seen"]:%Y-%m-%d}</td>'
            f'<td style="{_CELL}">{_html(str(row["top_rival"]).replace("_", " "))}</td></tr>'
            for row in rows[:_SHOWN]
        )
        rest = len(rows) - _SHOWN
        more = f"<p>and {rest:,} more in <code>.campaigns</code></p>" if rest > 0 else ""
        table = (
            f'<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"
            if rows
            else ""
        )
        return f"<div><p><strong>{_html(self._sentence())}</strong></p>{table}</div>"

    def _sentence(self) -> str:
        actionable = sum(self.campaigns["actionable"].to_pylist())
        watched = self.campaigns.num_rows - actionable
        counts = self.summary.get("counts", {})
        found = f"{actionable:,} campaign{'' if actionable == 1 else 's'}"
        if watched:
            found += f" and {watched:,} watched group{'' if watched == 1 else 's'}, not actionable,"
        return (
            f"{found} in {counts.get('exchanges', 0):,} exchanges of {counts.get('accounts', 0):,} accounts"
        )


def _ranked(campaigns: pa.Table) -> list[dict[str, Any]]:
    # Times go by whole microseconds: a named time zone would need a database that small systems lack.
    for column in ("first_seen", "last_seen"):
        place = campaigns.column_names.index(column)
        campaigns = campaigns.set_column(place, column, campaigns[column].cast(pa.int64()))
    rows: list[dict[str, Any]] = campaigns.to_pylist()
    for row in rows:
        for column in ("first_seen", "last_seen"):
            row[column] = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row[column])
    return sorted(
        rows,
        key=lambda row: (not row["actionable"], -row["probability"], -row["log10_lr"], row["campaign_id"]),
    )


def _spread(row: Mapping[str, Any], column: str) -> str:
    return f"{row[column]:,} ({row[f'{column}_low']:,}–{row[f'{column}_high']:,})"


def _plain(value: object) -> str:
    """The value on one line: a name from a log must not steer the terminal that shows it."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in str(value))


def _html(value: object) -> str:
    return escape(_plain(value), quote=True)
