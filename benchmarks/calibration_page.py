"""docs/calibration.md and its pictures, from what benchmarks/calibration.py measured."""

from __future__ import annotations

import math
from typing import Any

from stillwatch.report.words import PROBABILITY_WORDS

KINDS = {"campaigns": "listed campaigns", "members": "members", "exchanges": "exchanges"}
Z = 1.959964
INK, BLUE, GREY = "#1a1a1a", "#2b6cb0", "#8a8a8a"


def summed(runs: list[dict[str, Any]], kind: str) -> list[list[float]]:
    """The runs' bins added up."""
    return [
        [sum(values) for values in zip(*bins, strict=True)]
        for bins in zip(*(run[kind] for run in runs), strict=True)
    ]


def brier(bins: list[list[float]]) -> float | None:
    """The mean squared error of the probabilities; None without any."""
    number = sum(row[0] for row in bins)
    return sum(row[3] for row in bins) / number if number else None


def wilson(part: float, whole: float) -> tuple[float, float]:
    """The 95 % interval of a share. Source: Wilson 1927, JASA 22."""
    middle = (part + Z * Z / 2) / (whole + Z * Z)
    width = Z / (whole + Z * Z) * math.sqrt(part * (whole - part) / whole + Z * Z / 4)
    return max(0.0, middle - width), min(1.0, middle + width)


