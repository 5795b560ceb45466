"""What an exchange weighs: by how many members send its like, against how many others do; held against plain counting."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prints import Load
from stillwatch.engines.duck import DuckEngine
from stillwatch.engines.parts import Range
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.score.steps import (
    exchange_weights,
    listed_holders_in,
    listed_shown_in,
    listed_sightings_in,
)
from stillwatch.stats.counts import expected_count

PART = Range(0, "", "~", 0, 1_000_000)
PEOPLE = 60
MEMBERS = 12
BITS = {1: 2.4, 2: 2.9, 3: 7.0}

Shown = tuple[int, int, int]
"""Row, account, template: accounts below MEMBERS are members."""


def engine_of(load: Load, shown: list[Shown]) -> DuckEngine:
    """An engine with one listed cluster, as the link room leaves it."""
    engine = load(FINGERPRINTS.empty_table(), ACCOUNT_PRINTS.empty_table())
    row, ix, t = (np.array(column, dtype=np.int64) for column in zip(*shown, strict=True))
    tables = {
        "hits_0": {
            "row": pa.array(row),
            "ix": pa.array(ix, pa.int32()),
            "shown": pa.array([[k] for k in t.tolist()], pa.list_(pa.int32())),
        },
        "sighting_bits": {
            "cluster": pa.array([0] * len(BITS), pa.int64()),
            "t": pa.array(list(BITS), pa.int64()),
            "bits": pa.array(list(BITS.values())),
        },
        "listed_clusters": {"cluster": pa.array([0], pa.int64()), "campaign": pa.array([0], pa.int64())},
        "listed_members": {
            "cluster": pa.array([0] * MEMBERS, pa.int64()),
            "ix": pa.array(range(MEMBERS), pa.int32()),
        },
        "people": {"ix": pa.array(range(PEOPLE), pa.int32())},
        "carried_texts": {"cluster": pa.array([], pa.int64()), "t": pa.array([], pa.int32())},
    }
    for name, columns in tables.items():
        engine.put(name, pa.table(columns))
    return engine


def weighed(engine: DuckEngine) -> dict[int, float]:
    """Row → bits."""
    engine.run(listed_shown_in(PART))
    engine.run(listed_holders_in(PART))
    engine.put("listed_holders", engine.to_arrow("listed_holders_0", "ix"))
    engine.run(exchange_weights())
    engine.run(listed_sightings_in(PART))
    found = engine.query('SELECT "row", bits FROM listed_sightings_0')
    return dict(zip(found["row"].to_pylist(), found["bits"].to_pylist(), strict=True))


def counted(shown: list[Shown]) -> dict[int, float]:
    """The definition."""
    heaviest: dict[tuple[int, int], float] = defaultdict(float)
    for row, ix, t in shown:
        heaviest[row, ix] = max(heaviest[row, ix], BITS.get(t, 0.0))
    holders: dict[int, set[int]] = defaultdict(set)
    for (_, ix), bits in heaviest.items():
        if bits:
            holders[int(bits)].add(ix)
    out = {}
    for (row, ix), bits in heaviest.items():
        if not bits or ix >= MEMBERS:
            continue
        alike = holders[int(bits)]
        m = (sum(each < MEMBERS for each in alike) + 0.5) / (MEMBERS + 1)
        u = (sum(each >= MEMBERS for each in alike) + 0.5) / (PEOPLE - MEMBERS + 1)
        if m >= 2 * u:
            out[row] = math.log2((m - u) / u)
    return out


@given(
    st.lists(
        st.tuples(st.integers(0, 80), st.integers(0, PEOPLE - 1), st.integers(1, 4)), min_size=1, max_size=150
    )
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_weights_are_those_of_plain_counting(load: Load, drawn: list[Shown]) -> None:
    # A row belongs to one account.
    shown = sorted({(row * PEOPLE + ix, ix, t) for row, ix, t in drawn})
    found, expected = weighed(engine_of(load, shown)), counted(shown)
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_light_template_is_weighed_where_it_stands_alone(load: Load) -> None:
    """All members show 1 beside 3; alone it is shown by two of them, and by as large a part of the others."""
    together = [(row, row, t) for row in range(MEMBERS) for t in (1, 3)]
    alone = [(100 + ix, ix, 1) for ix in range(2)]
    others = [(200 + ix, ix, 1) for ix in range(MEMBERS, MEMBERS + 8)]
    found = weighed(engine_of(load, together + alone + others))
    assert set(found) == set(range(MEMBERS))
    assert min(found.values()) > 5


def test_one_account_with_a_habit_outside_does_not_take_a_template_away(load: Load) -> None:
    members = [(row, row, 2) for row in range(MEMBERS)]
    habit = [(100 + row, MEMBERS, 2) for row in range(500)]
    assert len(weighed(engine_of(load, members + habit))) == MEMBERS


def test_what_stands_or_falls_together_makes_a_count_less_sure() -> None:
    alone = expected_count(np.full(100, 0.9))
    together = expected_count(np.full(4, 0.9), np.full(4, 25))
    assert alone[0] == pytest.approx(together[0])
    assert together[1] < alone[1]
    assert together[2] == 100.0
