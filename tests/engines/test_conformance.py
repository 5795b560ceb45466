"""One body on both engines: every step and every query of the stages gives the same rows."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from comparing import Witness, rows
from traffic_of_all_kinds import mixed

import stillwatch.link
import stillwatch.score
from stillwatch.engines.plan import Engine, Step
from stillwatch.link.people import people
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.pipeline import Progress, judge
from stillwatch.score.stage import Scored

pytestmark = pytest.mark.spark

TABLES = ("campaigns", "members", "attributed", "evidence", "contest", "shared")


def every_step() -> set[str]:
    """Names of all steps that the rooms link and score declare."""
    found = set()
    for room in (stillwatch.link, stillwatch.score):
        for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
            for _, made in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
                if inspect.signature(made).return_annotation in (Step, "Step"):
                    found.add(made().name)
    return found


@pytest.fixture
def both(opened: Callable[[str], Engine]) -> tuple[Witness, Witness]:
    """The two engines with the same traffic."""
    prints, accounts = mixed()
    loaded = []
    for name in ("duckdb", "spark"):
        engine = opened(name)
        engine.map_batches("prints", prints.to_batches(max_chunksize=700), FINGERPRINTS, lambda _: None)
        engine.put("accounts", accounts)
        loaded.append(Witness(engine))
    return loaded[0], loaded[1]


def test_every_step_and_query_gives_the_same_rows(both: tuple[Witness, Witness]) -> None:
    scored: list[Scored] = [judge(one, frozenset(), 0.01, Progress()) for one in both]  # type: ignore[arg-type]
    duck, spark = both
    assert every_step() <= duck.steps == spark.steps
    assert duck.seen.keys() == spark.seen.keys()
    for name, told in duck.seen.items():
        assert told == spark.seen[name], name
    empty = [name for name in duck.steps if not duck.seen[name]]
    assert empty == [], "nothing to compare"
    for name in TABLES:
        assert getattr(scored[0], name).equals(getattr(scored[1], name)), name
        assert getattr(scored[0], name).num_rows, name


def test_every_second_of_a_day_has_the_same_sine(opened: Callable[[str], Engine]) -> None:
    found = re.search(r"\(epoch_us.* pi\(\)", people().sql)
    assert found
    angle = found[0].replace("epoch_us(p.ts)", "n")
    numbers = pa.table({"n": np.arange(86_400) * 1_000_000})
    sql = f"SELECT n, CAST(round(cos({angle}) * 1000000) AS BIGINT) AS c, "
    sql += f"CAST(round(sin({angle}) * 1000000) AS BIGINT) AS s FROM numbers"
    told = []
    for name in ("duckdb", "spark"):
        engine = opened(name)
        engine.put("numbers", numbers)
        told.append(rows(engine.query(sql)))
    assert len(told[0]) == 86_400
    assert told[0] == told[1]
