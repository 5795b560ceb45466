"""One body on both engines: every step and every query of the stages gives the same rows."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from comparing import Witness, rows
from traffic_of_all_kinds import mixed

import stillwatch.link
import stillwatch.score
from stillwatch.engines.parts import Range
from stillwatch.engines.plan import Engine, Step
from stillwatch.link.people import people_of
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.model.standing import Standing
from stillwatch.output import FOUND
from stillwatch.pipeline import Progress, judge
from stillwatch.score.stage import Scored
from stillwatch.score.wording import read_passed_on

pytestmark = pytest.mark.spark

NOBODY = Range(0, "", "", 0, -1)
"""What steps of one range of accounts take."""

RATE = 0.1
"""The bound at which the campaign of so little traffic is actionable."""


def every_step() -> set[str]:
    """Names of all steps that the rooms link and score declare."""
    found = set()
    for room in (stillwatch.link, stillwatch.score):
        for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
            for _, made in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
                signature = inspect.signature(made)
                if signature.return_annotation in (Step, "Step"):
                    asked = [p.annotation for p in signature.parameters.values()]
                    if set(asked) <= {"Range"}:
                        found.add(made(*[NOBODY] * len(asked)).name)
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


@pytest.mark.slow
def test_every_step_and_query_gives_the_same_rows(both: tuple[Witness, Witness]) -> None:
    scored: list[Scored] = [judge(one, frozenset(), RATE, Progress()) for one in both]  # type: ignore[arg-type]
    duck, spark = both
    assert every_step() <= duck.steps == spark.steps
    # What is looked up for arrays is asked by the engine that works on arrays alone.
    assert duck.seen.keys() >= spark.seen.keys()
    for name, told in spark.seen.items():
        if name.startswith("ids_twice"):  # each engine's own hash of an id
            continue
        assert told == duck.seen[name], name
    empty = [name for name in duck.steps if not duck.seen[name]]
    assert empty == [], "nothing to compare"
    for name in FOUND:
        assert getattr(scored[0], name).equals(getattr(scored[1], name)), name
        assert getattr(scored[0], name).num_rows, name


@pytest.mark.slow
def test_every_second_of_a_day_has_the_same_sine(opened: Callable[[str], Engine]) -> None:
    found = re.search(r"\(epoch_us.* pi\(\)", people_of(NOBODY).sql)
    assert found
    angle = found[0].replace("epoch_us(ts)", "n")
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


@pytest.mark.slow
def test_texts_that_are_passed_on_are_the_same(opened: Callable[[str], Engine]) -> None:
    """Of four accounts the first two send one system text, the third one of its own; it has a passage in common with it."""
    prints, _ = mixed()
    texts = {"a": [10, 11], "b": [10, 11], "c": [11, 12], "d": None}
    sent = [
        row
        | {"account_id": name, "system_hash": None if text is None else sum(text), "system_passages": text}
        for (name, text), row in zip(texts.items(), prints.slice(0, 4).to_pylist(), strict=True)
    ]
    rows_of = pa.Table.from_pylist(sent, FINGERPRINTS)
    for name in ("duckdb", "spark"):
        engine = opened(name)
        engine.map_batches("prints", rows_of.to_batches(), FINGERPRINTS, lambda _: None)
        engine.put("people", pa.table({"ix": pa.array(range(4), pa.int32()), "account_id": list(texts)}))
        engine.put(
            "template_of", pa.table({"p": [10, 11, 12], "c": [0, 1, 2], "t": pa.array([7, 8, 8], pa.int32())})
        )
        told = read_passed_on(engine, np.array([0, 2, 3]), np.array([7, 8, 9]))
        assert told.toarray().tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 0]], name


@pytest.mark.slow
def test_a_day_that_goes_on_gives_the_same_tables(opened: Callable[[str], Engine]) -> None:
    prints, accounts = mixed()
    sent = prints["ts"].cast(pa.int64()).to_numpy()
    late = pa.array(sent >= np.quantile(sent, 0.8))
    told: list[Scored] = []
    standing: Standing | None = None
    for name, rows_of in (
        ("duckdb", prints.filter(pc.invert(late))),
        ("duckdb", prints.filter(late)),
        ("spark", prints.filter(late)),
    ):
        engine = opened(name)
        engine.map_batches("prints", rows_of.to_batches(max_chunksize=700), FINGERPRINTS, lambda _: None)
        engine.put("accounts", accounts)
        told.append(judge(engine, frozenset(), RATE, Progress(), standing))
        standing = standing or _stands(told[0], rows_of)
    assert told[1].attributed.num_rows
    for name in FOUND:
        assert getattr(told[1], name).equals(getattr(told[2], name)), name


def _stands(scored: Scored, prints: pa.Table) -> Standing:
    tables = ("campaigns", "members", "evidence", "contest", "shared", "wording")
    acted = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"].combine_chunks()
    assert len(acted)
    kept = {name: getattr(scored, name) for name in tables}
    return Standing(
        **{n: t.filter(pc.is_in(t["campaign_id"], value_set=acted)) for n, t in kept.items()},
        ordinary=scored.ordinary,
        accounts=len(prints["account_id"].unique()),
        until=datetime(2026, 6, 1, tzinfo=UTC),
    )
