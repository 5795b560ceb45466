"""How well verdicts come out on simulated traffic: `python benchmarks/judgement.py [--seeds N] [--planted N] [--text DIR]`.

Each preset is composed, scanned and evaluated as docs/evaluation.md counts; the table goes to
docs/judgement.md, the numbers behind it to benchmarks/results/judgement.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

import stillwatch
from stillwatch.app import replay
from stillwatch.evaluate import evaluate
from stillwatch.scenarios import simulate

ROOT = Path(__file__).resolve().parent.parent
PLANTED = (
    "demo", "held-out-like", "reworded", "word-by-word", "mixing-95", "low-and-slow", "tiny-20", "careful",
    "careful-word-by-word",
)  # fmt: skip
EARLY, STEP = "held-out-like", timedelta(hours=6)
HEAD = """# Judgement, measured

Simulated traffic with known truth, from the text named below; `python benchmarks/judgement.py` prints this table.
Counts follow [evaluation](evaluation.md); the presets are described in [scenarios](scenarios.md). The simulator is
our own, so these figures say how the method behaves on what we could think of, not on what an operator does.

"""


def measure(preset: str, seed: int, text: Path | None) -> dict[str, Any]:
    """One scenario's evaluation, with its size and the largest score of a group of innocents' own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = simulate(folder / "traffic", preset, seed, 1.0, text)
        found = stillwatch.scan(
            made.path / "exchanges.parquet", accounts=made.path / "accounts.parquet", out=folder / "found"
        )
        result = evaluate(made.path, folder / "found").to_dict()
        return {
            "preset": preset,
            "seed": seed,
            "accounts": made.accounts,
            "exchanges": made.exchanges,
            "highest_score": max(found.campaigns["log10_lr"].to_pylist(), default=0.0),
            "tested": found.summary["counts"]["clusters_tested"],
            "result": result,
        }


def early(seed: int, text: Path | None) -> dict[str, Any]:
    """The evaluation of a replay of EARLY, which is judged anew every STEP."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = simulate(folder / "traffic", EARLY, seed, 1.0, text)
        found = replay(
            made.path / "exchanges.parquet",
            accounts=made.path / "accounts.parquet",
            step=STEP,
            out=folder / "found",
        )
        runs = len(pc.unique(found.runs["as_of"]))
        return {
            "preset": EARLY,
            "seed": seed,
            "runs": runs,
            "result": evaluate(made.path, folder / "found").to_dict(),
        }


def early_lines(told: dict[str, Any]) -> list[str]:
    """The table of a replay."""
    result = told["result"]
    ever = result["innocents_ever"]
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in ever.items())
    return [
        "## How early",
        "",
        f"A [replay](concepts/6-replay.md) of {told['preset']}, judged anew every {STEP // timedelta(hours=1)} hours: "
        f"{told['runs']} runs.",
        "What a campaign sends before it is found has leaked.",
        "",
        "| campaign | accounts | exchanges | found after | leaked |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {row['campaign']} | {row['accounts']:,} | {row['exchanges']:,} "
            f"| {'–' if row['delay_hours'] is None else format(row['delay_hours'], '.1f') + ' h'} | {share(row['leaked'])} |"
            for row in result["rows"]
        ),
        "",
        f"Innocents named by the last run: {result['innocent_accounts']}; by any of the {told['runs']}: "
        f"{sum(ever.values())}{f' ({kinds})' if kinds else ''}.",
        "",
    ]


def share(value: Any) -> str:
    """A share as per cent, a dash where there is none."""
    return "–" if value is None else f"{100 * value:.1f} %"


def shares(values: Sequence[float | None]) -> str:
    """Shares as per cent: their mean, and the lowest and highest of several that differ."""
    told = [value for value in values if value is not None]
    if not told:
        return "–"
    lowest, highest = (f"{100 * each:.1f}" for each in (min(told), max(told)))
    return share(sum(told) / len(told)) + ("" if lowest == highest else f" ({lowest}–{highest})")


def planted_line(rows: Sequence[Mapping[str, Any]]) -> str:
    """The line of one preset, of all its seeds."""
    told = [row["result"] for row in rows]
    innocents: Counter[str] = Counter()
    for each in told:
        innocents.update(each["innocents"])
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(innocents.items()))
    return (
        f"| {rows[0]['preset']} | {sum(row['accounts'] for row in rows) // len(rows):,} "
        f"| {sum(row['exchanges'] for row in rows) // len(rows):,} "
        f"| {sum(each['found'] for each in told)} of {sum(each['campaigns'] for each in told)} "
        f"| {shares([each['account_recall'] for each in told])} | {shares([each['account_precision'] for each in told])} "
        f"| {sum(each['innocent_accounts'] for each in told)}{f' ({kinds})' if kinds else ''} "
        f"| {shares([each['exchange_recall'] for each in told])} | {shares([each['exchange_precision'] for each in told])} |"
    )


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="benign seeds")
    parser.add_argument("--planted", type=int, default=3, help="seeds of each preset with campaigns")
    parser.add_argument(
        "--text", type=Path, default=None, help="folder of prompts instead of the bundled sample"
    )
    options = parser.parse_args()
    planted = {
        preset: [measure(preset, seed, options.text) for seed in range(1, options.planted + 1)]
        for preset in PLANTED
    }
    first = early(1, options.text)
    benign = [measure("benign", seed, options.text) for seed in range(1, options.seeds + 1)]
    lines = [
        f"Text: {options.text.name if options.text else 'the bundled sample'}; of each preset {options.planted} seeds: means, "
        "with the lowest and highest where they differ, and all innocents that were named.",
        "",
        "| preset | accounts | exchanges | campaigns found | account recall | precision | innocents named | "
        "exchange recall | precision |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *map(planted_line, planted.values()),
    ]
    named = sum(row["result"]["innocent_accounts"] for row in benign)
    lines += [
        "",
        f"Without any campaign, over {len(benign)} seeds: {named} accounts named, "
        f"{sum(row['tested'] for row in benign):,} clusters tried, highest score "
        f"{max(row['highest_score'] for row in benign):+.2f}.",
        "",
        *early_lines(first),
    ]
    (ROOT / "docs" / "judgement.md").write_text(HEAD + "\n".join(lines), encoding="utf-8")
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "judgement.json").write_text(
        json.dumps([*chain.from_iterable(planted.values()), *benign, first], indent=1) + "\n",
        encoding="utf-8",
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
