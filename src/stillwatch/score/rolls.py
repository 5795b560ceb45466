"""What a listed cluster's exchanges add up to: counted where they lie, a range of accounts at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.engines.mapped import mapped
from stillwatch.engines.parts import Range, gather, together
from stillwatch.engines.plan import Engine, Step
from stillwatch.model.findings import ATTRIBUTED
from stillwatch.model.fingerprints import CAPABILITIES
from stillwatch.model.tables import conform
from stillwatch.score.core import Core
from stillwatch.score.scene import Floats, Ints

STREAMED = 1 << 17
"""Attributed exchanges that are handed on together."""

SORTED = 1 << 22
"""Attributed exchanges that are put in order together, about: what came before them is sorted already."""


REPEATED = 2
"""Who repeats a group's text fills it; who sent it once may have been shown it by anybody."""

MOST_REPEAT = 0.5
"""A group repeats itself where at least this share of its members do."""


@dataclass(frozen=True, slots=True)
class Roll:
    """The members of a cluster and all their exchanges that are attributed to it, counted.

    members, bits  (n,) account numbers, ascending, and their weight
    sent           (n,) exchanges of each; first, last (n,) times, microseconds, until and since where none
    begins         earliest exchanges as (time, account number), in order
    weights        (k,) distinct weights of an exchange in bits, times (k,) how many exchanges have each
    input_tokens, output_tokens  sums; None where nothing is known
    models         most used first; capabilities (len(CAPABILITIES),) exchanges that ask for each
    """

    cluster: int
    members: Ints
    bits: Floats
    sent: Ints
    first: Ints
    last: Ints
    begins: tuple[tuple[int, int], ...]
    weights: Floats
    times: Ints
    input_tokens: int | None
    output_tokens: int | None
    models: tuple[str, ...]
    capabilities: Ints

    @property
    def size(self) -> int:
        """Members."""
        return len(self.members)

    @property
    def exchanges(self) -> int:
        """Exchanges attributed to the cluster."""
        return int(self.times.sum())


def attributable_in(part: Range) -> Step:
    """Sightings of listed clusters and their echoes in a range of accounts, for the members that were tried."""
    return Step(
        f"attributable_{part.number}",
        (f"listed_sightings_{part.number}", "echoes", "tried"),
        f"""
        SELECT cluster, "row", ix, bits FROM listed_sightings_{part.number} JOIN tried USING (cluster, ix)
        UNION ALL
        SELECT cluster, "row", ix, bits FROM echoes JOIN tried USING (cluster, ix) WHERE {part.within("ix")}""",
        large=True,
    )


def facts_in(part: Range) -> Step:
    """The attributable exchanges of a range of accounts with what is counted of them."""
    return Step(
        f"facts_{part.number}",
        (f"attributable_{part.number}", "prints"),
        f"""
        SELECT a.cluster, a."row", a.ix, a.bits, epoch_us(p.ts) AS ts, p.ts AS at, p.exchange_id, p.input_tokens, p.output_tokens,
               p.model, p.capability
        FROM attributable_{part.number} a JOIN prints p ON p."row" = a."row"
        WHERE {part.accounts("p.account_id")}""",
        large=True,
    )


def who_repeats(engine: Engine, cores: Mapping[int, Core]) -> dict[int, Core]:
    """The cores without the members of whom fewer than REPEATED exchanges are told: one exchange names nobody.

    Where most members sent no more (early in a window, say), repeating is not the group's habit, and they all stay.

    engine  holds LISTED_SIGHTINGS and ECHOES
    cores   cluster → its members
    """
    told = _by_cluster(
        engine,
        f"""SELECT cluster, ix FROM (SELECT cluster, ix FROM listed_sightings UNION ALL SELECT cluster, ix FROM echoes)
            GROUP BY cluster, ix HAVING count(*) >= {REPEATED} ORDER BY cluster, ix""",
    )
    out = {}
    for cluster, core in cores.items():
        again = told[cluster]["ix"].to_numpy() if cluster in told else ()
        often = np.isin(core.members, again)
        out[cluster] = core.of(often) if often.mean() >= MOST_REPEAT else core
    return out


