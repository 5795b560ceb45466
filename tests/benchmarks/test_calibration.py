"""The sums behind the calibration page, against cases counted by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from calibration import BINS, binned, guilty
from calibration_page import brier, covered, extremes, page, pictures, summed, wilson


def run(preset: str, true: list[bool], told: list[float], intervals: list[dict[str, Any]]) -> dict[str, Any]:
    bins = binned(pa.chunked_array([pa.array(told, pa.float64())]), true)
    return {
        "preset": preset, "seed": 1, "accounts": 10, "tested": 3, "highest": 1.5 if told else None, "actionable": 0,
        "innocents": 0, "campaigns": bins, "members": bins, "exchanges": bins, "intervals": intervals,
    }  # fmt: skip


def test_bins_hold_every_probability_once() -> None:
    bins = binned(pa.chunked_array([pa.array([0.0, 0.04, 0.5, 1.0])]), [False, True, True, True])
    assert len(bins) == BINS
    assert bins[0] == [2.0, 0.04, 1.0, pytest.approx(0.96**2)]
    assert bins[-1] == [1.0, 1.0, 1.0, 0.0]
    assert sum(row[0] for row in bins) == 4


def test_brier_score_over_runs() -> None:
    runs = [run("a", [True], [0.9], []), run("b", [False], [0.4], [])]
    assert brier(summed(runs, "members")) == pytest.approx((0.01 + 0.16) / 2)
    assert brier(summed([run("a", [], [], [])], "members")) is None


def test_a_listed_campaign_is_true_when_four_fifths_are_one_campaigns() -> None:
    campaigns = pa.table({"campaign_id": ["x", "y"]})
    members = pa.table({"campaign_id": ["x"] * 5 + ["y"] * 5, "account_id": list("abcdefghij")})
    owner = dict.fromkeys("abcdfgh", "red") | {"i": "blue", "j": "blue"}
    assert guilty(campaigns, members, owner) == [True, False]


def test_intervals_hold_their_ends() -> None:
    one = {"campaign": "c", "accounts": [8, 9, 10, 10], "exchanges": [5, 6, 7, 8]}
    runs = [run("a", [True], [0.9], [one])]
    assert [row["held"] for row in covered(runs, "accounts")] == [True]
    assert [row["held"] for row in covered(runs, "exchanges")] == [False]
    assert extremes(covered(runs, "exchanges")) == (8 / 6, 8 / 6)


def test_wilson_interval() -> None:
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)


def test_the_page_tells_what_was_measured() -> None:
    one = {"campaign": "c", "accounts": [8, 9, 10, 10], "exchanges": [5, 6, 7, 8]}
    runs = [run("benign", [], [], []), run("demo", [True, False], [0.99, 0.3], [one])]
    result = {"scale": 0.3, "seeds": 1, "set_on": 1, "runs": runs}
    text = page(result)
    assert "| set on these | accounts | 1 | 1 (100%)" in text
    assert "| demo 1 | c | exchanges | 5–7 | 8 |" in text
    assert all(svg.startswith("<svg") for svg in pictures(result).values())
