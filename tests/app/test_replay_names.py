"""A campaign keeps its name from run to run of a replay, and what had leaked is counted from its first run."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.model.exchanges import TIMESTAMP
from stillwatch.pipeline import first_known
from stillwatch.score.cases import inherited

HOUR = 3_600_000_000
PEOPLE = SimpleNamespace(account_id=pa.array([f"a{n}" for n in range(20)]))


def members(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def names(*numbers: int) -> frozenset[str]:
    return frozenset(f"a{n}" for n in numbers)


def test_a_campaign_that_grows_keeps_its_id() -> None:
    known = {"k": names(3, 4, 5)}
    assert inherited({7: members(*range(12))}, PEOPLE, known) == {7: "k"}


def test_half_of_the_smaller_is_needed() -> None:
    known = {"k": names(0, 1, 2, 3)}
    assert inherited({1: members(2, 3, 4, 5, 6)}, PEOPLE, known) == {1: "k"}
    assert inherited({1: members(3, 4, 5, 6, 7)}, PEOPLE, known) == {}


def test_of_two_parts_the_larger_keeps_the_id() -> None:
    known = {"k": names(*range(10))}
    parts = {1: members(0, 1, 2), 2: members(3, 4, 5, 6)}
    assert inherited(parts, PEOPLE, known) == {2: "k"}
    assert inherited(dict(reversed(parts.items())), PEOPLE, known) == {2: "k"}


def test_a_campaign_that_was_gone_for_a_while_is_known_again() -> None:
    known = {"gone": names(0, 1, 2, 3), "there": names(8, 9, 10, 11)}
    found = inherited({0: members(9, 10, 11), 1: members(1, 2, 3)}, PEOPLE, known)
    assert found == {0: "there", 1: "gone"}


def scored(hours: list[int]) -> SimpleNamespace:
    return SimpleNamespace(
        campaigns=pa.table({"campaign_id": ["k", "w"], "actionable": [True, False]}),
        members=pa.table({"campaign_id": ["k"] * 10 + ["w"], "account_id": [f"a{n}" for n in range(10)] + ["b"]}),
        attributed=pa.table(
            {"campaign_id": ["k"] * len(hours), "ts": pa.array([h * HOUR for h in hours], TIMESTAMP)}
        ),
    )  # fmt: skip


def test_leaked_counts_from_the_first_run_that_knew_a_fifth() -> None:
    held = {
        6 * HOUR: [names(0)],  # one of ten
        12 * HOUR: [names(0, 1, 15, 16)],  # two of ten, and as many strangers
        18 * HOUR: [names(15, 16, 17), names(0, 1)],
        24 * HOUR: [names(*range(10))],
    }
    rows = first_known(scored([2, 5, 17, 18, 20, 22, 23, 24]), held)
    assert rows["campaign_id"].to_pylist() == ["k"]
    assert rows["first_actionable_at"].cast(pa.int64()).to_pylist() == [18 * HOUR]
    assert rows["delay_hours"].to_pylist() == [16.0]
    assert rows["leaked"].to_pylist() == [pytest.approx(3 / 8)]
