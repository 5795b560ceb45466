"""docs/profile.md, from what benchmarks/profile_scan.py measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "profile.md"
GIB = 1 << 30
STEPS = 12
LOOKS = 5
WORTH = 0.03
"""Shares of a stage's looks below this are left out."""

WORDS = {
    "start": "Python starts, the package is imported, accounts are read",
    "fingerprint": "logs are read, text becomes fingerprints",
    "accounts": "accounts numbered, repeated ids and prompts found",
    "indicators": "counted by account",
    "content": "passages, templates, which exchange shows which",
    "clusters": "themes and members",
    "score": "every cluster against every explanation",
    "report": "tables and report",
}


def write_page(results: Mapping[str, Any]) -> str:
    """Writes the page; its text."""
    text = page({size: results[size] for size in sorted(results, key=float)})
    PAGE.write_text(text, encoding="utf-8")
    return text


def page(results: Mapping[str, Any]) -> str:
    """The Markdown: one scan in detail, then all sizes."""
    one = results.get("1") or list(results.values())[-1]
    machine, floor, threads, bodies = one["machine"], one["floor"], one["threads"], one["messages"]
    commands = " ".join(f"--scale {size}" for size in results)
    rate = bodies["rows"] / bodies["bodies"]
    return f"""# Where a scan spends its time

A scan of {one["rows"]:,} exchanges with text (the `million` [scenario](scenarios.md), {one["bytes"] / 1e6:,.0f} MB of
Parquet, {floor["megabytes_of_text"]:,.0f} MB of text) of {one["accounts"]:,} accounts, from starting Python to the
written report. Written by

```
python benchmarks/profile_scan.py {commands}
```

on {machine["cores"]} cores ({machine["processor"]}) with {machine["memory_gib"]} GiB of memory; load average before
{one["load_before"]}.

**{one["seconds"]:.0f} s, {one["cpu_seconds"]:.0f} s of processor time, {one["peak_bytes"] / GIB:.2f} GiB at the peak**; held
to at most 60 s and 2 GiB on a machine that does nothing else. {_company(one)}

## Stage by stage

{_stages(one)}

{_looks(one)}

## The relational steps

{_steps(one)}

## The floor

What no scan of these logs can leave out, by one thread: reading every byte of the file takes {floor["read"]:.2f} s (it
lies in the page cache), decoding every column {floor["decoded"]:.1f} s, hashing every byte of text once
{floor["hashed"]:.1f} s. The first stage took {one["stages"]["fingerprint"][0]:.1f} s and
{one["stages"]["fingerprint"][1]:.1f} s of processor time: beside that floor it splits text into words, samples
passages, tells language and purpose, and adds up meanings; and it writes the fingerprints, which all later stages read
instead of the logs.

## Threads

Kernels release the interpreter's lock. Fingerprints of the same {threads_rows(one)} exchanges take
{threads["1"]:.2f} s with one thread, {threads["2"]:.2f} s with two, {threads["4"]:.2f} s with four. Tests hold results
together for 1, 2 and 4 threads.

## Request bodies

Where logs hold request bodies (`messages`) instead of prompts, each is JSON to be read: {rate:,.0f} bodies a second of
processor time, {bodies["bytes"] / bodies["bodies"] / 1e6:,.0f} MB/s; a column of prompts
{bodies["rows"] / bodies["column"]:,.0f}. One thread reads while others make fingerprints.

## By size

{_sizes(results)}
"""


def _company(one: Mapping[str, Any]) -> str:
    """What a load before the run says of its wall times."""
    if one["load_before"] < one["machine"]["cores"]:
        return "Little else ran on it."
    return (
        f"This one had other work at the same time: about {one['load_before']:.0f} processes wanted the "
        f"{one['machine']['cores']} cores before this scan did, so wall times here say how long it waited as well; processor "
        "time hardly changes."
    )


def threads_rows(one: Mapping[str, Any]) -> str:
    """How many exchanges the threads worked on, in words."""
    return f"{min(one['rows'], 8 * 32_768):,}"


def _stages(one: Mapping[str, Any]) -> str:
    rows = ["| stage | wall | processor | memory at its peak |", "| --- | ---: | ---: | ---: |"]
    for name, (wall, cpu) in one["stages"].items():
        peak = one["peaks"].get(name, 0) / GIB
        rows.append(f"| {WORDS.get(name, name)} | {wall:.1f} s | {cpu:.1f} s | {peak:.2f} GiB |")
    return "\n".join(rows)


def _looks(one: Mapping[str, Any]) -> str:
    """What threads were doing, of those stages that take a second or more."""
    lines = [
        "What threads were doing when looked at, a hundred times a second: the innermost function of the package, with "
        "all that it calls. Shares are of the stage; threads beside the main one add to more than 1. What "
        "`timestamps._epochs` waits for is pandas: pyarrow loads it at its first conversion, where it is installed.",
        "",
    ]
    for name, (wall, _) in one["stages"].items():
        if wall < 1 or name not in one["samples"]:
            continue
        told = [
            f"`{place}` {share:.0%}{'' if who == 'main' else ' (in threads beside)'}"
            for who, place, share in one["samples"][name][:LOOKS]
            if share >= WORTH
        ]
        lines.append(f"* **{WORDS.get(name, name)}**: {', '.join(told)}")
    return "\n".join(lines)


def _steps(one: Mapping[str, Any]) -> str:
    steps = sorted(one["steps"].items(), key=lambda item: -item[1][0])
    wall = sum(told[0] for _, told in steps)
    rows = [
        f"DuckDB takes {wall:.1f} s for all steps and queries; the longest:",
        "",
        "| step | wall | processor |",
        "| --- | ---: | ---: |",
    ]
    rows += [f"| `{name}` | {told[0]:.2f} s | {told[1]:.2f} s |" for name, told in steps[:STEPS]]
    return "\n".join(rows).replace("`results that Python reads`", "results that Python reads")


def _sizes(results: Mapping[str, Any]) -> str:
    rows = [
        "| exchanges | accounts | Parquet | wall | processor | peak memory | campaigns found | account recall | "
        "innocents | load before |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in results.values():
        quality = one["quality"]
        recall = quality["account_recall"]
        rows.append(
            f"| {one['rows']:,} | {one['accounts']:,} | {one['bytes'] / 1e9:.1f} GB | {one['seconds']:.0f} s | "
            f"{one['cpu_seconds']:.0f} s | {one['peak_bytes'] / GIB:.2f} GiB | "
            f"{quality['found']} of {quality['campaigns']} | {'–' if recall is None else f'{recall:.3f}'} | "
            f"{quality['innocent_accounts']} | {one['load_before']} |"
        )
    if len(results) < 2:
        return "\n".join(rows)
    size = np.log([one["rows"] for one in results.values()])
    slopes = {
        name: np.polyfit(size, np.log([one[name] for one in results.values()]), 1)[0]
        for name in ("cpu_seconds", "peak_bytes")
    }
    rows += [
        "",
        f"Fitted exponents: {slopes['cpu_seconds']:.2f} for processor time, {slopes['peak_bytes']:.2f} for memory (1: "
        "linear). The scenario grows with its size: as many campaigns, of as many more accounts.",
    ]
    return "\n".join(rows)
