"""docs/sweeps.md and its picture, from what benchmarks/sweeps.py measured."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from stillwatch.evaluate.show import percent

Point = Mapping[str, Any]

TITLES = {
    "mixing": "other people's traffic",
    "accounts": "accounts of the campaign",
    "care": "careful accounts",
    "columns": "what the logs hold",
}
FIGURES = {
    "account_recall": "account recall",
    "exchange_recall": "exchange recall",
    "exchange_precision": "exchange precision",
}
HARDEST = {"mixing": "the most mixed", "accounts": "the smallest", "care": "the most careful"}
WIDTH = 118
ONE_DRAW = (
    "\nOne run a point is one draw: a setting near an end may fall on the other side with another seed."
)
BLUE, RED = "#2b6cb0", "#c05621"


def label(point: Point) -> str:
    """The value of the knob as the page tells it."""
    value = point["value"]
    if point["sweep"] in ("mixing", "care"):
        return _share(value)
    return value if isinstance(value, str) else f"{value:,.0f}"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def mean(point: Point, figure: str) -> float | None:
    """The mean over the runs that have the figure; None when none has."""
    values = [run[figure] for run in point["runs"] if run[figure] is not None]
    return sum(values) / len(values) if values else None


def found(point: Point) -> int:
    """Runs that found the campaign."""
    return sum(run["found"] for run in point["runs"])


def page(result: Mapping[str, Any]) -> str:
    """The page."""
    points, middle = result["points"], result["middle"]
    runs = [run for point in points for run in point["runs"]]
    seeds = f"seeds 1 to {result['seeds']}" if result["seeds"] > 1 else "seed 1"
    share = "" if result["scale"] == 1 else f", {result['scale']:g} times its population"
    draw = "" if result["seeds"] > 1 else ONE_DRAW
    return f"""# Sweeps: where detection ends

One campaign in traffic of innocents, and one knob moved at a time. Written by

```
python benchmarks/sweeps.py --seeds {result["seeds"]} --scale {result["scale"]:g}
```

in {result["processor_seconds"]:,.0f} s of processor time ({seeds}, the bundled text, the defaults of a scan).
Around the campaign are {runs[0]["innocent_accounts"]:,} innocent accounts with every look-alike of the `benign`
[preset](scenarios.md){share}; the campaign's own size is not scaled.
In the middle stands a campaign of {middle["accounts"]} accounts behind a VPN, with {middle["per_day"]:g} exchanges an
account and day for a fortnight in two families of templates, {_share(middle["mixing"])} of its traffic other people's and
{_share(middle["care"])} of its accounts careful. Mixing adds other people's traffic; the campaign sends as much as before.

{ends(points)}

![Account recall, exchange recall and exchange precision by mixing, size, care and columns](sweeps.svg)

Counts follow [evaluation](evaluation.md). Circles found the campaign, crosses did not; precision has no point where
nothing is attributed. The row of the middle campaign stands in every table.

{_sections(points)}

