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


def system_texts() -> Step:
    """SYSTEM_TEXTS: each distinct system text once: its passages, exchanges (n), first and last account number."""
    return Step(
        "system_texts",
        ("prints", "people", "dropped"),
        f"""
        SELECT system_hash, arg_min(system_passages, exchange_id) AS passages, count(*) AS n,
               min(ix) AS first_ix, max(ix) AS last_ix
        FROM prints JOIN people USING (account_id)
        WHERE system_hash IS NOT NULL AND {_LIVE} GROUP BY system_hash""",
    )


def shared_passages() -> Step:
    """SHARED_PASSAGES: passages that more than one account shows; nearly everything falls here."""
    return Step(
        "shared_passages",
        ("prints", "people", "dropped", "system_texts"),
        f"""
        SELECT p FROM (
            SELECT unnest(passages) AS p, ix AS first_ix, ix AS last_ix
            FROM prints JOIN people USING (account_id) WHERE {_LIVE}
            UNION ALL
            SELECT unnest(passages) AS p, first_ix, last_ix FROM system_texts)
        GROUP BY p HAVING min(first_ix) <> max(last_ix)""",
    )


def content() -> Step:
    """CONTENT: one row an exchange and shared passage of its prompt; `place` is where it stands among them."""
    return Step(
        "content",
        ("prints", "people", "dropped", "shared_passages"),
        f"""
        SELECT "row", ix, prompt_hash, system_hash, p, place FROM (
            SELECT "row", ix, prompt_hash, system_hash, unnest(passages) AS p,
                   unnest(range(len(passages))) AS place
            FROM prints JOIN people USING (account_id) WHERE {_LIVE})
        WHERE p IN (SELECT p FROM shared_passages)""",
    )


def system_content() -> Step:
    """SYSTEM_CONTENT: one row a system text and shared passage of it; passages of one `class` have one fate.

    A long system text comes with every exchange: its passages are counted by class, never an exchange each.
    One class is what stands in the same system texts and in no prompt; it is named by one of its passages.
    Sets of texts are told apart by how many they are, the least and the exclusive or of their keyed names:
    a list of the texts of one passage may hold millions.
    """
    return Step(
        "system_content",
        ("system_texts", "shared_passages", "content"),
        """
        WITH placed AS (
            SELECT system_hash, n, unnest(passages) AS p, unnest(range(len(passages))) AS place
            FROM system_texts),
        shared AS (SELECT * FROM placed WHERE p IN (SELECT p FROM shared_passages)),
        standing AS (
            SELECT p, count(*) AS texts, min(system_hash) AS least, bit_xor(system_hash) AS mixed
            FROM shared GROUP BY p),
        classes AS (
            SELECT p, CASE WHEN q IS NOT NULL THEN p
                           ELSE min(p) OVER (PARTITION BY texts, least, mixed, q) END AS class
            FROM standing LEFT JOIN (SELECT DISTINCT p AS q FROM content) ON p = q)
        SELECT system_hash, n, p, place, class FROM shared JOIN classes USING (p)""",
    )


def passage_counts() -> Step:
    """PASSAGE_COUNTS: passages that look like part of a template, with how widely they are shared."""
    return Step(
        "passage_counts",
        ("prints", "people", "dropped", "content", "system_content"),
        f"""
        WITH uses AS (
            SELECT system_hash, ix, prompt_hash, count(*) AS n FROM prints JOIN people USING (account_id)
            WHERE system_hash IS NOT NULL AND {_LIVE} GROUP BY system_hash, ix, prompt_hash),
        shown AS (
            SELECT p AS class, ix, prompt_hash, 1 AS n FROM content
            UNION ALL
            SELECT class, ix, prompt_hash, n
            FROM (SELECT DISTINCT class, system_hash FROM system_content) JOIN uses USING (system_hash)),
        prompts AS (SELECT class, ix, prompt_hash, sum(n) AS n FROM shown GROUP BY class, ix, prompt_hash),
        held AS (SELECT class, ix, sum(n) AS n, count(prompt_hash) AS m FROM prompts GROUP BY class, ix),
        counts AS (
            SELECT class, CAST(sum(n) AS BIGINT) AS n, count(*) AS degree, CAST(sum(m) AS BIGINT) AS contexts
            FROM held GROUP BY class
            HAVING count(*) >= {MIN_ACCOUNTS} AND sum(m) >= {MIN_CONTEXTS}
               AND count(*) FILTER (m >= 2) >= greatest(2, {REPEATERS} * count(*)))
        SELECT coalesce(s.p, c.class) AS p, c.n, c.degree, c.contexts
        FROM counts c LEFT JOIN (SELECT DISTINCT p, class FROM system_content) s USING (class)""",
    )


def neighbours() -> Step:
    """NEIGHBOURS: pairs of template passages that stand next to each other, and share one fate.

    The last of a system text stands next to the first of the prompt.
    """
    return Step(
        "neighbours",
        ("content", "system_content", "passage_counts"),
        f"""
        WITH prompt AS (
            SELECT "row", system_hash, p, place,
                   lead(p) OVER (PARTITION BY "row" ORDER BY place) AS b
            FROM content WHERE p IN (SELECT p FROM passage_counts)),
        system AS (
            SELECT system_hash, n, p, place,
                   lead(p) OVER (PARTITION BY system_hash ORDER BY place) AS b
            FROM system_content WHERE p IN (SELECT p FROM passage_counts)),
        pairs AS (
            SELECT p AS a, b, 1 AS n FROM prompt WHERE b IS NOT NULL
            UNION ALL
            SELECT p AS a, b, n FROM system WHERE b IS NOT NULL
            UNION ALL
            SELECT last.p AS a, first.p AS b, 1 AS n
            FROM (SELECT system_hash, arg_min(p, place) AS p FROM prompt WHERE system_hash IS NOT NULL
                  GROUP BY "row", system_hash) first
            JOIN (SELECT system_hash, p FROM system WHERE b IS NULL) last USING (system_hash)),
        counted AS (SELECT a, b, sum(n) AS together FROM pairs GROUP BY a, b)
        SELECT a, b FROM counted
        JOIN passage_counts x ON x.p = a JOIN passage_counts y ON y.p = b
        WHERE together >= {SAME_FATE} * greatest(x.n, y.n)""",
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
        ("content", "system_content", "template_of", "prints", "people", "dropped", "template_kinds"),
        f"""
        SELECT "row", ix, prompt_hash, t FROM content JOIN template_of USING (p)
        UNION
        SELECT "row", ix, prompt_hash, t FROM prints JOIN people USING (account_id)
        JOIN (SELECT DISTINCT system_hash, t FROM system_content JOIN template_of USING (p)) USING (system_hash)
        WHERE {_LIVE}
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
        system_texts(), shared_passages(), content(), system_content(), passage_counts(), neighbours(), marks(),
    ):  # fmt: skip
        engine.run(step)
    template_of, kinds = templates(engine)
    engine.put("template_of", template_of)
    engine.put("template_kinds", kinds)
    engine.run(hits())
    engine.run(holdings())
    engine.drop(
        "system_texts",
        "shared_passages",
        "passage_counts",
        "neighbours",
        "marks",
    )


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
