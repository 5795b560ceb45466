"""The first screen of the report, the campaigns and their evidence, for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from stillwatch.model.result import Findings
from stillwatch.report.campaign import CampaignView, view
from stillwatch.report.dossier import open_dossiers
from stillwatch.report.headline import Headline, headline
from stillwatch.report.waterfall import Step
from stillwatch.report.words import family, plain, plural, sentence, signed

CAMPAIGNS_SHOWN = 12
EVIDENCE_SHOWN = 6
_WIDE = 110  # columns from which the campaigns stand in one table


@dataclass(frozen=True)
class Summary:
    """What the terminal shows of a scan; rich renders it to the width it has."""

    headline: Headline
    found: tuple[CampaignView, ...]
    watched: tuple[CampaignView, ...]
    more: int
    missing: tuple[tuple[str, str], ...]
    quarantined: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The parts of the summary, top to bottom."""
        yield Text(self.headline.sentence, style="bold")
        yield Text(self.headline.scope, style="dim")
        if self.headline.figures:
            yield Text("")
            yield _pairs([(one.label, f"{one.value} ({one.remark})") for one in self.headline.figures])
        else:
            for line in self.headline.meaning:
                yield Text("")
                yield Text(line)
        if self.found:
            yield from _part("Campaigns", self.found, options.max_width)
        if self.watched:
            yield from _part(
                "Watched, not actionable: no finding against anyone", self.watched, options.max_width
            )
        if self.more:
            yield Text("")
            yield Text(f"and {plural(self.more, 'further group')} in campaigns.parquet", style="dim")
        if self.missing or self.quarantined:
            yield Text("")
            yield Rule("What the data lack", align="left", style="dim")
            if self.missing:
                yield _pairs(list(self.missing))
            if self.quarantined:
                yield Text(f"{plural(self.quarantined, 'row')} could not be read: see quarantine.parquet")


def render_terminal(findings: Findings) -> Summary:
    """A rich renderable of the report's first screen, the campaigns, and the evidence of each.

    Adapts to the terminal's width and needs no colour. Texts from the logs can't steer the terminal.
    raises  SchemaMismatch when a table lacks what its schema promises
    """
    dossiers = open_dossiers(findings)
    views = [
        view(dossier, number, {}, pictures=False)
        for number, dossier in enumerate(dossiers[:CAMPAIGNS_SHOWN], 1)
    ]
    return Summary(
        headline=headline(findings, dossiers),
        found=tuple(one for one in views if one.actionable),
        watched=tuple(one for one in views if not one.actionable),
        more=len(dossiers) - len(views),
        missing=tuple(
            (plain(gap.get("column", "")), plain(gap.get("cost", ""), 400))
            for gap in findings.summary.get("missing") or ()
        ),
        quarantined=findings.quarantine.num_rows,
    )


def _part(title: str, views: Sequence[CampaignView], width: int) -> Iterator[RenderableType]:
    yield Text("")
    yield Rule(title, align="left", style="dim")
    if width >= _WIDE:
        yield _table(views)
    for one in views:
        yield Text("")
        yield Text.assemble((sentence(one.name), "bold"), "  ", (one.campaign_id, "dim"))
        if width < _WIDE:
            yield Padding(_pairs(_summary(one)), (0, 0, 0, 2))
        yield Padding(_evidence(one), (0, 0, 0, 2))
        yield Padding(Text(one.contest.verdict), (0, 0, 0, 2))


def _table(views: Sequence[CampaignView]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Name", no_wrap=False)
    table.add_column("Probability")
    table.add_column("Accounts", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("Exchanges", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("Mostly")
    for one in views:
        table.add_row(
            Text(sentence(one.name)),
            Text(f"{one.likelihood} ({one.probability})"),
            Text(one.accounts),
            Text(one.accounts_interval or "counted"),
            Text(one.exchanges),
            Text(one.exchanges_interval or "counted"),
            Text(one.capability),
        )
    return table


def _summary(one: CampaignView) -> list[tuple[str, str]]:
    def counted(number: str, bounds: str) -> str:
        return f"{number} ({bounds})" if bounds else number

    return [
        ("Probability", f"{one.likelihood} ({one.probability})"),
        ("Accounts", counted(one.accounts, one.accounts_interval)),
        ("Exchanges", counted(one.exchanges, one.exchanges_interval)),
        ("Mostly", one.capability),
    ]


def _evidence(one: CampaignView) -> Table:
    """The heaviest parts of the score, what the others add together, and the score."""
    steps = sorted(one.waterfall.steps, key=lambda step: -abs(step.value))
    shown = set(map(id, steps[:EVIDENCE_SHOWN]))
    rest = steps[EVIDENCE_SHOWN:]
    grid = _grid(("right", "left", "left"))
    for step in one.waterfall.steps:
        if id(step) in shown:
            grid.add_row(Text(signed(step.value)), Text(_heading(step)), Text(plain(step.observation, 600)))
    if rest:
        total = sum(step.value for step in rest)
        grid.add_row(
            Text(signed(total)), Text("others"), Text(f"{plural(len(rest), 'further observation')} together")
        )
    grid.add_row(
        Text(signed(one.waterfall.total), style="bold"),
        Text("score", style="bold"),
        Text(one.confidence, style="bold"),
    )
    return grid


def _heading(step: Step) -> str:
    return family(step.family).lower() if step.family else "difference"


def _pairs(rows: Sequence[tuple[str, str]]) -> Table:
    grid = _grid(("left", "left"))
    for term, value in rows:
        grid.add_row(Text(term, style="dim"), Text(value))
    return grid


def _grid(columns: Sequence[str]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number, justify in enumerate(columns):
        last = number == len(columns) - 1
        grid.add_column(
            justify="right" if justify == "right" else "left", no_wrap=not last, ratio=1 if last else None
        )
    return grid