Ends move with the traffic around a campaign: the more clusters are tried, the higher the score that the
[bound on false verdicts](methods/e-values.md) asks for, so with more innocents a campaign that just passed may be
missed. The simulator is our own; the figures tell how results move with a knob, not what a provider will see.{draw}
[Judgement](judgement.md) measures whole presets, [calibration](calibration.md) many seeds.
"""


def ends(points: Sequence[Point]) -> str:
    """One paragraph: the hardest setting of each knob that every run still found, and what was missed."""
    said = []
    every = "was" if len(points[0]["runs"]) == 1 else "every run"
    for knob, words in HARDEST.items():
        swept = [point for point in points if point["sweep"] == knob]
        held = [point for point in swept if found(point) == len(point["runs"])]
        if not held:
            said.append(f"along {knob}, no setting was found in every run")
            continue
        last = held[-1]
        beyond = swept[swept.index(last) + 1 :]
        before = [point for point in swept[: swept.index(last)] if point not in held]
        text = f"{words} campaign that {every} still found {_is(knob, last)}, with {percent(mean(last, 'account_recall'))}"
        text += " of its accounts named"
        if beyond:
            text += f" (missed: {_listed(beyond)})"
        else:
            text += " (the last of this sweep: detection ends somewhere beyond it)"
        if before:
            text += f", though an easier one was missed ({_listed(before)})"
        said.append(text)
    missed = [point for point in points if point["sweep"] == "columns" and found(point) < len(point["runs"])]
    logs = "The middle campaign is found with each of these logs"
    if missed:
        logs = f"The middle campaign is missed with these logs: {_listed(missed)}"
    runs = {json.dumps(run): run for point in points for run in point["runs"]}.values()
    named = sum(run["innocents"] for run in runs)
    hurt = [point for point in points if any(run["innocents"] for run in point["runs"])]
    settings = ", ".join(f"{point['sweep']} {label(point)}" for point in hurt)
    where = f" ({settings})" if hurt else ""
    return textwrap.fill(
        f"**Where it ends.** {_capital('; '.join(said))}. {logs}. Innocent accounts named over "
        f"all {len(runs)} runs: {named:,}{where}. Each knob was moved alone; a campaign that is small, mixed and careful at once "
        "is harder than any of these.",
        width=WIDTH,
        break_on_hyphens=False,
    )


def _is(knob: str, point: Point) -> str:
    words = {
        "mixing": "was {} other people's traffic",
        "accounts": "had {} accounts",
        "care": "was {} careful",
    }
    return words[knob].format(label(point))


def _listed(points: Sequence[Point]) -> str:
    told = []
    for point in points:
        whole = len(point["runs"])
        told.append(label(point) + (f" in {whole - found(point)} of {whole} runs" if found(point) else ""))
    return ", ".join(told)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sections(points: Sequence[Point]) -> str:
    out = []
    for sweep, title in TITLES.items():
        rows = [point for point in points if point["sweep"] == sweep]
        out.append(f"## {_capital(title)}\n\n{_table(title, rows)}")
        if sweep == "columns":
            out.append(
                "Network columns are `ip`, `asn` and `country` of the exchanges.\n"
                "[Exchanges](concepts/1-exchanges.md) tells what each missing column costs."
            )
    return "\n\n".join(out)


def _table(title: str, rows: Sequence[Point]) -> str:
    lines = [
        f"| {title} | exchanges in all | the campaign's | found | account recall | innocents named | exchange recall "
        "| exchange precision |",
        "|---|---:|---:|---|---:|---:|---:|---:|",
    ]
    for point in rows:
        whole = len(point["runs"])
        verdict = ("yes" if found(point) else "no") if whole == 1 else f"{found(point)} of {whole}"
        lines.append(
            f"| {label(point)} | {mean(point, 'exchanges'):,.0f} | {mean(point, 'campaign_exchanges'):,.0f} | {verdict} "
            f"| {percent(mean(point, 'account_recall'))} | {sum(run['innocents'] for run in point['runs']):,} "
            f"| {percent(mean(point, 'exchange_recall'))} | {percent(mean(point, 'exchange_precision'))} |"
        )
    return "\n".join(lines)


def picture(points: Sequence[Point]) -> str:
    """The curves as SVG: a column of panels a sweep, a row a figure."""
    import altair
    import vl_convert

    columns = []
    for sweep, title in TITLES.items():
        rows = [point for point in points if point["sweep"] == sweep]
        columns.append(
            altair.vconcat(
                *(
                    _panel(rows, title, figure, first=sweep == "mixing", last=figure == "exchange_precision")
                    for figure in FIGURES
                ),
                bounds="flush",
                spacing=22,
            )
        )
    chart = altair.hconcat(*columns).configure_view(stroke="#dddddd")
    return str(vl_convert.vegalite_to_svg(chart.to_dict()))


def _panel(rows: Sequence[Point], title: str, figure: str, *, first: bool, last: bool) -> Any:
    import altair

    runs = [
        {"value": label(row), "share": run[figure], "campaign": "found" if run["found"] else "not found"}
        for row in rows
        for run in row["runs"]
        if run[figure] is not None
    ]
    means = [{"value": label(row), "share": mean(row, figure)} for row in rows]
    order = [label(row) for row in rows]
    x = altair.X("value:N", sort=order, title=title if last else None).scale(domain=order)
    x = x.axis(labels=last, ticks=last, labelAngle=-30 if rows[0]["sweep"] == "columns" else 0)
    y = altair.Y("share:Q", title=FIGURES[figure] if first else None).scale(domain=[0, 1])
    y = y.axis(format="%", labels=first, ticks=first, values=[0, 0.25, 0.5, 0.75, 1])
    line = altair.Chart(altair.Data(values=means)).mark_line(color=BLUE, opacity=0.6).encode(x=x, y=y)
    kinds = ["found", "not found"]
    dots = (
        altair.Chart(altair.Data(values=runs))
        .mark_point(opacity=1, size=60, filled=True, clip=False)
        .encode(
            x=x,
            y=y,
            shape=altair.Shape("campaign:N", title=None).scale(domain=kinds, range=["circle", "cross"]),
            color=altair.Color("campaign:N", title=None).scale(domain=kinds, range=[BLUE, RED]),
        )
    )
    layers = dots if rows[0]["sweep"] == "columns" else line + dots
    return layers.properties(width=150, height=90)
