"""Shared passages, gathered into templates: text that several accounts repeat around other words.

A template of sixty words leaves some eight sampled passages that always come together. They are one
observation, not eight, so passages with one fate are joined before anything is counted.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.engines.plan import Engine, Step
from stillwatch.kernels.components import components

MIN_ACCOUNTS = 3
"""Fewer accounts than this can't be told from two friends with one tool."""

MIN_CONTEXTS = 3
"""A template has a slot: at least so many different prompts stand around it."""

REPEATERS = 0.2
"""At least this share of a passage's accounts repeat it around other words: a habit, not a phrase."""

SAME_FATE = 0.5
"""Two neighbouring passages are one template when they come together in this share of both's exchanges."""

COMMON_SHARE = 0.05
"""A skeleton or prompt that more accounts show than this share of all is an ordinary way to write."""

MIN_WORDS = 4
"""Shorter prompts coincide by accident."""

_LIVE = '"row" NOT IN (SELECT "row" FROM dropped)'


def shared_passages() -> Step:
    """SHARED_PASSAGES: passages that more than one account shows; nearly everything falls here."""
    return Step(
        "shared_passages",
        ("prints", "people", "dropped", "system_texts"),
        f"""
        SELECT p FROM (
            SELECT ix, unnest(passages) AS p FROM prints JOIN people USING (account_id) WHERE {_LIVE}
            UNION ALL
            SELECT ix, unnest(passages) AS p FROM system_users JOIN system_texts USING (system_hash))
        GROUP BY p HAVING min(ix) <> max(ix)""",
    )


def system_texts() -> Step:
    """SYSTEM_TEXTS: the passages of each distinct system text, once."""
    return Step(
        "system_texts",
        ("prints", "dropped"),
        f"""
        SELECT system_hash, arg_min(system_passages, exchange_id) AS passages
        FROM prints WHERE system_hash IS NOT NULL AND {_LIVE} GROUP BY system_hash""",
    )


def system_users() -> Step:
    """SYSTEM_USERS: which account used which system text."""
    return Step(
        "system_users",
        ("prints", "people", "dropped"),
        f"""
        SELECT DISTINCT system_hash, ix FROM prints JOIN people USING (account_id)
        WHERE system_hash IS NOT NULL AND {_LIVE}""",
    )


def content() -> Step:
    """CONTENT: one row an exchange and shared passage; `place` is where it stands among the exchange's passages."""
    return Step(
        "content",
        ("prints", "people", "dropped", "shared_passages", "system_texts"),
        f"""
        SELECT "row", ix, prompt_hash, p, place FROM (
            SELECT "row", ix, prompt_hash, unnest(passages) AS p,
                   unnest(range(len(passages))) AS place
            FROM prints JOIN people USING (account_id) WHERE {_LIVE}
            UNION ALL
            SELECT "row", ix, prompt_hash, unnest(s.passages) AS p,
                   unnest(range(-1 - len(s.passages), -1)) AS place
            FROM prints JOIN people USING (account_id) JOIN system_texts s USING (system_hash) WHERE {_LIVE})
        WHERE p IN (SELECT p FROM shared_passages)""",
    )


def passage_counts() -> Step:
    """PASSAGE_COUNTS: passages that look like part of a template, with how widely they are shared."""
    return Step(
        "passage_counts",
        ("content",),
        f"""
        WITH held AS (
            SELECT p, ix, count(*) AS n, count(DISTINCT prompt_hash) AS m FROM content GROUP BY p, ix)
        SELECT p, CAST(sum(n) AS BIGINT) AS n, count(*) AS degree, CAST(sum(m) AS BIGINT) AS contexts
        FROM held GROUP BY p
        HAVING count(*) >= {MIN_ACCOUNTS} AND sum(m) >= {MIN_CONTEXTS}
           AND count(*) FILTER (m >= 2) >= greatest(2, {REPEATERS} * count(*))""",
    )


def neighbours() -> Step:
    """NEIGHBOURS: pairs of template passages that stand next to each other, and share one fate."""
    return Step(
        "neighbours",
        ("content", "passage_counts"),
        f"""
        WITH kept AS (SELECT c."row", c.p, c.place, k.n FROM content c JOIN passage_counts k USING (p)),
        pairs AS (
            SELECT p AS a, n AS a_n,
                   lead(p) OVER (PARTITION BY "row" ORDER BY place) AS b,
                   lead(n) OVER (PARTITION BY "row" ORDER BY place) AS b_n
            FROM kept)
        SELECT a, b FROM pairs WHERE b IS NOT NULL GROUP BY a, b, a_n, b_n
        HAVING count(*) >= {SAME_FATE} * greatest(a_n, b_n)""",
    )


