"""What a template says of one exchange: a phrase of everybody's says nothing, a template of the cluster's own does."""

from __future__ import annotations

from collections import defaultdict
from math import log2

import numpy as np
import pyarrow as pa
import pytest

from prints import Load
from stillwatch.engines.duck import DuckEngine
from stillwatch.link.stage import HABITUAL, SIGHTING_BITS, exchange_bits, sighting_bits
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS

MEMBERS, OTHERS = 20, 180
EACH = 30  # exchanges of an account
TEMPLATE, PHRASE, LIGHT, HABIT = 0, 1, 2, 3


def shown() -> list[tuple[int, int, int]]:
    """(t, ix, exchanges): who shows what how often; the members are the first accounts."""
    rows = [(TEMPLATE, ix, 15) for ix in range(MEMBERS)]
    rows += [(PHRASE, ix, 3) for ix in range(MEMBERS + OTHERS)]
    rows += [(LIGHT, ix, 15) for ix in range(MEMBERS)]
    rows += [(HABIT, ix, 15) for ix in range(MEMBERS)] + [(HABIT, MEMBERS, EACH)]
    return rows


def counted(load: Load, rows: list[tuple[int, int, int]]) -> DuckEngine:
    """An engine that holds one cluster of the members, to which TEMPLATE, PHRASE and HABIT are dear."""
    engine = load(FINGERPRINTS.empty_table(), ACCOUNT_PRINTS.empty_table())
    t, ix, exchanges = (np.array(column) for column in zip(*rows, strict=True))
    everybody = np.arange(MEMBERS + OTHERS)
    engine.put("people", pa.table({"ix": everybody, "exchanges": np.full(len(everybody), EACH)}))
    engine.put("holdings", pa.table({"t": t, "ix": ix, "exchanges": exchanges, "contexts": exchanges}))
    engine.put("clusters", pa.table({"cluster": np.zeros(MEMBERS, int), "ix": np.arange(MEMBERS)}))
    bits = {TEMPLATE: 12.0, PHRASE: SIGHTING_BITS, LIGHT: SIGHTING_BITS - 0.5, HABIT: 9.0}
    engine.put(
        "cluster_templates",
        pa.table({"cluster": np.zeros(len(bits), int), "t": list(bits), "bits": list(bits.values())}),
    )
    engine.run(exchange_bits())
    engine.run(sighting_bits())
    return engine


def weights(engine: DuckEngine, table: str) -> dict[int, float]:
    rows = engine.query(f"SELECT t, bits FROM {table}")
    return dict(zip(rows["t"].to_pylist(), rows["bits"].to_pylist(), strict=True))


def test_a_phrase_that_members_and_others_use_alike_is_not_attributed(load: Load) -> None:
    engine = counted(load, shown())
    assert PHRASE not in weights(engine, "sighting_bits")
    # Members show it as often as others do: what exceeds that is nothing.
    assert weights(engine, "exchange_bits").get(PHRASE, 0.0) < SIGHTING_BITS
    assert weights(engine, "sighting_bits")[TEMPLATE] > 5 * SIGHTING_BITS - 2


def test_a_phrase_that_members_use_far_more_than_others_is_attributed(load: Load) -> None:
    often = [(t, ix, 20 if t == PHRASE and ix < MEMBERS else n) for t, ix, n in shown()]
    assert weights(counted(load, often), "sighting_bits")[PHRASE] >= SIGHTING_BITS


def test_what_weighs_little_for_membership_is_never_attributed(load: Load) -> None:
    assert LIGHT not in weights(counted(load, shown()), "exchange_bits")


def test_one_stranger_with_a_habit_does_not_make_a_template_usual(load: Load) -> None:
    found = weights(counted(load, shown()), "exchange_bits")
    assert SIGHTING_BITS < found[HABIT] < found[TEMPLATE]
    more = [(t, ix, n * 10 if (t, ix) == (HABIT, MEMBERS) else n) for t, ix, n in shown()]
    assert weights(counted(load, more), "exchange_bits") == found


def test_bits_agree_with_a_plain_count(load: Load) -> None:
    found = weights(counted(load, shown()), "exchange_bits")
    outside: dict[int, int] = defaultdict(int)
    inside: dict[int, int] = defaultdict(int)
    for t, ix, n in shown():
        if ix < MEMBERS:
            inside[t] += n
        else:
            outside[t] += min(n, HABITUAL)
    expected = {}
    for t in (TEMPLATE, PHRASE, HABIT):
        usual = outside[t] * MEMBERS / OTHERS  # every account sends equally much
        if inside[t] > usual:
            expected[t] = log2((inside[t] - usual + 0.5) / (usual + 0.5))
    assert found == pytest.approx(expected, abs=1e-5)
