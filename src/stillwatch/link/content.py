"""Shared passages, gathered into templates: text that several accounts repeat around other words.

A template of sixty words leaves some eight sampled passages that always come together. They are one
observation, not eight, so passages with one fate are joined before anything is counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from stillwatch.engines.parts import Range, gather, leaving, once, together
from stillwatch.engines.plan import Engine, Step
from stillwatch.kernels.components import components
from stillwatch.link.passages import PLACE, content_of, occurrences
from stillwatch.link.shown import classes, held_by, hits_of, holdings_of, pairs, showing
from stillwatch.model.standing import STANDING_TEXT

MIN_ACCOUNTS = 3
"""Fewer accounts than this can't be told from two friends with one tool."""

MIN_CONTEXTS = 3
"""A template has a slot: at least so many different prompts stand around it."""

REPEATERS = 0.2
"""At least this share of a passage's accounts repeat it around other words: a habit, not a phrase."""

SAME_FATE = 0.5
"""Two neighbouring passages are one template when they come together in this share of both's exchanges, and one of
them is shown by this share of the other's accounts: a phrase that many use once is no part of what few repeat."""

COMMON_SHARE = 0.05
"""A skeleton or prompt that more accounts show than this share of all is an ordinary way to write."""

MIN_WORDS = 4
"""Shorter prompts coincide by accident."""


def texts_of(shard: Range) -> Step:
    """The distinct system texts of a range of accounts: passages, exchanges (n), first and last account number."""
    return Step(
        f"texts_{shard.number}",
        ("prints", "numbered", "dropped"),
        f"""
        SELECT system_hash, any_value(system_passages) AS passages,
               count(*) AS n, min(ix) AS first_ix, max(ix) AS last_ix
        FROM prints JOIN numbered USING (account_id)
        WHERE {shard.accounts("account_id")} AND "row" NOT IN (SELECT "row" FROM dropped)
          AND system_hash IS NOT NULL
        GROUP BY system_hash""",
        large=True,
    )


def system_texts() -> Step:
    """SYSTEM_TEXTS: each distinct system text once. One hash, one text: any of its passages are all of them."""
    return Step(
        "system_texts",
        ("texts",),
        """
        SELECT system_hash, any_value(passages) AS passages, CAST(sum(n) AS BIGINT) AS n,
               min(first_ix) AS first_ix, max(last_ix) AS last_ix
        FROM texts GROUP BY system_hash""",
    )


def candidates() -> Step:
    """CANDIDATES: passages that several accounts repeat or have in a system text, numbered `c` in their order.

    Only these can be part of a template: what one account alone repeats falls here, which is nearly everything. What
    campaigns that stand are known by is looked for, however few show it.
    """
    return Step(
        "candidates",
        ("habits", "system_texts", "standing_text"),
        """
        SELECT p, CAST(row_number() OVER (ORDER BY p) - 1 AS INTEGER) AS c FROM (
            SELECT p FROM (
                SELECT p, ix AS first_ix, ix AS last_ix FROM habits
                UNION ALL
                SELECT unnest(passages) AS p, first_ix, last_ix FROM system_texts)
            GROUP BY p HAVING min(first_ix) <> max(last_ix)
            UNION
            SELECT key AS p FROM standing_text WHERE kind = 'template')""",
    )


def candidate_texts() -> Step:
    """CANDIDATE_TEXTS: the system texts that hold a candidate."""
    return Step(
        "candidate_texts",
        ("system_texts", "candidates"),
        """
        SELECT DISTINCT system_hash FROM (SELECT system_hash, unnest(passages) AS p FROM system_texts)
        WHERE p IN (SELECT p FROM candidates)""",
    )


def system_content() -> Step:
    """SYSTEM_CONTENT: one row a system text and candidate passage of it; passages of one `class` have one fate.

    A long system text comes with every exchange: its passages are counted by class, never an exchange each.
    One class is what stands in the same system texts and in no prompt; it is named by one of its passages.
    Sets of texts are told apart by how many they are, the least and the exclusive or of their keyed names:
    a list of the texts of one passage may hold millions.
    """
    return Step(
        "system_content",
        ("system_texts", "candidates", "content"),
        f"""
        WITH placed AS (
            SELECT system_hash, n, unnest(passages) AS p, unnest(range(len(passages))) AS place
            FROM system_texts),
        shared AS (SELECT system_hash, n, c, place FROM placed JOIN candidates USING (p)),
        standing AS (
            SELECT c, count(*) AS texts, min(system_hash) AS least, bit_xor(system_hash) AS mixed
            FROM shared GROUP BY c),
        classes AS (
            SELECT c, CASE WHEN q IS NOT NULL THEN c
                           ELSE min(c) OVER (PARTITION BY texts, least, mixed, q) END AS class
            FROM standing LEFT JOIN (
                SELECT DISTINCT told % {PLACE} AS q FROM (
                    SELECT unnest(passages) AS told FROM content WHERE passages IS NOT NULL)) ON c = q)
        SELECT system_hash, n, c, place, class FROM shared JOIN classes USING (c)""",
    )


