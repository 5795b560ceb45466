"""Steps say the same in every dialect that they are rendered in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pytest
import sqlglot
from comparing import rows
from sqlglot import exp
from traffic_of_all_kinds import mixed

from stillwatch.app import relational_plan
from stillwatch.engines.dialect import DIALECTS, render
from stillwatch.engines.listing import Given, Recorder, statements
from stillwatch.engines.plan import Engine
from stillwatch.errors import EngineFailed, InvalidConfiguration
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.pipeline import Progress, judge
from stillwatch.plan import recorded

TABLES = {
    "t": pa.table(
        {
            "g": [1, 1, 1, 2, 2, None],
            "n": [5, -9, 2**62, -(2**63), 7, None],
            "s": ["b", None, "a", "ä", "b", "B"],
            "l": pa.array([[3, 1, 2], [], None, [-(2**63)], [4, 4], [9]], pa.list_(pa.int64())),
            "ts": pa.array(
                [0, 1, 86_399_999_999, -1, 1_777_777_777_777_777, None], pa.timestamp("us", "UTC")
            ),
        }
    ),
    "gone": pa.table({"g": pa.array([2], pa.int64())}),
}
EXPRESSIONS = {
    "places": "SELECT g, unnest(l) AS p, unnest(range(len(l))) AS place FROM t",
    "values": "SELECT g, unnest(l) AS p FROM t",
    "values of joined rows": "SELECT g, unnest(l) AS p FROM t JOIN gone USING (g) WHERE n < 0",
    "lengths": "SELECT g, n, len(l) AS k FROM t",
    "absent": "SELECT s FROM t WHERE g IS NOT NULL AND g NOT IN (SELECT g FROM gone)",
    "absent by name": "SELECT x.s FROM t x WHERE x.g IS NOT NULL AND x.g NOT IN (SELECT g FROM gone WHERE g > 0)",
    "not listed": "SELECT s FROM t WHERE g NOT IN (2, 3)",
    "anti join": "SELECT t.s FROM t ANTI JOIN gone ON gone.g = t.g",
    "microseconds": "SELECT epoch_us(ts) AS us, epoch_us(ts) // 86400000000 AS d FROM t WHERE epoch_us(ts) >= 0",
    "logarithms": "SELECT round(ln((abs(x) + 0.5) / 3) / ln(2.0), 6) AS b, least(x, 5) AS s FROM (SELECT CAST(g AS DOUBLE) AS x FROM t)",
    "values at ends": "SELECT g, arg_max(s, n) AS x FROM t GROUP BY g",
    "equal values": "SELECT count(DISTINCT CAST(hash(s) // 2 AS BIGINT)) AS n FROM t",
    "remainder": "SELECT epoch_us(ts) // 1000000 % 86400 AS s FROM t WHERE ts IS NOT NULL AND epoch_us(ts) >= 0",
    "exclusive or": "SELECT xor(coalesce(n, 0), coalesce(g, 0)) AS x FROM t",
    "exclusive or of all": "SELECT g, bit_xor(n) AS x FROM t GROUP BY g",
    "filters": "SELECT g, count(*) FILTER (n >= 2) AS a, count(DISTINCT s) FILTER (n < 7) AS b FROM t GROUP BY g",
    "lists in order": "SELECT g, list_sort(list(s) FILTER (WHERE s IS NOT NULL)) AS x FROM t GROUP BY g",
    "value at the least": "SELECT g, arg_min(s, n) AS x FROM t GROUP BY g",
    "ranks": "SELECT s, row_number() OVER (PARTITION BY g ORDER BY n DESC, s) AS r FROM t",
    "next": "SELECT s, lead(n) OVER (ORDER BY n, s) AS r FROM t",
    "before": "SELECT s, lag(n) OVER (ORDER BY n, s) AS r FROM t",
    "last that is there": "SELECT n, last_value(g IGNORE NULLS) OVER (ORDER BY n) AS r FROM t",
    "nulls come last": "SELECT n, row_number() OVER (ORDER BY n) AS r FROM t",
    "order of signs": "SELECT s, row_number() OVER (ORDER BY s) AS r FROM t",
    "exact shares": "SELECT g FROM t GROUP BY g HAVING count(*) >= greatest(2, 0.2 * count(*))",
    "scalar query": "SELECT g FROM t GROUP BY g HAVING count(*) <= 0.5 * (SELECT count(*) FROM t)",
    "empty list": "SELECT CAST([] AS BIGINT[]) AS e",
    "text of numbers": "SELECT s || '-' || CAST(g AS VARCHAR) AS x FROM t",
    "union": "SELECT g FROM t UNION SELECT g FROM gone UNION ALL SELECT g FROM gone",
    "aliases as groups": "SELECT CAST(g AS BIGINT) AS k, count(*) AS c FROM t GROUP BY k",
    "whole bits": "SELECT CAST(floor(max(x)) AS BIGINT) AS r FROM (SELECT g, CAST(n AS DOUBLE) / 2 AS x FROM t WHERE n < 10 AND n > -10) GROUP BY g",
    "any value": "SELECT g, any_value(x) AS x FROM (SELECT g, min(s) OVER (PARTITION BY g) AS x FROM t) GROUP BY g",
    "round half": "SELECT CAST(round(x) AS BIGINT) AS r FROM (SELECT CAST(n AS DOUBLE) / 2 AS x FROM t WHERE n < 10 AND n > -10)",
}


@pytest.mark.spark
def test_every_construct_means_the_same_on_both_engines(opened: Callable[[str], Engine]) -> None:
    duck, spark = opened("duckdb"), opened("spark")
    for engine in (duck, spark):
        for name, table in TABLES.items():
            engine.put(name, table)
    for name, sql in EXPRESSIONS.items():
        told = rows(duck.query(sql))
        assert told, name
        assert told == rows(spark.query(sql)), name


def test_every_function_of_the_steps_is_among_the_constructs() -> None:
    tried = set().union(*(functions(sql) for sql in EXPRESSIONS.values()))
    plain = {"COUNT", "MIN", "MAX", "SUM", "COS", "SIN", "PI", "COALESCE", "AND", "OR", "CASE", "IF"}
    asked = set().union(*(functions(item.sql) for item in recorded() if not isinstance(item, Given)))
    assert asked - tried - plain == set()


def functions(sql: str) -> set[str]:
    tree = sqlglot.parse_one(sql, read="duckdb")
    return {
        node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name()
        for node in tree.find_all(exp.Func)
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_printed_plan_is_read_back(dialect: str) -> None:
    text = relational_plan(dialect)
    made = re.findall(r"^CREATE (?:TABLE|VIEW) (?:IF NOT EXISTS )?(\w+)", text, re.MULTILINE)
    assert made[:2] == ["prints", "accounts"]
    assert "attributable" in made
    assert len(made) == len(set(made))
    parsed = sqlglot.parse(text, read=dialect)
    created = [tree for tree in parsed if isinstance(tree, exp.Create)]
    assert [tree.this.find(exp.Table).name for tree in created] == made
    for tree in created:
        assert tree.sql(dialect=dialect) == sqlglot.parse_one(tree.sql(dialect=dialect), read=dialect).sql(
            dialect=dialect
        )
    ready: set[str] = set()
    for tree in created:
        # A statement reads what stands above it.
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        name = tree.this.find(exp.Table).name
        read = {table.name for table in tree.find_all(exp.Table)} - own - {name, "", "z"}
        assert read <= ready, (name, read - ready)
        ready.add(name)


@pytest.mark.slow
@pytest.mark.spark
def test_the_plan_printed_for_spark_runs_there(opened: Callable[[str], Engine]) -> None:
    duck, spark = opened("duckdb"), opened("spark")
    filled: dict[str, pa.Table] = {}

    class Keeping(Recorder):
        def put(self, name: str, table: pa.Table) -> None:
            filled[name] = table
            super().put(name, table)

    recorder = Keeping(duck)
    prints, accounts = mixed()
    recorder.map_batches("prints", prints.to_batches(), FINGERPRINTS, lambda _: None)
    filled["prints"] = duck.to_arrow("prints", '"row"')
    recorder.put("accounts", accounts)
    judge(recorder, frozenset(), 0.01, Progress())
    steps = recorder.plan
    session = spark._spark  # type: ignore[attr-defined]
    session.sql("CREATE DATABASE printed")
    session.sql("USE printed")
    try:
        for item, text in zip(steps, statements(steps, "spark"), strict=True):
            session.sql(text)
            if isinstance(item, Given):
                session.createDataFrame(filled[item.name]).write.insertInto(item.name)
        for name in ("people", "indicators", "holdings", "sighting_bits", "verbatim"):
            assert rows(session.table(name).toArrow()) == rows(duck.to_arrow(name)), name
    finally:
        session.sql("USE default")
        session.sql("DROP DATABASE printed CASCADE")


def test_what_can_not_be_rendered_is_said() -> None:
    with pytest.raises(InvalidConfiguration, match="oracle"):
        render("SELECT 1", "oracle")
    with pytest.raises(InvalidConfiguration, match="oracle"):
        relational_plan("oracle")
    with pytest.raises(EngineFailed, match="can't be read"):
        render("SELECT FROM WHERE (")
    with pytest.raises(EngineFailed, match="side by side"):
        render("SELECT unnest(a) AS a, unnest(b) AS b FROM t")
