"""Stillwatch beside what others use, on the same traffic in the same run: `make bench-peers`.

    python -m peers.table [--scenario held-out-like] [--seed 1] [--scale 1.0] [--scratch .bench] [--only NAME …]

Each method runs twice, in processes of its own: once over its whole grid of settings, from which the best is chosen
with the truth in hand, and once with that one, which gives its time and memory. Stillwatch runs as it is shipped.
Writes benchmarks/results/peers.json and docs/peers.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from table import CLI, describe_machine, run, tell

from peers.judging import PEERS, judged
from peers.page import page
from stillwatch.evaluate import evaluate
from stillwatch.evaluate.count import Evaluation
from stillwatch.evaluate.folders import read_truth
from stillwatch.scenarios import simulate

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "peers.json"
PAGE = ROOT / "docs" / "peers.md"
TOLERATED = 1 / 10_000
"""Innocents that may be named, as a share of all accounts, where a method is held to what Stillwatch is held to."""


@dataclass(frozen=True)
class Row:
    """One method on the traffic.

    setting     that it ran with; empty for Stillwatch, which has none to choose
    tried       settings tried
    strict      the best that it can do with hardly an innocent named (TOLERATED): campaigns found, account recall
    """

    name: str
    setting: dict[str, Any]
    tried: int
    campaigns: int
    found: list[str]
    recall: float
    precision: float | None
    innocents: dict[str, int]
    strict: tuple[int, float]
    seconds: float
    peak_mib: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenario", default="held-out-like")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--scratch", type=Path, default=ROOT / ".bench", help="folder for data; kept")
    parser.add_argument("--only", nargs="*", default=list(PEERS), help="names of the methods to run")
    options = parser.parse_args()
    folder = options.scratch / f"{options.scenario}-{options.seed}-{options.scale:g}"
    tell("making the scenario")
    made = simulate(folder, options.scenario, options.seed, options.scale)
    about = {
        "machine": describe_machine(),
        "scenario": options.scenario,
        "seed": options.seed,
        "scale": options.scale,
        "accounts": made.accounts,
        "exchanges": made.exchanges,
    }
    rows = [stillwatch_row(folder, options.scratch / "found")]
    for name in options.only:
        tell(name)
        rows.append(peer_row(name, folder, options.scratch, made.accounts))
        # Hours may pass: what is measured is kept from here on.
        result = about | {"rows": [asdict(row) for row in rows]}
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(result), encoding="utf-8")
    print(f"Written: {RESULTS.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")


def stillwatch_row(folder: Path, out: Path) -> Row:
    """Stillwatch with its own defaults."""
    tell("stillwatch")
    traffic, accounts = str(folder / "exchanges.parquet"), str(folder / "accounts.parquet")
    ran = run([*CLI, "scan", traffic, "--accounts", accounts, "--out", str(out), "--json"])
    told = evaluate(folder, out)
    return _row("Stillwatch", {}, 1, told, (told.found, told.account_recall or 0.0), ran.wall, ran.peak)


def peer_row(name: str, folder: Path, scratch: Path, accounts: int) -> Row:
    """A method with the best setting of its grid.

    raises  CalledProcessError when it fails, for instance because its package is not installed
    """
    out = scratch / "peer.json"
    command = [sys.executable, "-m", "peers.one", name, str(folder), str(out)]
    subprocess.run(command, check=True)
    tried = json.loads(out.read_text(encoding="utf-8"))
    setting = best(tried)
    few = [one for one in tried if one["innocents"] <= TOLERATED * accounts]
    strict = max(((one["found"], one["recall"]) for one in few), default=(0, 0.0))
    ran = run([*command, "--setting", json.dumps(setting)], dict(os.environ))
    result = json.loads(out.read_text(encoding="utf-8"))
    told = judged(read_truth(folder), {key: frozenset(held) for key, held in result["groups"].items()})
    return _row(name, setting, len(tried), told, strict, ran.wall, result["peak_mib"])


def best(tried: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The setting that finds most campaigns; among those the one with the best harmonic mean of precision and
    recall of accounts."""

    def worth(one: dict[str, Any]) -> tuple[int, float]:
        both = one["recall"] + one["precision"]
        return one["found"], 2 * one["recall"] * one["precision"] / both if both else 0.0

    chosen: dict[str, Any] = max(tried, key=worth)["setting"]
    return chosen


def _row(
    name: str,
    setting: dict[str, Any],
    tried: int,
    told: Evaluation,
    strict: tuple[int, float],
    seconds: float,
    peak: int,
) -> Row:
    return Row(
        name=name,
        setting=setting,
        tried=tried,
        campaigns=told.campaigns,
        found=[row.campaign for row in told.rows if row.found],
        recall=told.account_recall or 0.0,
        precision=told.account_precision,
        innocents=dict(told.innocents),
        strict=strict,
        seconds=round(seconds, 1),
        peak_mib=peak,
    )


if __name__ == "__main__":
    main()