def passage_counts() -> Step:
    """PASSAGE_COUNTS: passages that look like part of a template, or stand for one, with how widely they are shared."""
    return Step(
        "passage_counts",
        ("held", "system_content", "candidates", "standing_text"),
        f"""
        WITH sought AS (
            SELECT DISTINCT coalesce(s.class, k.c) AS class
            FROM candidates k JOIN standing_text t ON t.key = k.p AND t.kind = 'template'
            LEFT JOIN (SELECT DISTINCT c, class FROM system_content) s ON s.c = k.c),
        counts AS (
            SELECT h.class, CAST(sum(h.n) AS BIGINT) AS n, count(*) AS degree, CAST(sum(h.m) AS BIGINT) AS contexts
            FROM held h LEFT JOIN sought f ON f.class = h.class GROUP BY h.class
            HAVING count(f.class) > 0
                OR count(*) >= {MIN_ACCOUNTS} AND sum(h.m) >= {MIN_CONTEXTS}
               AND count(*) FILTER (h.m >= 2) >= greatest(2, {REPEATERS} * count(*))),
        told AS (
            SELECT coalesce(s.c, k.class) AS c, k.n, k.degree, k.contexts
            FROM counts k LEFT JOIN (SELECT DISTINCT c, class FROM system_content) s USING (class))
        SELECT p, c, n, degree, contexts FROM told JOIN candidates USING (c)""",
    )


def neighbours() -> Step:
    """NEIGHBOURS: pairs of template passages that stand next to each other, and share one fate."""
    return Step(
        "neighbours",
        ("pairs", "system_content", "passage_counts"),
        f"""
        WITH system AS (
            SELECT n, c AS a, lead(c) OVER (PARTITION BY system_hash ORDER BY place) AS b
            FROM system_content WHERE c IN (SELECT c FROM passage_counts)),
        counted AS (
            SELECT a, b, sum(together) AS together FROM (
                SELECT a, b, count(*) AS together FROM pairs GROUP BY a, b
                UNION ALL
                SELECT a, b, n AS together FROM system WHERE b IS NOT NULL)
            GROUP BY a, b)
        SELECT x.p AS a, y.p AS b FROM counted
        JOIN passage_counts x ON x.c = a JOIN passage_counts y ON y.c = b
        WHERE together >= {SAME_FATE} * greatest(x.n, y.n)
          AND least(x.degree, y.degree) >= {SAME_FATE} * greatest(x.degree, y.degree)""",
    )


def marked_by(shard: Range) -> Step:
    """Tool lists and skeletons of each account of a range, around how many prompts it shows them (m)."""
    rows = f"part_{shard.number}"
    return Step(
        f"marked_{shard.number}",
        (rows,),
        f"""
        WITH shown AS (
            SELECT DISTINCT 'tools' AS kind, tools_hash AS key, ix, prompt_hash
            FROM {rows} WHERE tools_hash IS NOT NULL
            UNION ALL
            SELECT DISTINCT 'skeleton' AS kind, skeleton_hash AS key, ix, prompt_hash
            FROM {rows} WHERE skeleton_hash IS NOT NULL)
        SELECT kind, key, ix, count(prompt_hash) AS m FROM shown GROUP BY kind, key, ix""",
        large=True,
    )


def sent_by(shard: Range) -> Step:
    """Prompts that came more than once, with who sent them; `long` is how often it had MIN_WORDS words."""
    rows = f"part_{shard.number}"
    return Step(
        f"sent_{shard.number}",
        (rows, "prompts_twice"),
        f"""
        SELECT prompt_hash, ix, count(*) FILTER (prompt_words >= {MIN_WORDS}) AS long FROM {rows}
        WHERE prompt_hash IN (SELECT value FROM prompts_twice) GROUP BY prompt_hash, ix""",
        large=True,
    )


def marks() -> Step:
    """MARKS: tool lists and skeletons that accounts share around different prompts, and whole prompts that
    several accounts sent word for word; numbered `m`.

    Skeletons and whole prompts are weak signs: what more than a twentieth of all accounts show is a
    greeting or a habit. What campaigns that stand are known by is among them, however few show it.
    """
    return Step(
        "marks",
        ("marked", "sent", "people", "standing_text"),
        f"""
        SELECT kind, key, CAST(row_number() OVER (ORDER BY kind, key) - 1 AS INTEGER) AS m FROM (
            SELECT kind, key FROM marked GROUP BY kind, key
            HAVING count(*) >= {MIN_ACCOUNTS} AND sum(m) >= {MIN_CONTEXTS}
               AND count(*) FILTER (m >= 2) >= greatest(2, {REPEATERS} * count(*))
               AND (kind = 'tools' OR count(*) <= {COMMON_SHARE} * (SELECT count(*) FROM people))
            UNION ALL
            SELECT 'prompt' AS kind, prompt_hash AS key FROM sent WHERE long > 0 GROUP BY prompt_hash
            HAVING count(*) >= {MIN_ACCOUNTS} AND count(*) <= {COMMON_SHARE} * (SELECT count(*) FROM people)
            UNION
            SELECT kind, key FROM standing_text WHERE kind <> 'template')""",
    )