def read_rolls(
    engine: Engine,
    parts: Sequence[Range],
    tried: Mapping[int, Core],
    span: tuple[int, int],
    names: int,
) -> list[Roll]:
    """The rolls of listed clusters that have any exchange, in the order of cluster numbers.

    engine  holds LISTED_SIGHTINGS and ECHOES; FACTS are left
    tried   cluster → its members
    span    first and last time of the window, microseconds
    names   how many campaign ids are taken already: so many more exchanges may have to name one
    """
    sizes = [len(core.members) for core in tried.values()]
    engine.put(
        "tried",
        pa.table(
            {
                "cluster": pa.array(np.repeat(np.array(list(tried), dtype=np.int64), sizes), pa.int64()),
                "ix": pa.array(np.concatenate([np.zeros(0, np.int64), *(core.members for core in tried.values())]), pa.int32()),
            }
        ),
    )  # fmt: skip
    gather(engine, "attributable", [attributable_in(part) for part in parts])
    gather(engine, "facts", [facts_in(part) for part in parts])
    by_member = _by_cluster(
        engine,
        """SELECT cluster, ix, count(*) AS n, min(ts) AS first, max(ts) AS last FROM facts GROUP BY cluster, ix
           ORDER BY cluster, ix""",
    )
    weights = _by_cluster(
        engine, "SELECT cluster, bits, count(*) AS n FROM facts GROUP BY cluster, bits ORDER BY cluster, bits"
    )
    sums = _by_cluster(
        engine,
        """SELECT cluster, CAST(sum(input_tokens) FILTER (input_tokens >= 0) AS BIGINT) AS input,
                  CAST(sum(output_tokens) FILTER (output_tokens >= 0) AS BIGINT) AS output
           FROM facts GROUP BY cluster ORDER BY cluster""",
    )
    models = _by_cluster(
        engine,
        """SELECT cluster, model FROM facts WHERE model IS NOT NULL GROUP BY cluster, model
           ORDER BY cluster, count(*) DESC, model""",
    )
    asked = _by_cluster(
        engine,
        """SELECT cluster, capability, count(*) AS n FROM facts WHERE capability IS NOT NULL
           GROUP BY cluster, capability ORDER BY cluster, capability""",
    )
    begins = _begins(engine, by_member, len(by_member) + names)
    out = []
    for cluster, own in by_member.items():
        members, bits = tried[cluster].members, tried[cluster].bits
        place = np.searchsorted(members, own["ix"].to_numpy())
        sent = np.zeros(len(members), dtype=np.int64)
        first, last = np.full(len(members), span[1]), np.full(len(members), span[0])
        sent[place] = own["n"].to_numpy()
        first[place], last[place] = own["first"].to_numpy(), own["last"].to_numpy()
        capabilities = np.zeros(len(CAPABILITIES), dtype=np.int64)
        if cluster in asked:
            for name, count in zip(
                *(asked[cluster][c].to_pylist() for c in ("capability", "n")), strict=True
            ):
                if name in CAPABILITIES:
                    capabilities[CAPABILITIES.index(name)] = count
        total = sums[cluster].to_pylist()[0]
        out.append(
            Roll(
                cluster, members, bits, sent, first, last, begins[cluster],
                weights[cluster]["bits"].to_numpy(), weights[cluster]["n"].to_numpy(), total["input"],
                total["output"],
                tuple(models[cluster]["model"].to_pylist()) if cluster in models else (), capabilities,
            )
        )  # fmt: skip
    return out


def _begins(
    engine: Engine, by_member: Mapping[int, pa.Table], most: int
) -> dict[int, tuple[tuple[int, int], ...]]:
    """The `most` earliest exchanges of each cluster (the earliest of so many members are among them)."""
    until = {
        cluster: int(np.sort(own["first"].to_numpy())[min(most, own.num_rows) - 1])
        if own.num_rows >= most
        else int(own["last"].to_numpy().max())
        for cluster, own in by_member.items()
    }
    engine.put(
        "beginnings",
        pa.table(
            {
                "cluster": pa.array(list(until), pa.int64()),
                "until": pa.array(list(until.values()), pa.int64()),
            }
        ),
    )
    told = _by_cluster(
        engine,
        f"""SELECT cluster, ts, ix FROM (
                SELECT f.cluster, f.ts, f.ix, f.exchange_id,
                       row_number() OVER (PARTITION BY f.cluster ORDER BY f.ts, f.ix, f.exchange_id) AS place
                FROM facts f JOIN beginnings b ON b.cluster = f.cluster AND f.ts <= b.until)
            WHERE place <= {max(most, 1)} ORDER BY cluster, ts, ix, exchange_id""",
    )
    engine.drop("beginnings")
    return {
        cluster: tuple(zip(rows["ts"].to_pylist(), rows["ix"].to_pylist(), strict=True))
        for cluster, rows in told.items()
    }


