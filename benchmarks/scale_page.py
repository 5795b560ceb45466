"""docs/scale.md and its curves, from what benchmarks/letter.py measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from crowd import REPLACED

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "scale.md"
PICTURE = ROOT / "docs" / "scale.svg"
STEPS = 14
FULL = 300_000_000
WORDS = {
    "accounts": "accounts numbered, repeated ids and prompts found",
    "indicators": "counted by account, a range of accounts at a time",
    "content": "passages, templates, which exchange shows which",
    "clusters": "themes and members",
    "score": "every cluster against every explanation, and the tables",
}


def exponent(results: Mapping[str, Any], figure: str) -> float | None:
    """The slope of the figure against rows, both as logarithms; None with fewer than two sizes."""
    points = [(one["made"]["rows"], one[figure]) for one in results.values()]
    if len(points) < 2:
        return None
    rows, values = (np.log(np.array(each, dtype=np.float64)) for each in zip(*points, strict=True))
    return float(np.polyfit(rows, values, 1)[0])


def write_page(results: Mapping[str, Any]) -> str:
    """Writes page and picture; the page."""
    sizes = sorted(results, key=int)
    text = page({size: results[size] for size in sizes})
    PAGE.write_text(text, encoding="utf-8")
    PICTURE.write_text(picture([results[size] for size in sizes]), encoding="utf-8")
    return text


def page(results: Mapping[str, Any]) -> str:
    """The Markdown."""
    largest = list(results.values())[-1]
    machine = largest["machine"]
    slope, processor = exponent(results, "seconds"), exponent(results, "cpu_seconds")
    fitted = (
        "One size alone has no exponent."
        if slope is None or processor is None
        else f"Fitted exponents: {slope:.2f} for wall time, {processor:.2f} for processor time (1: linear)."
    )
    commands = " ".join(f"--rows {size}" for size in results)
    return f"""# Scale

The reference case: 28.8 million exchanges of a campaign's 25,000 accounts, hidden in {FULL:,} exchanges of a million
accounts over 45 days, or that scaled down. Traffic is drawn at the level of fingerprints, with every kind of
look-alike ([scenarios](scenarios.md) describes the kinds); then link and score run in a process of their own on two
threads. Written by

```
python benchmarks/letter.py {commands}
```

(`make bench-letter ROWS=...` runs one size) on {machine["cores"]} cores ({machine["processor"]}) with
{machine["memory_gib"]} GiB of memory. Load averages stand beside each run, and its floor (see below), which was
measured with it: how fast the machine was just then. Seconds of two runs compare by their floors.

![Wall time, processor time and memory by exchanges](scale.svg)

{_table(results)}

{_remarks(results)}{fitted}