def verbatim() -> Step:
    """VERBATIM: prompts that more than one account sent word for word, with how many accounts did."""
    return Step(
        "verbatim",
        ("sent",),
        "SELECT prompt_hash, count(*) AS accounts FROM sent GROUP BY prompt_hash HAVING count(*) >= 2",
    )


def count_passages(engine: Engine, shards: Sequence[Range], standing_text: pa.Table | None = None) -> None:
    """Leaves PASSAGE_COUNTS and NEIGHBOURS, with CONTENT and SYSTEM_CONTENT.

    engine         holds TEXTS, HABITS, MARKED and SENT of all ranges
    standing_text  STANDING_TEXT, which is left, too; None for none
    """
    engine.put("standing_text", STANDING_TEXT.empty_table() if standing_text is None else standing_text)
    for step in (marks(), system_texts(), candidates(), candidate_texts()):
        engine.run(step)
    sought = once(lambda: occurrences(engine))
    gather(engine, "content", [content_of(shard, sought) for shard in shards])
    engine.run(system_content())
    texts = classes(engine)
    gather(engine, "held", [held_by(shard, texts) for shard in shards])
    engine.run(passage_counts())
    engine.run(pairs(engine))
    engine.run(neighbours())


def link_content(engine: Engine, shards: Sequence[Range], standing_text: pa.Table | None = None) -> None:
    """Leaves HITS, HOLDINGS, VERBATIM, TEMPLATE_OF, TEMPLATE_KINDS and STANDING_TEXT.

    engine         holds TEXTS, HABITS, MARKED and SENT of all ranges
    standing_text  what campaigns that stand already are known by: looked for, however few show it; None for none
    """
    with leaving(engine, "hits", "holdings", "verbatim", "template_of", "template_kinds", "standing_text"):
        count_passages(engine, shards, standing_text)
        engine.run(verbatim())
        template_of, kinds = templates(engine)
        engine.put("template_of", template_of)
        engine.put("template_kinds", kinds)
        found = showing(engine)

        def show(shard: Range) -> None:
            engine.run(hits_of(shard, found))
            engine.run(holdings_of(shard))
            engine.drop(f"content_{shard.number}")

        engine.each(show, shards)
        for name in ("hits", "holdings"):
            together(engine, name, [f"{name}_{shard.number}" for shard in shards])


_OF_ONE_STANDING_TEMPLATE = """
    SELECT a, b FROM (
        SELECT key AS a, lead(key) OVER (PARTITION BY template ORDER BY key) AS b FROM standing_text
        WHERE kind = 'template' AND key IN (SELECT p FROM passage_counts))
    WHERE b IS NOT NULL"""


def templates(engine: Engine) -> tuple[pa.Table, pa.Table]:
    """TEMPLATE_OF (p, c, t) and TEMPLATE_KINDS (t, kind, key): passages with one fate are one template.

    Those of one template that stands are one whatever becomes of them.

    `t` counts from 0: templates of passages first, then what MARKS names. The key of a
    template is its smallest passage.
    """
    counted = engine.query("SELECT p, c FROM passage_counts ORDER BY p")
    passages = counted["p"].to_numpy()
    pairs = pa.concat_tables(
        [engine.query("SELECT a, b FROM neighbours"), engine.query(_OF_ONE_STANDING_TEMPLATE)]
    )
    labels = components(
        len(passages),
        np.searchsorted(passages, pairs["a"].to_numpy()),
        np.searchsorted(passages, pairs["b"].to_numpy()),
    )
    _, first = np.unique(labels, return_index=True)
    others = engine.query("SELECT kind, key FROM marks ORDER BY m")
    kinds = pa.table(
        {
            "t": pa.array(np.arange(len(first) + len(others)), pa.int32()),
            "kind": pa.concat_arrays(
                [pa.array(["template"] * len(first), pa.string()), others["kind"].combine_chunks()]
            ),
            "key": pa.concat_arrays([pa.array(passages[first], pa.int64()), others["key"].combine_chunks()]),
        }
    )
    return pa.table({"p": counted["p"], "c": counted["c"], "t": pa.array(labels, pa.int32())}), kinds
