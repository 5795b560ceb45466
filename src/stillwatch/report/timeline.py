"""Exchanges of a campaign by day, stacked by what they ask for, as a static picture for two widths."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from stillwatch.model.exchanges import DAY
from stillwatch.report.dossier import Dossier
from stillwatch.report.words import capability, count, day, moment, percent, plural, short_day

if TYPE_CHECKING:
    import altair

SERIES_SHOWN = 5
# Colours that no reader sees: each is replaced by a variable of the page's style, so that the picture
# follows light and dark.
_INKS = {
    **{f"#a0000{number}": f"var(--series-{number})" for number in range(1, SERIES_SHOWN + 2)},
    "#b00001": "var(--muted)",
    "#b00002": "var(--rule)",
    "#b00003": "var(--ink)",
}
_LONG_DECIMAL = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")
_NEEDLESS = re.compile(
    r' (?:xmlns:xlink|role|aria-[a-z]+|pointer-events|class|version)="[^"]*"'
    r'|<path[^>]*display="none"[^>]*/>|<path class="background"[^>]*d="M0,0h0v0h0Z"[^>]*/>'
)


@dataclass(frozen=True)
class Series:
    """One colour of the picture: its number (1 is drawn lowest), what it stands for, how many exchanges."""

    number: int
    name: str
    exchanges: int


@dataclass(frozen=True)
class Timeline:
    """The picture in a wide and a narrow cut, its key, and its numbers as rows (day, one number a series)."""

    wide: Markup
    narrow: Markup
    series: tuple[Series, ...]
    rows: tuple[tuple[datetime, tuple[int, ...]], ...]
    peak: str


def timeline(dossier: Dossier, identity: str) -> Timeline | None:
    """The timeline of a campaign; None where no exchange is attributed.

    identity  a word that no other picture of the page has, for its title and description
    """
    if not dossier.daily:
        return None
    totals: dict[str, int] = {}
    for _, name, exchanges in dossier.daily:
        totals[name] = totals.get(name, 0) + exchanges
    ranked = sorted(totals, key=lambda name: (name == "", -totals[name], name))
    shown = [name for name in ranked if name][:SERIES_SHOWN]
    rest = [name for name in ranked if name not in shown]
    names = [capability(name) for name in shown]
    sums = [totals[name] for name in shown]
    if rest:
        names.append("not told" if rest == [""] else "everything else")
        sums.append(sum(totals[name] for name in rest))
    place = {name: number for number, name in enumerate(shown)}
    first, last = dossier.daily[0][0], dossier.daily[-1][0]
    table = [[0] * len(names) for _ in range(last - first + 1)]
    for on, name, exchanges in dossier.daily:
        table[on - first][place.get(name, len(shown))] += exchanges
    days = [moment((first + offset) * DAY) for offset in range(len(table))]
    rows = tuple((on, tuple(numbers)) for on, numbers in zip(days, table, strict=True))
    top = max(rows, key=lambda row: (sum(row[1]), -row[0].timestamp()))
    peak = f"The busiest day is {day(top[0])} with {plural(sum(top[1]), 'exchange')}."
    title = f"Exchanges a day, {day(days[0])} to {day(days[-1])}"
    known = dossier.actionable_at
    mark = None
    if known is not None and dossier.first is not None:
        place = (dossier.first["first_actionable_at"] - first * DAY) / DAY
        mark = min(max(place, 0.0), float(len(days)))
        leaked = f"{percent(dossier.first['leaked'])} of its exchanges had been sent by then."
        peak = f"{peak} First actionable on {day(known)} at {known:%H:%M}; {leaked}"
    description = (
        f"Stacked bars, one a day. {peak} "
        + ", ".join(f"{name}: {count(number)}" for name, number in zip(names, sums, strict=True))
        + "."
    )
    # The last colour is kept for what is left over.
    colours = [*range(1, len(shown) + 1), *([SERIES_SHOWN + 1] if rest else [])]
    return Timeline(
        wide=_picture(rows, colours, mark, 900, 210, 6, f"{identity}-wide", title, description),
        narrow=_picture(rows, colours, mark, 335, 200, 4, f"{identity}-narrow", title, description),
        series=tuple(
            Series(number, name, total) for number, name, total in zip(colours, names, sums, strict=True)
        ),
        rows=rows,
        peak=peak,
    )


def _picture(
    rows: tuple[tuple[datetime, tuple[int, ...]], ...],
    colours: list[int],
    mark: float | None,
    width: int,
    height: int,
    ticks: int,
    identity: str,
    title: str,
    description: str,
) -> Markup:
    # Both cost a report some tenths of a second that nothing else needs to pay.
    import altair
    import vl_convert

    values = [
        {"day": f"{index:05d}", "label": short_day(on), "series": number, "exchanges": exchanges}
        for index, (on, numbers) in enumerate(rows)
        for number, exchanges in enumerate(numbers)
        if exchanges
    ]
    every = max(1, -(-len(rows) // ticks))
    domain = [f"{index:05d}" for index in range(len(rows))]
    labels = {f"{index:05d}": short_day(on) for index, (on, _) in enumerate(rows)}
    inks = list(_INKS)
    lookup = ", ".join(f"'{key}': '{label}'" for key, label in labels.items())
    bars = (
        altair.Chart(altair.Data(values=values))
        .mark_bar(aria=False)
        .encode(
            x=altair.X("day:O")
            .scale(domain=domain, paddingInner=0.18 if len(rows) < 90 else 0)
            .axis(
                title=None,
                values=domain[::every],
                labelExpr=f"({{{lookup}}})[datum.value]",
                labelAngle=0,
                labelFlush=True,
                labelOverlap=True,
                tickBand="center",
            ),
            y=altair.Y("exchanges:Q").axis(title=None, tickCount=4, format=",d", tickMinStep=1),
            color=altair.Color("series:O", legend=None).scale(
                domain=list(range(len(colours))), range=[inks[number - 1] for number in colours]
            ),
            order=altair.Order("series:Q"),
        )
    )
    chart = (
        altair.layer(bars, *_first_actionable(mark, domain))
        .properties(
            width=width, height=height, autosize=altair.AutoSizeParams(type="fit", contains="padding")
        )
        .configure(background="transparent", padding={"left": 10, "right": 2, "top": 2, "bottom": 2})
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="#b00001",
            gridColor="#b00002",
            domainColor="#b00002",
            tickColor="#b00002",
            labelFontSize=12,
            labelFont="sans-serif",
        )
        .configure_axisX(grid=False)
        .configure_axisY(domain=False, ticks=False, labelPadding=6)
    )
    return _static(vl_convert.vegalite_to_svg(chart.to_dict(validate=False)), identity, title, description)


def _first_actionable(mark: float | None, domain: list[str]) -> list[altair.Chart]:
    """A line across the bars where the campaign could first be acted on, days since the picture's first."""
    import altair

    if mark is None:
        return []
    index = min(int(mark), len(domain) - 1)
    at = altair.Chart(altair.Data(values=[{"day": domain[index], "words": "first actionable"}]))
    x = altair.X("day:O").bandPosition(mark - index)
    late = mark > len(domain) / 2
    return [
        at.mark_rule(color="#b00003", strokeDash=[4, 3], aria=False).encode(x=x),
        at.mark_text(
            color="#b00003", fontSize=12, align="right" if late else "left", dx=-5 if late else 5, baseline="top",
            aria=False,
        ).encode(x=x, y=altair.value(0), text="words:N"),
    ]  # fmt: skip


def _static(svg: str, identity: str, title: str, description: str) -> Markup:
    """The picture without what only a live chart needs, in the page's colours, with title and description."""
    body = svg[svg.index(">") + 1 :]
    box = re.search(r'viewBox="([^"]*)"', svg)
    body = _NEEDLESS.sub("", body)
    for ink, variable in _INKS.items():
        body = body.replace(ink, variable)
    body = body.replace('font-family="sans-serif"', "")
    body = _LONG_DECIMAL.sub(lambda number: f"{round(float(number[0]), 1):g}", body)
    return Markup(
        f'<svg class="chart" viewBox="{box[1] if box else "0 0 0 0"}" role="img" '
        f'aria-labelledby="{identity}-title {identity}-text">'
        f'<title id="{identity}-title">{escape(title)}</title>'
        f'<desc id="{identity}-text">{escape(description)}</desc>{body}'
    )
