"""Use out of proportion to the plan: seen where it is planted, not in the innocent who are merely busy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import observed, unchanged

from prints import CAMPAIGN, CROWD, TOOL, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.exchanges import DAY
from stillwatch.score.pace import FEWEST_PEERS, middle_without, paces
from stillwatch.score.signals.timing import heavy_use
from stillwatch.score.stage import score

WORKED = replace(CAMPAIGN, per_account=150)
MIXED = replace(WORKED, name="mixed", themed=0.1)
BUSY = replace(TOOL, per_account=30)
MOST = 2 * FEWEST_PEERS


@pytest.mark.parametrize("group", [WORKED, MIXED], ids=lambda g: g.name)
def test_accounts_that_are_worked_all_day_are_seen(load: Load, group: Group) -> None:
    said = observed(load, group, heavy_use, unchanged)
    assert said is not None
    assert said.factor > 5
    assert said.accounts > 0.9 * group.accounts
    assert "all others on its plan." in said.fact


@pytest.mark.parametrize("group", [BUSY, CAMPAIGN], ids=lambda g: g.name)
def test_people_who_send_twice_as_much_as_others_are_no_sign(load: Load, group: Group) -> None:
    said = observed(load, group, heavy_use, unchanged)
    assert said is not None
    assert said.factor < 1


def test_the_careful_few_do_not_hide_it(load: Load) -> None:
    def careful(rows: list[dict[str, object]], rng: np.random.Generator) -> None:
        names = sorted({str(row["account_id"]) for row in rows})[: WORKED.accounts * 3 // 10]
        rows[:] = [row for row in rows if row["account_id"] not in names or rng.random() < 0.1]

    said = observed(load, WORKED, heavy_use, careful)
    assert said is not None
    assert said.factor > 5


def test_where_no_plan_is_known_the_fact_names_none(load: Load) -> None:
    prints, accounts, _ = traffic([CROWD, WORKED])
    nameless = accounts.set_column(
        accounts.schema.get_field_index("plan"), "plan", pa.nulls(len(accounts), pa.string())
    )
    engine = load(prints, nameless)
    link(engine, lambda _: None)
    evidence = score(engine, frozenset(), 0.01).evidence.to_pylist()
    told = [row["observation"] for row in evidence if row["signal"] == "heavy_use"]
    assert told
    assert all("all other accounts." in fact for fact in told)


def test_accounts_are_compared_with_their_plan() -> None:
    plan = pa.chunked_array([pa.array(["free"] * (MOST + 9) + ["large"] * MOST + ["rare", None])])
    often = np.r_[np.full(MOST + 9, 14), np.full(MOST, 140), [140, 14]]
    rare, unknown = len(often) - 2, len(often) - 1
    pace = paces(often, np.full(len(often), 14 * DAY), plan)
    assert pace.beyond(np.arange(MOST + 9, MOST + 29)) == pytest.approx(np.zeros(20))
    # Few are on this plan, and of the other nothing is known: they stand beside everyone.
    assert pace.beyond(np.array([rare])) == pytest.approx([np.log(10.0)])
    assert pace.beyond(np.array([unknown])) == pytest.approx([0.0])


def test_where_hardly_anyone_else_is_left_nothing_is_told() -> None:
    pace = paces(np.full(60, 5), np.full(60, DAY), pa.chunked_array([pa.nulls(60, pa.string())]))
    assert len(pace.beyond(np.arange(11))) == 0
    assert len(pace.beyond(np.arange(10))) == 10


@given(st.lists(st.integers(0, 20), min_size=2, max_size=40), st.data())
def test_the_middle_of_the_others_is_that_of_a_list_without_them(
    values: list[int], data: st.DataObject
) -> None:
    ascending = sorted(values)
    out = data.draw(st.sets(st.integers(0, len(values) - 1), max_size=len(values) - 1))
    rest = [value for place, value in enumerate(ascending) if place not in out]
    naive = rest[(len(rest) - 1) // 2]
    assert middle_without(np.array(ascending, dtype=float), np.array(sorted(out), dtype=np.int64)) == naive


@given(st.permutations(range(12)))
def test_the_order_of_accounts_does_not_matter(order: list[int]) -> None:
    often = np.r_[np.arange(1, 13), np.full(MOST, 7)]
    plan = np.array(["a"] * 6 + ["b"] * 6 + ["a"] * MOST)
    shuffled = np.r_[order, np.arange(12, 12 + MOST)]
    told = []
    for turn in (np.arange(len(often)), shuffled):
        pace = paces(often[turn], np.full(len(often), DAY), pa.chunked_array([pa.array(plan[turn].tolist())]))
        told.append(np.sort(pace.beyond(np.flatnonzero(np.isin(turn, np.arange(12))))))
    assert told[0] == pytest.approx(told[1])