def marks() -> Step:
    """MARKS: tool lists and skeletons that accounts share around different prompts, and whole prompts that
    several accounts sent word for word.

    Skeletons and whole prompts are weak signs: what more than a twentieth of all accounts show is a
    greeting or a habit.
    """
    return Step(
        "marks",
        ("prints", "people", "dropped"),
        f"""
        WITH shown AS (
            SELECT 'tools' AS kind, tools_hash AS key, ix, prompt_hash
            FROM prints JOIN people USING (account_id) WHERE tools_hash IS NOT NULL AND {_LIVE}
            UNION ALL
            SELECT 'skeleton', skeleton_hash, ix, prompt_hash
            FROM prints JOIN people USING (account_id) WHERE skeleton_hash IS NOT NULL AND {_LIVE}),
        held AS (SELECT kind, key, ix, count(DISTINCT prompt_hash) AS m FROM shown GROUP BY kind, key, ix)
        SELECT kind, key FROM held GROUP BY kind, key
        HAVING count(*) >= {MIN_ACCOUNTS} AND sum(m) >= {MIN_CONTEXTS}
           AND count(*) FILTER (m >= 2) >= greatest(2, {REPEATERS} * count(*))
           AND (kind = 'tools' OR count(*) <= {COMMON_SHARE} * (SELECT count(*) FROM people))
        UNION ALL
        SELECT 'prompt' AS kind, prompt_hash AS key FROM prints JOIN people USING (account_id)
        WHERE prompt_words >= {MIN_WORDS} AND {_LIVE} GROUP BY prompt_hash
        HAVING min(ix) <> max(ix) AND count(DISTINCT ix) >= {MIN_ACCOUNTS}
           AND count(DISTINCT ix) <= {COMMON_SHARE} * (SELECT count(*) FROM people)""",
    )


def hits() -> Step:
    """HITS: which exchange shows which template, tool list, skeleton or shared prompt (`t` numbers all kinds)."""
    return Step(
        "hits",
        ("content", "template_of", "prints", "people", "dropped", "template_kinds"),
        f"""
        SELECT DISTINCT "row", ix, prompt_hash, t FROM content JOIN template_of USING (p)
        UNION ALL
        SELECT "row", ix, prompt_hash, t FROM prints JOIN people USING (account_id)
        JOIN template_kinds k ON k.kind = 'tools' AND k.key = tools_hash WHERE {_LIVE}
        UNION ALL
        SELECT "row", ix, prompt_hash, t FROM prints JOIN people USING (account_id)
        JOIN template_kinds k ON k.kind = 'skeleton' AND k.key = skeleton_hash WHERE {_LIVE}
        UNION ALL
        SELECT "row", ix, prompt_hash, t FROM prints JOIN people USING (account_id)
        JOIN template_kinds k ON k.kind = 'prompt' AND k.key = prompt_hash WHERE {_LIVE}""",
    )


def holdings() -> Step:
    """HOLDINGS: one row a template and account: exchanges that show it, distinct prompts around it."""
    return Step(
        "holdings",
        ("hits",),
        """
        SELECT t, ix, count(*) AS exchanges, count(DISTINCT prompt_hash) AS contexts
        FROM hits GROUP BY t, ix""",
    )


def link_content(engine: Engine) -> None:
    """Runs the content steps: leaves HITS, HOLDINGS and TEMPLATE_KINDS, and drops what nobody reads on."""
    for step in (
        system_texts(), system_users(), shared_passages(), content(), passage_counts(), neighbours(), marks(),
    ):  # fmt: skip
        engine.run(step)
    template_of, kinds = templates(engine)
    engine.put("template_of", template_of)
    engine.put("template_kinds", kinds)
    engine.run(hits())
    engine.run(holdings())
    engine.drop("shared_passages", "passage_counts", "neighbours", "system_texts", "system_users")


def templates(engine: Engine) -> tuple[pa.Table, pa.Table]:
    """TEMPLATE_OF (p, t) and TEMPLATE_KINDS (t, kind, key): passages with one fate are one template.

    `t` counts from 0: templates of passages first, then what MARKS names. The key of a
    template is its smallest passage.
    """
    passages = engine.query("SELECT p FROM passage_counts ORDER BY p")["p"].to_numpy()
    pairs = engine.query("SELECT a, b FROM neighbours")
    labels = components(
        len(passages),
        np.searchsorted(passages, pairs["a"].to_numpy()),
        np.searchsorted(passages, pairs["b"].to_numpy()),
    )
    _, first = np.unique(labels, return_index=True)
    others = engine.query("SELECT kind, key FROM marks ORDER BY kind, key")
    kinds = pa.table(
        {
            "t": pa.array(np.arange(len(first) + len(others)), pa.int64()),
            "kind": pa.concat_arrays(
                [pa.array(["template"] * len(first), pa.string()), others["kind"].combine_chunks()]
            ),
            "key": pa.concat_arrays([pa.array(passages[first], pa.int64()), others["key"].combine_chunks()]),
        }
    )
    return pa.table({"p": pa.array(passages, pa.int64()), "t": pa.array(labels, pa.int64())}), kinds
