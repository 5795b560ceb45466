"""The sweeps' settings, and the paragraph that says where detection ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from sweeps import MIDDLE, Logs, points
from sweeps_page import ends, mean, page, picture


def measured(missed: dict[tuple[str, Any], int], seeds: int = 1) -> list[dict[str, Any]]:
    """Every point of the sweeps; of `missed` ones so many runs don't find the campaign."""
    out = []
    for number, point in enumerate(points()):
        lost = missed.get((point.sweep, point.value), 0)
        runs = [
            {
                "seed": seed, "innocent_accounts": 1_000, "exchanges": 9_000, "campaign_exchanges": 600,
                "found": seed >= lost, "named": 1, "account_recall": 0.7 if seed >= lost else 0.0, "innocents": 0,
                "exchange_recall": 0.6 if seed >= lost else 0.0,
                "exchange_precision": 0.9 if seed >= lost else None, "processor_seconds": number + 0.5,
            }
            for seed in range(seeds)
        ]  # fmt: skip
        out.append({"sweep": point.sweep, "value": point.value, "runs": runs})
    return out


def said(given: list[dict[str, Any]]) -> str:
    return " ".join(ends(given).split())


def test_one_knob_moves_at_a_time() -> None:
    knobs = ("mixing", "accounts", "care")
    for point in points():
        moved = [name for name in knobs if getattr(point.campaign, name) != getattr(MIDDLE, name)]
        assert moved in ([], [point.sweep])
        assert point.logs == Logs() or (point.sweep == "columns" and not moved)
    middle = [point.sweep for point in points() if point.campaign == MIDDLE and point.logs == Logs()]
    assert middle == [*knobs, "columns"]


def test_the_paragraph_names_the_hardest_that_was_found() -> None:
    text = said(measured({("accounts", 10): 1, ("care", 1.0): 1, ("columns", "neither"): 1}))
    assert "smallest campaign that was still found had 20 accounts" in text
    assert "(missed: 10)" in text
    assert "most careful campaign that was still found was 60 % careful" in text
    assert (
        "was 95 % other people's traffic, with 70.0 % of its accounts named (the last of this sweep" in text
    )
    assert "missed with these logs: neither" in text


def test_a_run_that_misses_counts_against_a_setting() -> None:
    text = said(measured({("accounts", 10): 1, ("mixing", 0.75): 3}, seeds=3))
    assert "smallest campaign that every run still found had 20 accounts" in text
    assert "(missed: 10 in 1 of 3 runs)" in text
    assert "though an easier one was missed (75 %)" in text


def test_innocents_are_told_with_their_setting() -> None:
    given = measured({})
    assert "runs: 0. Each" in said(given)
    next(point for point in given if point["value"] == 300)["runs"][0]["innocents"] = 3
    assert "runs: 3 (accounts 300). Each" in said(given)


def test_a_figure_without_runs_has_no_mean() -> None:
    lost = next(one for one in measured({("care", 1.0): 1}) if one["value"] == 1.0)
    assert mean(lost, "exchange_precision") is None
    assert mean(lost, "account_recall") == 0.0


def test_the_page_tells_what_was_measured() -> None:
    given = measured({("care", 1.0): 1})
    middle = {"per_day": 4.0, "accounts": 100, "mixing": 0.5, "care": 0.3}
    text = page({"scale": 0.25, "seeds": 1, "middle": middle, "processor_seconds": 80.0, "points": given})
    assert "| 100 % | 9,000 | 600 | no | 0.0 % | 0 | 0.0 % | – |" in text
    assert "| 300 | 9,000 | 600 | yes | 70.0 % | 0 | 60.0 % | 90.0 % |" in text


@pytest.mark.slow
def test_the_picture_is_drawn() -> None:
    assert picture(measured({("care", 1.0): 1})).startswith("<svg")
