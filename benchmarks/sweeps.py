"""Where detection ends, knob by knob: `python benchmarks/sweeps.py [--seeds N] [--scale X]`.

One campaign in traffic of innocents, with one knob moved at a time from the middle: how mixed, how large, how careful
it is, and which columns the logs hold. Each is scanned with the defaults and counted as docs/evaluation.md says.
Writes benchmarks/results/sweeps.json, docs/sweeps.md and its picture.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sweeps_page import page, picture
from table import tell

import stillwatch
from stillwatch.evaluate import evaluate
from stillwatch.scenarios import Campaign, Scenario, simulate
from stillwatch.scenarios.presets import population

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "sweeps.json"
INNOCENTS = 4_000
"""Innocent accounts at scale 1, those of the `benign` preset."""

RATE = 0.3
MIDDLE = Campaign(
    "swept", ("reasoning", "coding"), accounts=100, per_day=4.0, rhythm="flat", proxies="vpn", exits=100,
    paraphrase=0.3, families=2, mixing=0.5, care=0.3,
)  # fmt: skip
NETWORK = ("ip", "asn", "country")


@dataclass(frozen=True)
class Logs:
    """What the logs hold: columns of the exchanges that are left out, and whether there is an accounts table."""

    without: tuple[str, ...] = ()
    accounts: bool = True


COLUMNS: Mapping[str, Logs] = {
    "everything": Logs(),
    "no accounts table": Logs(accounts=False),
    "no network columns": Logs(NETWORK),
    "neither": Logs(NETWORK, False),
}
KNOBS: Mapping[str, tuple[float, ...]] = {
    "mixing": (0.0, 0.5, 0.75, 0.9, 0.95),
    "accounts": (300, 100, 50, 20, 10),
    "care": (0.0, 0.3, 0.6, 1.0),
}
"""Values of each knob, the easiest for the defender first."""


@dataclass(frozen=True)
class Point:
    """One setting: the sweep it belongs to, its value as told, the campaign and the logs."""

    sweep: str
    value: float | str
    campaign: Campaign
    logs: Logs


def points() -> list[Point]:
    """Every setting of every sweep, in order; the middle comes in each sweep."""
    moved = []
    for knob, values in KNOBS.items():
        for value in values:
            change: dict[str, Any] = {knob: value}
            moved.append(Point(knob, value, replace(MIDDLE, **change), Logs()))
    return moved + [Point("columns", name, MIDDLE, logs) for name, logs in COLUMNS.items()]


def measure(campaign: Campaign, logs: Logs, seed: int, scale: float) -> dict[str, Any]:
    """One run: sizes, what was found of the campaign, and whom it cost."""
    begun = time.process_time()
    traffic = Scenario("sweep", "One campaign.", population(round(INNOCENTS * scale), RATE), (campaign,))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = simulate(folder / "traffic", traffic, seed)
        exchanges = made.path / "exchanges.parquet"
        if logs.without:
            kept = [one for one in pq.read_schema(exchanges).names if one not in logs.without]
            pq.write_table(pq.read_table(exchanges, columns=kept), exchanges)
        stillwatch.scan(
            exchanges,
            accounts=made.path / "accounts.parquet" if logs.accounts else None,
            out=folder / "found",
        )
        told = evaluate(made.path, folder / "found")
    return {
        "seed": seed,
        "innocent_accounts": made.accounts - told.accounts,
        "exchanges": made.exchanges,
        "campaign_exchanges": told.exchanges,
        "found": told.found == told.campaigns,
        "named": told.detected,
        "account_recall": told.account_recall,
        "innocents": told.innocent_accounts,
        "exchange_recall": told.exchange_recall,
        "exchange_precision": told.exchange_precision,
        "processor_seconds": time.process_time() - begun,
    }


def sweep(seeds: int, scale: float) -> list[dict[str, Any]]:
    """Every point with its runs, one a seed; a setting that belongs to several sweeps is measured once."""
    known: dict[tuple[Campaign, Logs], list[dict[str, Any]]] = {}
    out = []
    for point in points():
        setting = (point.campaign, point.logs)
        if setting not in known:
            tell(f"{point.sweep}: {point.value}")
            known[setting] = [measure(*setting, seed, scale) for seed in range(1, seeds + 1)]
            tell(json.dumps(known[setting]))
        out.append({"sweep": point.sweep, "value": point.value, "runs": known[setting]})
    return out


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="runs a point")
    parser.add_argument(
        "--scale", type=float, default=0.25, help="of the innocent population, not the campaign"
    )
    options = parser.parse_args()
    begun = time.process_time()
    measured = sweep(options.seeds, options.scale)
    result = {
        "scale": options.scale,
        "seeds": options.seeds,
        "middle": {name: getattr(MIDDLE, name) for name in ("per_day", "accounts", "mixing", "care")},
        "processor_seconds": time.process_time() - begun,
        "points": measured,
    }
    RESULTS.write_text(json.dumps(result) + "\n", encoding="utf-8")
    (ROOT / "docs" / "sweeps.md").write_text(page(result), encoding="utf-8")
    (ROOT / "docs" / "sweeps.svg").write_text(picture(measured), encoding="utf-8")
    print("Written: docs/sweeps.md")


if __name__ == "__main__":
    main()