def _by_cluster(engine: Engine, sql: str) -> dict[int, pa.Table]:
    table = engine.query(sql)
    names, starts = np.unique(table["cluster"].to_numpy(), return_index=True)
    ends = np.r_[starts, table.num_rows][1:]
    return {
        int(name): table.slice(start, end - start)
        for name, start, end in zip(names, starts, ends, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time, one like the other, from `since` on, each `width` microseconds long."""

    since: int
    width: int
    count: int

    def of(self, column: str) -> str:
        """The number of the span that a time lies in."""
        return f"CAST(floor(({column} - {self.since}) / {self.width}) AS BIGINT)"


def spans(engine: Engine) -> Spans:
    """So many spans that FACTS have about SORTED rows in each."""
    told = engine.query("SELECT count(*) AS n, min(ts) AS first, max(ts) AS last FROM facts").to_pylist()[0]
    count = 1 + told["n"] // SORTED
    since, until = told["first"] or 0, told["last"] or 0
    return Spans(since, (until - since) // count + 1, count)


def attributed_in(part: Range, by: Spans) -> Step:
    """ATTRIBUTED of a range of accounts: an exchange of two campaigns goes to the one it is likelier from."""
    return Step(
        f"attributed_{part.number}",
        (f"facts_{part.number}", "credits", "repeated", "people"),
        f"""
        SELECT exchange_id, account_id, ts, campaign_id, probability, capability, {by.of("us")} AS span FROM (
            SELECT coalesce(f.exchange_id || '-' || CAST(r.rank AS VARCHAR), f.exchange_id) AS exchange_id,
                   n.account_id, f.at AS ts, f.ts AS us, c.campaign_id, c.probability, f.capability,
                   row_number() OVER (PARTITION BY f."row"
                                      ORDER BY c.probability DESC, c.campaign_id) AS place
            FROM facts_{part.number} f JOIN credits c ON c.cluster = f.cluster AND c.bits = f.bits
            JOIN people n ON n.ix = f.ix LEFT JOIN repeated r ON r."row" = f."row")
        WHERE place = 1""",
        large=True,
        apart="span",
    )


def attribute(
    engine: Engine, parts: Sequence[Range], owed: Sequence[tuple[str, int, Floats, Floats]]
) -> pa.Table:
    """ATTRIBUTED in the order of time, not held where it is long; FACTS are gone.

    owed  (campaign id, cluster, distinct weights of an exchange in bits, probability of each)
    """
    sizes = [len(weights) for _, _, weights, _ in owed]
    engine.put(
        "credits",
        pa.table(
            {
                "cluster": pa.array(np.repeat([c for _, c, _, _ in owed], sizes), pa.int64()),
                "campaign_id": pa.array(np.repeat([c for c, _, _, _ in owed], sizes), pa.string()),
                "bits": pa.array(np.concatenate([w for _, _, w, _ in owed]), pa.float64()),
                "probability": pa.array(np.concatenate([p for _, _, _, p in owed]), pa.float64()),
            }
        ),
    )
    by = spans(engine)

    def credit(part: Range) -> None:
        engine.run(attributed_in(part, by))
        engine.drop(f"facts_{part.number}", f"attributable_{part.number}")

    engine.each(credit, parts)
    names = [f"attributed_{part.number}" for part in parts]
    together(engine, "attributed", names)
    columns = ", ".join(ATTRIBUTED.names)
    # What is put in order at once is one span, in the engine; all of them together lie where they take no memory.
    batches = (
        told
        for span in range(by.count)
        for batch in engine.stream(
            f"SELECT {columns} FROM attributed WHERE span = {span} ORDER BY ts, exchange_id", STREAMED
        )
        for told in conform(pa.Table.from_batches([batch]), ATTRIBUTED, "score → ATTRIBUTED").to_batches()
    )
    table = mapped(batches, ATTRIBUTED, engine.scratch / "attributed.arrow")
    engine.drop("credits", "facts", "attributable", "attributed", *names)
    return table
