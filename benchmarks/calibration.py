"""Whether probabilities and intervals mean what they say: `python benchmarks/calibration.py [--seeds N] [--scale X]`.

Traffic with known truth, many seeds: without any campaign, and with the campaigns of PLANTED in turn. Each is scanned
with the defaults. Writes benchmarks/results/calibration.json, docs/calibration.md and its pictures.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from calibration_page import page, pictures
from table import tell

import stillwatch
from stillwatch.evaluate.count import count
from stillwatch.evaluate.folders import Truth, read_found, read_truth
from stillwatch.model.numbers import PURE
from stillwatch.scenarios import simulate

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "calibration.json"
PLANTED = (
    "demo", "letter-small", "hydra", "succession", "stolen-keys", "reseller-heavy", "shared-pool", "searching",
    "low-and-slow", "mixing-95",
)  # fmt: skip
BINS = 20
FIRST_SEED = 100
SET_ON = len(PLANTED)
"""Runs with campaigns, from the first seed on, that the allowances of score/case.py were set on."""


def measure(preset: str, seed: int, scale: float) -> dict[str, Any]:
    """One run: sums for reliability, the highest score, and what the intervals of found campaigns held."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = simulate(folder / "traffic", preset, seed, scale)
        truth = read_truth(made.path)
        found = stillwatch.scan(
            made.path / "exchanges.parquet", accounts=made.path / "accounts.parquet", out=folder / "found"
        )
        told = count(truth, read_found(folder / "found"))
        owner = dict(
            zip(*(truth.members[one].to_pylist() for one in ("account_id", "campaign")), strict=True)
        )
        sent = set(truth.exchanges["exchange_id"].to_pylist())
        campaigns, members = found.campaigns, found.members
        scores = campaigns["log10_lr"].to_pylist()
        return {
            "preset": preset,
            "seed": seed,
            "accounts": made.accounts,
            "tested": found.summary["counts"]["clusters_tested"],
            "highest": max(scores, default=None),
            "actionable": told.detected,
            "innocents": told.innocent_accounts,
            "campaigns": binned(campaigns["probability"], guilty(campaigns, members, owner)),
            "members": binned(
                members["probability"], [one in owner for one in members["account_id"].to_pylist()]
            ),
            "exchanges": binned(
                found.attributed["probability"],
                [one in sent for one in found.attributed["exchange_id"].to_pylist()],
            ),
            "intervals": intervals(
                truth, campaigns, {row.match: row.campaign for row in told.rows if row.found}
            ),
        }


def guilty(campaigns: pa.Table, members: pa.Table, owner: dict[str, str]) -> list[bool]:
    """Of each listed campaign, whether at least PURE of its accounts belong to one true campaign."""
    out = []
    for one in campaigns["campaign_id"].to_pylist():
        held = members.filter(pc.equal(members["campaign_id"], one))["account_id"].to_pylist()
        names = [owner[account] for account in held if account in owner]
        most = max((names.count(name) for name in set(names)), default=0)
        out.append(most >= PURE * len(held))
    return out


def binned(probabilities: pa.ChunkedArray, true: list[bool]) -> list[list[float]]:
    """For each of BINS equal bins of the probability: how many, the sum of probabilities, how many are true, the
    sum of squared errors."""
    p = np.asarray(probabilities.to_pylist(), dtype=np.float64)
    y = np.asarray(true, dtype=np.float64)
    place = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    sums = [np.bincount(place, values, minlength=BINS) for values in (np.ones_like(p), p, y, (p - y) ** 2)]
    return [[round(float(value), 6) for value in row] for row in np.stack(sums, axis=1)]


def intervals(truth: Truth, campaigns: pa.Table, match: dict[str | None, str]) -> list[dict[str, Any]]:
    """For each found campaign the intervals that were told, and the true numbers."""
    accounts = _sizes(truth.members["campaign"])
    exchanges = _sizes(truth.exchanges["campaign"])
    out = []
    for row in campaigns.to_pylist():
        name = match.get(row["campaign_id"])
        if name is not None:
            out.append(
                {
                    "campaign": name,
                    "accounts": [row["accounts_low"], row["accounts"], row["accounts_high"], accounts[name]],
                    "exchanges": [
                        row["exchanges_low"],
                        row["exchanges"],
                        row["exchanges_high"],
                        exchanges[name],
                    ],
                }
            )
    return out


def _sizes(names: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(names.combine_chunks())
    return dict(zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True))


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="runs without a campaign, and as many with")
    parser.add_argument("--scale", type=float, default=0.3, help="of every preset")
    options = parser.parse_args()
    runs: list[dict[str, Any]] = []
    for number in range(options.seeds):
        planted = PLANTED[number % len(PLANTED)]
        for preset, seed in (("benign", FIRST_SEED + number), (planted, FIRST_SEED + number)):
            tell(f"{preset}, seed {seed}")
            runs.append(measure(preset, seed, options.scale))
            tell(
                json.dumps(
                    {key: runs[-1][key] for key in ("highest", "actionable", "innocents", "intervals")}
                )
            )
    result = {"scale": options.scale, "seeds": options.seeds, "set_on": SET_ON, "runs": runs}
    RESULTS.write_text(json.dumps(result) + "\n", encoding="utf-8")
    (ROOT / "docs" / "calibration.md").write_text(page(result), encoding="utf-8")
    for name, svg in pictures(result).items():
        (ROOT / "docs" / name).write_text(svg, encoding="utf-8")
    print("Written: docs/calibration.md")


if __name__ == "__main__":
    main()
