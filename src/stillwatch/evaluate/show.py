"""An evaluation for people at a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group
from rich.table import Table
from rich.text import Text

from stillwatch.evaluate.count import Evaluation


def render(evaluation: Evaluation) -> Group:
    """The evaluation as a table of true campaigns over lines of figures, for rich to print."""
    table = Table(title=f"{evaluation.found} of {evaluation.campaigns} campaigns found", title_justify="left")
    table.add_column("campaign")
    table.add_column("found")
    # Without a replay nothing is known of time.
    early = ("delay", "leaked") if any(row.leaked is not None for row in evaluation.rows) else ()
    for heading in ("accounts", "exchanges", "purity", "accounts held", "exchanges held", *early):
        table.add_column(heading, justify="right")
    for row in evaluation.rows:
        table.add_row(
            row.campaign,
            "yes" if row.found else "no",
            f"{row.accounts:,}",
            f"{row.exchanges:,}",
            percent(row.purity),
            percent(row.account_recall),
            percent(row.exchange_recall),
            *(
                ("–" if row.delay_hours is None else f"{row.delay_hours:,.1f} h", percent(row.leaked))
                if early
                else ()
            ),
        )
    lines = [
        f"Accounts: {evaluation.named_accounts:,} named; recall {percent(evaluation.account_recall)}, "
        f"precision {percent(evaluation.account_precision)}.",
        f"Exchanges: {evaluation.attributed_exchanges:,} attributed; recall "
        f"{percent(evaluation.exchange_recall)}, precision {percent(evaluation.exchange_precision)}.",
        f"Campaigns named: {evaluation.detected}.",
        *(
            []
            if evaluation.leaked is None
            else [f"Leaked before a campaign was first found: {percent(evaluation.leaked)}."]
        ),
        f"Innocents named: {_kinds(evaluation.innocents)}.",
        *(
            []
            if evaluation.innocents_ever is None
            else [f"Innocents named by any run: {_kinds(evaluation.innocents_ever)}."]
        ),
    ]
    return Group(table, *(Text(line) for line in lines))


def percent(share: float | None) -> str:
    """A share in per cent with one digit, cut so that only all reads 100.0 %; a dash where there is none."""
    if share is None:
        return "–"
    if share >= 1:
        return "100.0 %"
    return f"{min(round(share * 100, 1), 99.9):.1f} %"


def _kinds(innocents: Mapping[str, int]) -> str:
    if not innocents:
        return "none"
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in innocents.items())
    return f"{sum(innocents.values()):,} ({kinds})"