The aim at the full size is 15 minutes and 8 GiB, with 40 GB of disk for traffic and scratch together. Logs with text,
to ten million exchanges from Parquet to the report: [profile](profile.md#by-size).

{_quality(results)}

## Where the time goes

At {largest["made"]["rows"]:,} exchanges, part by part:

{_stages(largest)}

The floor is what can't be left out: decoding every stored column once takes {largest["floor"]["decoded"]:.0f} s here,
hashing every passage once {largest["floor"]["passages"]:.0f} s; link and score took {largest["seconds"]:.0f} s.
The steps that cost most:

{_steps(largest)}

## How it stays within memory

* What is counted by account is counted for one range of accounts after the other, two at a time. Logs that lie in the
  order of accounts within a day are not read twice for that.
* A passage that only one account repeats can't be part of a template, and is dropped in the first pass. What has to
  be looked up over all accounts (exchange ids, whole prompts, reasoning signatures) is looked at twice: bits tell
  which values may repeat, and only those are counted.
* Of a cluster with very many exchanges as many whole accounts are looked at as have about 60,000 together. Its
  members, its exchanges and all that is counted of them are still complete; the evidence says what was seen of those
  that were looked at.
* Tables stay in memory while there is room and go when they were last read; those of about as many rows as the logs
  are packed into files ([decision](decisions/0010-arrays-beside-joins.md)).
* Exchanges of listed clusters are counted where they lie, and attributed ones go to a file in the order of time, a
  stretch of time after the other: the table that comes back reads them there. What Python holds is bounded by accounts
  and templates, not by logs or by campaigns.

## One more day

The day after the window, with {REPLACED:.0%} of the campaign's accounts banned and new ones in their place, taken in by a
process of its own [with the campaigns that stand](howto/every-day.md):

{_next(results)}

The aim is a twentieth of the window's wall time.
"""


def _remarks(results: Mapping[str, Any]) -> str:
    """What else the machine did during each run, where that was told."""
    told = [f"{one['made']['rows']:,}: {one['remark']}\n\n" for one in results.values() if one.get("remark")]
    return "".join(told)


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], aligned: str) -> str:
    lines = [head, tuple("---:" if side == "r" else "---" for side in aligned), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _table(results: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{one['made']['rows']:,}",
            f"{one['made']['accounts']:,}",
            f"{one['made']['bytes'] / 1e9:.1f} GB",
            f"{one['seconds']:,.0f} s",
            f"{one['cpu_seconds']:,.0f} s",
            f"{one['peak_bytes'] / 2**30:.2f} GiB",
            f"{one['scratch_bytes'] / 1e9:.1f} GB",
            f"{one['load_before']:.1f}",
            f"{one['floor']['decoded'] + one['floor']['passages']:,.0f} s",
        )
        for one in results.values()
    ]
    head = (
        "exchanges",
        "accounts",
        "Parquet",
        "wall",
        "processor",
        "peak memory",
        "peak scratch",
        "load before",
        "floor",
    )
    return _markdown(head, rows, "r" * len(head))


def _next(results: Mapping[str, Any]) -> str:
    rows = []
    for one in results.values():
        if (told := one.get("next")) is not None:
            innocents = ", ".join(f"{number:,} {kind}" for kind, number in told["innocents"].items())
            rows.append(
                (
                    f"{one['made']['rows']:,}",
                    f"{told['rows']:,}",
                    f"{told['seconds']:,.1f} s",
                    f"1/{one['seconds'] / told['seconds']:.0f}",
                    f"{told['cpu_seconds']:,.1f} s",
                    f"{told['peak_bytes'] / 2**30:.2f} GiB",
                    f"{told['fresh_named']:,} of {told['fresh']:,}",
                    innocents or "0",
                    _share(told["exchange_recall"]),
                    _share(told["exchange_precision"]),
                )
            )
    head = (
        "window", "one more day", "wall", "of the window's", "processor", "peak memory", "new accounts named",
        "innocents named", "exchange recall", "precision",
    )  # fmt: skip
    return _markdown(head, rows, "r" * len(head))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _quality(results: Mapping[str, Any]) -> str:
    rows = []
    for one in results.values():
        told = one["quality"]
        innocents = ", ".join(f"{number:,} {kind}" for kind, number in told["innocents"].items())
        rows.append(
            (
                f"{one['made']['rows']:,}",
                f"{told['found']} of {told['campaigns']}",
                f"{told['detected']}",
                _share(told["account_recall"]),
                _share(told["account_precision"]),
                innocents or "0",
                _share(told["exchange_recall"]),
                _share(told["exchange_precision"]),
                f"{told['tested']:,}",
            )
        )
    head = (
        "exchanges", "found", "actionable", "account recall", "precision", "innocents", "exchange recall",
        "precision", "clusters tried",
    )  # fmt: skip
    return _markdown(head, rows, "r" * len(head))


def _stages(one: Mapping[str, Any]) -> str:
    rows = [
        (WORDS.get(name, name), f"{wall:,.0f} s", f"{cpu:,.0f} s")
        for name, (wall, cpu) in one["stages"].items()
        if name not in ("end", "link")
    ]
    return _markdown(("part", "wall", "processor"), rows, "lrr")


def _steps(one: Mapping[str, Any]) -> str:
    ranked = sorted(one["steps"].items(), key=lambda item: -item[1][1])[:STEPS]
    rows = [
        (
            f"`{name}`" if " " not in name else name,
            f"{wall:,.1f} s",
            f"{cpu:,.1f} s",
            f"{peak / 2**30:.2f} GiB",
        )
        for name, (wall, cpu, peak) in ranked
    ]
    return _markdown(("step", "wall", "processor", "memory at its peak"), rows, "lrrr")


def picture(results: list[Mapping[str, Any]]) -> str:
    """The curves as SVG: each figure beside a line of slope one through its smallest size."""
    import altair as alt
    import vl_convert

    points = []
    for name, key, unit in (
        ("wall time, s", "seconds", 1.0),
        ("processor time, s", "cpu_seconds", 1.0),
        ("peak memory, GiB", "peak_bytes", 2.0**30),
    ):
        base = results[0]
        for one in results:
            rows = one["made"]["rows"]
            linear = base[key] / unit * rows / base["made"]["rows"]
            points.append({"figure": name, "line": "measured", "exchanges": rows, "value": one[key] / unit})
            points.append({"figure": name, "line": "linear", "exchanges": rows, "value": linear})
    chart = (
        alt.Chart(alt.Data(values=points))
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "exchanges:Q", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s", title="exchanges")
            ),
            y=alt.Y("value:Q", scale=alt.Scale(type="log"), axis=alt.Axis(title=None)),
            # Colour has the legend; a second one for the dashes would say the same again.
            strokeDash=alt.StrokeDash("line:N", legend=None, sort=["measured", "linear"]),
            color=alt.Color("line:N", title=None, sort=["measured", "linear"]),
        )
        .properties(width=200, height=180)
        .facet(column=alt.Column("figure:N", title=None, sort=[p["figure"] for p in points]))
        .resolve_scale(y="independent")
    )
    return str(vl_convert.vegalite_to_svg(chart.to_dict()))