def covered(runs: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    """One row a found campaign: the interval, the true number and whether it lies within."""
    out = []
    for run in runs:
        for one in run["intervals"]:
            low, seen, high, true = one[what]
            out.append(
                {
                    "run": f"{run['preset']} {run['seed']}",
                    "preset": run["preset"],
                    "campaign": one["campaign"],
                    "low": low,
                    "seen": seen,
                    "high": high,
                    "true": true,
                    "held": low <= true <= high,
                }
            )
    return out


def extremes(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """The least and the greatest ratio of the true number to the one seen.

    source  a new campaign's ratio lies between those of n others with a chance of (n - 1) / (n + 1), whatever its
            law, if they are exchangeable: Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005
    """
    ratios = [row["true"] / row["seen"] for row in rows]
    return min(ratios), max(ratios)


def page(result: dict[str, Any]) -> str:
    """The page."""
    runs = result["runs"]
    planted = [run for run in runs if run["preset"] != "benign"]
    benign = [run for run in runs if run["preset"] == "benign"]
    highest = [run["highest"] for run in benign if run["highest"] is not None]
    named, tested = sum(run["innocents"] > 0 for run in benign), sum(run["tested"] for run in benign)
    acted = sum(run["actionable"] > 0 for run in benign)
    hurt, accounts = sum(run["innocents"] > 0 for run in planted), sum(run["innocents"] for run in planted)
    presets = sorted({run["preset"] for run in planted})
    return f"""# Calibration, measured

What a scan says about its own certainty, checked against simulated traffic with known truth.

```
python benchmarks/calibration.py --seeds {result["seeds"]} --scale {result["scale"]:g}
```

{len(benign)} runs without any campaign and {len(planted)} runs with some, each with a seed of its own, at
{result["scale"]:g} times the size of the [presets](scenarios.md),
from the bundled text and with the defaults.
Campaigns are those of {", ".join(presets)}, in turn.

## Without a campaign

| runs | with an actionable campaign | with an innocent named | clusters tried | highest log10 score |
|---:|---:|---:|---:|---:|
| {len(benign)} | {acted} | {named} | {tested:,} | {_score(highest)} |

In the runs with campaigns {hurt} of {len(planted)} name an innocent account, {accounts:,} accounts in all.

## Probabilities

![Reliability of campaign, member and exchange probabilities](calibration-reliability.svg)

The Brier score is the mean squared difference between a probability and what was true (0 is perfect, 0.25 is a coin's);
*always the base rate* is what one gets who always says the share that is true.

{_brier(runs)}

A listed campaign is true when at least four fifths of its accounts belong to one planted campaign; a member when the account
belongs to any; an exchange when it was sent for one. Clusters with less than ten to one for extraction are not listed,
and have no probability here.

### Campaigns, in the words of the report

{_words(runs)}

Probabilities are worded as ICD 203 has it (US Office of the Director of National Intelligence, Intelligence Community
Directive 203, 2015), likelihood ratios (`confidence`) as the ENFSI guideline for evaluative reporting does (2015). The
two say different things: a ratio is what the evidence lends extraction over the best innocent explanation, a
probability also reckons with how many clusters were tried.

## Intervals

![Intervals of found campaigns around the true numbers](calibration-intervals.svg)

Each found campaign has a stated 95 % interval for its accounts, unseen ones included, and for its exchanges.

{_coverage(planted, result["set_on"])}

What a campaign hides altogether, such as careful accounts with a wording of their own, leaves no trace in how often
others were seen, so no count of rare sightings can reach it. The interval therefore also reaches as far as the true
numbers of earlier campaigns lay from the seen ones. These allowances were set on the first {result["set_on"]} runs with
campaigns,
{_extremes(planted[: result["set_on"]])}; the other runs had no part in it.

{_misses(planted)}
[Capture-recapture](methods/capture-recapture.md) describes how the intervals are made.
"""


def _score(values: list[float]) -> str:
    return f"{max(values):+.2f}" if values else "none reaches +1, where listing begins"


def _brier(runs: list[dict[str, Any]]) -> str:
    lines = [
        "| probability of | number | true | Brier score | always the base rate | calibration error |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for kind, title in KINDS.items():
        bins = summed(runs, kind)
        number, true = sum(row[0] for row in bins), sum(row[2] for row in bins)
        if number:
            share = true / number
            error = sum(abs(row[1] - row[2]) for row in bins) / number
            lines.append(
                f"| {title} | {number:,.0f} | {share:.1%} | {brier(bins):.4f} | {share * (1 - share):.4f} | {error:.3f} |"
            )
    return "\n".join(lines)


def _words(runs: list[dict[str, Any]]) -> str:
    """Listed campaigns by the word that the report has for their probability."""
    bins = summed(runs, "campaigns")
    lines = ["| the report says | that is | campaigns | true |", "|---|---|---:|---:|"]
    low = 0.0
    for bound, word in PROBABILITY_WORDS:
        high = min(bound, 1.0)
        held = [row for place, row in enumerate(bins) if low <= (place + 0.5) / len(bins) < high]
        number, true = sum(row[0] for row in held), sum(row[2] for row in held)
        lines.append(
            f"| {word} | {low:.0%}–{high:.0%} | {number:.0f} | {f'{true / number:.0%}' if number else '–'} |"
        )
        low = high
    return "\n".join(lines)


def _coverage(planted: list[dict[str, Any]], set_on: int) -> str:
    lines = [
        "| runs | interval for | campaigns | hold the true number | 95 % interval of that share | too low | too high | "
        "median width over the true number |",
        "|---|---|---:|---:|---|---:|---:|---:|",
    ]
    for title, runs in (("set on these", planted[:set_on]), ("fresh", planted[set_on:]), ("all", planted)):
        for what in ("accounts", "exchanges"):
            rows = covered(runs, what)
            if not rows:
                continue
            held = sum(row["held"] for row in rows)
            low, high = wilson(held, len(rows))
            widths = sorted((row["high"] - row["low"]) / row["true"] for row in rows)
            below, above = (
                sum(row["high"] < row["true"] for row in rows),
                sum(row["low"] > row["true"] for row in rows),
            )
            lines.append(
                f"| {title} | {what} | {len(rows)} | {held} ({held / len(rows):.0%}) | {low:.0%}–{high:.0%} | "
                f"{below} | {above} | {widths[len(widths) // 2]:.2f} |"
            )
    return "\n".join(lines)


def _extremes(planted: list[dict[str, Any]]) -> str:
    told = []
    for what in ("accounts", "exchanges"):
        rows = covered(planted, what)
        if rows:
            low, high = extremes(rows)
            told.append(f"where {low:.2f} to {high:.2f} times as many {what} were true as seen")
    return " and ".join(told)


def _misses(planted: list[dict[str, Any]]) -> str:
    lines = []
    for what in ("accounts", "exchanges"):
        for row in covered(planted, what):
            if not row["held"]:
                lines.append(
                    f"| {row['run']} | {row['campaign']} | {what} | {row['low']:,}–{row['high']:,} | {row['true']:,} |"
                )
    if not lines:
        return "None misses.\n"
    head = [
        "Those that miss:",
        "",
        "| run | campaign | interval for | stated | true |",
        "|---|---|---|---:|---:|",
    ]
    return "\n".join(head + lines) + "\n"


def pictures(result: dict[str, Any]) -> dict[str, str]:
    """File name in docs/ → SVG."""
    import altair
    import vl_convert

    runs = result["runs"]
    planted = [run for run in runs if run["preset"] != "benign"]
    charts = {
        "calibration-reliability.svg": altair.hconcat(*(_reliability(runs, kind) for kind in KINDS)),
        "calibration-intervals.svg": altair.hconcat(
            *(_intervals(planted, what) for what in ("accounts", "exchanges"))
        ),
    }
    return {
        name: vl_convert.vegalite_to_svg(chart.configure_view(stroke=None).to_dict())
        for name, chart in charts.items()
    }


def _reliability(runs: list[dict[str, Any]], kind: str) -> Any:
    import altair

    points = []
    for number, told, true, _ in summed(runs, kind):
        if number:
            low, high = wilson(true, number)
            points.append(
                {"told": told / number, "true": true / number, "low": low, "high": high, "n": number}
            )
    base = altair.Chart(altair.Data(values=points))
    told = altair.X("told:Q", title="probability told").scale(domain=[0, 1])
    diagonal = altair.Chart(altair.Data(values=[{"p": 0}, {"p": 1}])).mark_line(color=GREY, strokeDash=[4, 4])
    bars = base.mark_rule(color=BLUE, opacity=0.6).encode(
        x=told, y=altair.Y("low:Q", title="share that is true").scale(domain=[0, 1]), y2="high:Q"
    )
    dots = base.mark_circle(color=BLUE, opacity=1).encode(
        x=told, y="true:Q", size=altair.Size("n:Q", legend=None).scale(type="log", range=[20, 250])
    )
    return (diagonal.encode(x="p:Q", y="p:Q") + bars + dots).properties(
        width=210, height=210, title=KINDS[kind]
    )


def _intervals(planted: list[dict[str, Any]], what: str) -> Any:
    import altair

    values = [
        {
            "place": place,
            "low": row["low"] / row["true"],
            "high": row["high"] / row["true"],
            "held": "holds it" if row["held"] else "misses it",
        }
        for place, row in enumerate(sorted(covered(planted, what), key=lambda row: row["high"] / row["true"]))
    ]
    base = altair.Chart(altair.Data(values=values))
    line = altair.Chart(altair.Data(values=[{"one": 1}])).mark_rule(color=INK).encode(y="one:Q")
    bars = base.mark_rule(strokeWidth=3).encode(
        x=altair.X("place:O", title="found campaigns").axis(labels=False, ticks=False),
        y=altair.Y("low:Q", title="over the true number").scale(zero=False),
        y2="high:Q",
        color=altair.Color("held:N", title=None).scale(
            domain=["holds it", "misses it"], range=[BLUE, "#c05621"]
        ),
    )
    return (bars + line).properties(width=300, height=210, title=f"interval for {what}")
