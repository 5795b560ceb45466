"""Steps, which are written in DuckDB's dialect, for other engines and for warehouses.

sqlglot knows how most functions are called elsewhere. What it can't know is what the steps promise:
`len` measures lists, what a `NOT IN` looks up is never null, and what is unnested beside a list is the
place of each of its values.
"""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from stillwatch.errors import EngineFailed, InvalidConfiguration

DIALECTS = ("spark", "databricks", "bigquery", "snowflake", "clickhouse")
"""What a plan can be rendered in."""

_MICROSECONDS = {
    "bigquery": "UNIX_MICROS(x)",
    "clickhouse": "toUnixTimestamp64Micro(x)",
    "databricks": "UNIX_MICROS(x)",
    "snowflake": "DATE_PART(EPOCH_MICROSECOND, x)",
    "spark": "UNIX_MICROS(x)",
}
_HASH = {
    "bigquery": "FARM_FINGERPRINT(x)",
    "clickhouse": "CAST(bitShiftRight(cityHash64(x), 1) AS Int64)",
    "databricks": "XXHASH64(x)",
    "snowflake": "HASH(x)",
    "spark": "XXHASH64(x)",
}
"""Some number that equal values share; which number it is decides nothing."""

_CALLED = {"epoch_us": _MICROSECONDS, "hash": _HASH}

_DUCKDB = {
    "bool": "BOOLEAN",
    "double": "DOUBLE",
    "float": "REAL",
    "int8": "TINYINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "string": "VARCHAR",
}
_RESERVED = frozenset({"row"})
"""Names of columns that steps put in quotation marks."""


def render(sql: str, dialect: str = "spark", *, pretty: bool = False) -> str:
    """A query in DuckDB's dialect as the same query in another one.

    raises  InvalidConfiguration for a dialect that is not in DIALECTS, EngineFailed for SQL that can't be read
    """
    _known(dialect)
    try:
        tree = parse_one(sql, read="duckdb")
    except SqlglotError as error:
        raise EngineFailed(f"A step can't be read: {error}") from error
    for query in list(tree.find_all(exp.Select)):
        _walk_lists(query, dialect)
    text: str = tree.transform(_told, dialect).sql(dialect=dialect, pretty=pretty)
    return text


def render_table(name: str, schema: pa.Schema, dialect: str) -> str:
    """The statement that declares an empty table of these columns.

    raises  InvalidConfiguration for a dialect that is not in DIALECTS
    """
    _known(dialect)
    columns = ", ".join(f'"{field.name}" {_declared(field.type)}' for field in schema)
    tree = parse_one(f"CREATE TABLE IF NOT EXISTS {name} ({columns})", read="duckdb")
    for column in tree.find_all(exp.Identifier):
        column.set("quoted", column.name.lower() in _RESERVED)
    if dialect == "clickhouse":
        for kind in list(tree.find_all(exp.DataType)):
            if kind.is_type("timestamptz"):
                kind.replace(exp.DataType.build("Nullable(DateTime64(6, 'UTC'))", dialect=dialect))
    text: str = tree.sql(dialect=dialect, pretty=True)
    return text + ("\nENGINE=MergeTree ORDER BY tuple()" if dialect == "clickhouse" else "")


def _known(dialect: str) -> None:
    if dialect not in DIALECTS:
        raise InvalidConfiguration(
            f"There is no dialect {dialect!r} to print the plan in.",
            hint=f"Use one of: {', '.join(DIALECTS)}.",
        )


def _declared(kind: pa.DataType) -> str:
    """The name that DuckDB has for an Arrow type."""
    if pa.types.is_list(kind):
        return f"{_declared(kind.value_type)}[]"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ"
    return _DUCKDB[str(kind)]


def _told(node: exp.Expression, dialect: str) -> exp.Expression:
    """The node with what DuckDB alone understands said in words that the dialect has."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name in _CALLED:
        called = parse_one(_CALLED[name][dialect], read=dialect)
        for column in list(called.find_all(exp.Column)):
            if column.name == "x":
                column.replace(node.expressions[0].copy())
        return called
    if isinstance(node, exp.ArgMin | exp.ArgMax):
        # DuckDB passes over rows without a value, others over rows without a place.
        value, place = node.this, node.expression
        here = exp.Case().when(exp.Not(this=exp.Is(this=value.copy(), expression=exp.null())), place)
        return type(node)(this=value, expression=here)
    if isinstance(node, exp.Length):
        return exp.ArraySize(this=node.this)
    if isinstance(node, exp.Not) and isinstance(node.this, exp.In) and dialect in ("spark", "databricks"):
        return _absent(node.this)
    return node


def _absent(looked_up: exp.In) -> exp.Expression:
    """`x NOT IN (SELECT c FROM t)` as NOT EXISTS.

    A null among what is looked up would change the answer of the first, so Spark sends the whole of t to
    every executor; the second it joins part by part.
    """
    query = looked_up.args.get("query")
    if query is None:
        return exp.Not(this=looked_up)
    inner = query.this.copy()
    inner.set("expressions", [exp.alias_(inner.expressions[0].unalias(), "looked_up")])
    told = exp.select("1").from_(inner.subquery("told"))
    return exp.Not(
        this=exp.Exists(
            this=told.where(exp.EQ(this=exp.column("looked_up"), expression=looked_up.this.copy()))
        )
    )


def _walk_lists(query: exp.Select, dialect: str) -> None:
    """Moves `unnest(x) AS p` and `unnest(range(len(x))) AS place` behind FROM, as one walk, in place.

    Side by side among the columns, Spark has no room for two of them, and others multiply them.
    """
    found = [item for item in query.expressions if isinstance(item.unalias(), exp.Explode)]
    values = [item for item in found if not isinstance(item.unalias().this, exp.GenerateSeries)]
    if not values:
        return
    if len(values) > 1 or len(found) > 2:
        raise EngineFailed(f"A step unnests {len(found)} lists side by side: {query.sql('duckdb')}")
    listed = values[0].unalias().this
    places = [item for item in found if item is not values[0]]
    names = [values[0].alias, places[0].alias if places else "place_of_" + values[0].alias]
    for item in found:
        column: exp.Expression = exp.column(item.alias)
        if dialect == "snowflake":  # FLATTEN gives variants
            column = exp.alias_(exp.cast(column, "BIGINT"), item.alias)
        item.replace(column)
    if dialect == "clickhouse":
        walk = parse_one(
            f"SELECT 1 FROM x ARRAY JOIN z AS {names[0]}, range(length(z)) AS {names[1]}", read="clickhouse"
        )
    else:
        # Rendered with positions that count from 0, as Spark, BigQuery and Snowflake have them.
        walk = parse_one(
            f"SELECT 1 FROM x CROSS JOIN UNNEST(z) WITH ORDINALITY AS walked({names[0]}, {names[1]})",
            read="duckdb",
        )
    for column in list(walk.find_all(exp.Column)):
        if column.name == "z":
            column.replace(listed.copy())
    for join in walk.args["joins"]:
        query.append("joins", join)
