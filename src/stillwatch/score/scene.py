"""What the score stage looks at: the population, and one cluster with its own exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillwatch.engines.plan import Engine
from stillwatch.kernels.distinct import numbered
from stillwatch.model.exchanges import DAY
from stillwatch.model.fingerprints import CAPABILITIES, SEMANTIC_DIMENSIONS
from stillwatch.score.marks import marked
from stillwatch.score.owners import owners
from stillwatch.score.pace import Pace, paces
from stillwatch.score.topics import ACCOUNTS, FEWEST_PAIRS, PAIRS, Excess, own_topics
from stillwatch.score.usual import Totals, Usual, totals, usual

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PER_EXCHANGE = (
    "ts", "prompt", "weight", "capability", "conversation", "output_tokens", "address", "asn", "client", "parameters",
    "model", "marks",
)  # fmt: skip
"""Columns of a scene that are arrays beside its exchanges."""

TRIG = 1_000_000.0
"""The link room sums sines and cosines in these units."""


@dataclass(frozen=True, slots=True)
class Population:
    """All accounts of the window, one entry each, by account number.

    Times are microseconds since 1970; hashes are 0 and times are -1 where nothing is known.
    """

    account_id: pa.Array
    exchanges: Ints
    first_seen: Ints
    elicits: Ints  # exchanges that ask for the reasoning behind an answer
    created_at: Ints
    org: Ints
    payment: Ints
    phone: Ints
    mail_domain: Ints
    pathway: Ints  # its number in `pathways`, from 1
    pathways: tuple[str, ...]  # how accounts came in, in the order of their names
    owner: Ints  # the customer behind an account: an organisation, or a company with a purse and a mail domain of its own
    shares_purse: Bools  # with an account of another owner or of none: a means of payment or a phone
    banned_at: Ints
    models: Mapping[str, tuple[int, int]]  # new ones: first seen, exchanges in the day after that
    capability: Floats  # (len(CAPABILITIES),) share of all exchanges
    elicitation: float  # share of all exchanges that ask for reasoning
    signed: tuple[int, int]  # exchanges that send back a reasoning signature; those that others sent too
    topics: Excess | None  # how much of topics of their own accounts have that belong to no cluster
    since: int
    until: int
    missing: frozenset[str]  # columns of which nothing is known
    usual: Usual  # what all accounts show, to compare with
    totals: Totals
    pace: Pace

    @property
    def size(self) -> int:
        """Accounts in the window."""
        return len(self.exchanges)


@dataclass(frozen=True, slots=True)
class Scene:
    """One cluster: its members and the exchanges that show its templates, ordered by time.

    members    (n,) account numbers, ascending; bits (n,) their weight
    judged     (n,) whose exchanges are here: all, unless there are too many
    who        (m,) position in `members` of each exchange; the other columns are (m,) beside it
    semantic   (k, 64) vectors of the sampled exchanges, `sampled` (k,) their positions
    """

    cluster: int
    members: Ints
    bits: Floats
    judged: Bools
    templates: int
    outsiders: int  # accounts outside that show a template of the cluster
    own_uses: int  # exchanges that show the template most its own, of all members, and of those who fill more than that
    uses: int  # and those of all accounts; 0 where nothing ties the cluster
    who: Ints
    ts: Ints
    prompt: Ints
    weight: Floats
    capability: NDArray[np.int8]  # index into CAPABILITIES, -1 unknown
    conversation: Ints  # a number for each, -1 unknown
    output_tokens: Ints  # -1 unknown
    address: Ints
    asn: Ints
    client: Ints
    parameters: Ints
    model: Ints  # its number in `models`, -1 unknown
    models: Mapping[str, int]
    marks: NDArray[np.uint8]  # MARKS of each exchange as one number
    sampled: Ints
    semantic: Floats
    shown: pa.Array  # (k,) lists of templates of the cluster that each sampled exchange shows
    batch_shown: pa.Array  # (b,) lists of all templates that exchanges show, for several clusters
    batch_place: Ints  # (k,) where the list of each sampled exchange stands there
    beside_who: Ints  # (b,) position in `members` of sampled exchanges that show none of the templates
    beside_semantic: Floats  # (b, 64) their vectors, in the order of time

    @property
    def size(self) -> int:
        """Members."""
        return len(self.members)

    def only(self, keep: Bools) -> Scene:
        """The scene of some of its members: `keep` is (n,), at least one of them with exchanges."""
        rows = keep[self.who]
        of_sampled = rows[self.sampled]
        changed: dict[str, Any] = {name: getattr(self, name)[rows] for name in PER_EXCHANGE}
        changed["who"] = (np.cumsum(keep) - 1)[self.who[rows]]
        changed["sampled"] = (np.cumsum(rows) - 1)[self.sampled[of_sampled]]
        changed["semantic"] = self.semantic[of_sampled]
        changed["shown"] = self.shown.filter(pa.array(of_sampled))
        changed["batch_place"] = self.batch_place[of_sampled]
        beside = keep[self.beside_who]
        changed["beside_who"] = (np.cumsum(keep) - 1)[self.beside_who[beside]]
        changed["beside_semantic"] = self.beside_semantic[beside]
        return replace(
            self, members=self.members[keep], bits=self.bits[keep], judged=self.judged[keep], **changed
        )

    @property
    def exchanges(self) -> int:
        """Exchanges that are here."""
        return len(self.ts)

    def marked(self, mark: str) -> Bools:
        """(m,) which exchanges are so, as MARKS says."""
        return marked(self.marks, mark)

    def accounts(self, exchanges: Bools) -> int:
        """How many members sent some of these exchanges; `exchanges` is (m,)."""
        return int(np.count_nonzero(np.bincount(self.who[exchanges], minlength=self.size)))

    def sent_by(self, accounts: Bools) -> float:
        """The share of these exchanges that some members sent; `accounts` is (n,)."""
        return float(accounts[self.who].mean())

    def begins(self, never: int) -> Ints:
        """(n,) time of each member's first exchange, `never` where none is here."""
        first = np.full(self.size, never)
        first[self.who[::-1]] = self.ts[::-1]  # what is earlier is written last
        return first

    def per_member(self) -> Ints:
        """(n,) theme exchanges of each member."""
        return np.bincount(self.who, minlength=self.size).astype(np.int64)


def population(engine: Engine, missing: frozenset[str]) -> Population:
    """Reads PEOPLE and ACCOUNTS."""
    table = engine.query("""
        SELECT p.*, epoch_us(p.first_seen) AS first_us, epoch_us(a.created_at) AS created_us, a.org_hash,
               a.payment_hash, a.phone_hash, a.email_domain_hash, a.pathway, a.plan,
               epoch_us(a.banned_at) AS banned_us
        FROM people p LEFT JOIN accounts a USING (account_id) ORDER BY ix""")
    by_capability = engine.query("""
        SELECT capability, count(*) AS n, count(*) FILTER (elicitation >= 0.5) AS e,
               min(epoch_us(ts)) AS since, max(epoch_us(ts)) AS until
        FROM prints WHERE "row" NOT IN (SELECT "row" FROM dropped) GROUP BY capability""")
    counts = dict(zip(by_capability["capability"].to_pylist(), by_capability["n"].to_pylist(), strict=True))
    known = max(sum(n for name, n in counts.items() if name), 1)
    org, payment, phone = (ints(table[name]) for name in ("org_hash", "payment_hash", "phone_hash"))
    mail_domain = ints(table["email_domain_hash"])
    pathways, pathway = _numbered_names(table["pathway"])
    owner = owners(org, payment, mail_domain)
    exchanges, first_seen, days = (ints(table[name]) for name in ("exchanges", "first_us", "days"))
    hour_cos, hour_sin = ints(table["hour_cos"]) / TRIG, ints(table["hour_sin"]) / TRIG
    addressed, same_prefix = ints(table["addressed"]), ints(table["same_prefix"])
    located, same_country = ints(table["located"]), ints(table["same_country"])
    output_tokens, answered = ints(table["output_tokens"]), ints(table["answered"])
    created_at, banned_at = ints(table["created_us"], -1), ints(table["banned_us"], -1)
    since, until = (
        min(by_capability["since"].to_pylist(), default=0),
        max(by_capability["until"].to_pylist(), default=0),
    )
    ends = np.where(banned_at >= 0, np.minimum(banned_at, until), until)
    followups, elicits = ints(table["followups"]), ints(table["elicits"])
    purses = shares_with_strangers(payment, owner) | shares_with_strangers(phone, owner)
    shown = usual(
        exchanges,
        first_seen,
        days,
        (hour_cos, hour_sin),
        (addressed, same_prefix),
        (located, same_country),
        (output_tokens, answered),
        created_at,
        (since, until),
        {
            "org_id": org,
            "payment_hash": payment,
            "phone_hash": phone,
            "email_domain": mail_domain,
            "pathway": pathway,
        },
    )
    return Population(
        account_id=table["account_id"].combine_chunks(),
        exchanges=exchanges,
        first_seen=first_seen,
        elicits=elicits,
        created_at=created_at,
        org=org,
        payment=payment,
        phone=phone,
        mail_domain=mail_domain,
        pathway=pathway,
        pathways=pathways,
        owner=owner,
        shares_purse=purses,
        banned_at=banned_at,
        models=_models(engine, since, until),
        capability=np.array([counts.get(name, 0) / known for name in CAPABILITIES]),
        elicitation=sum(by_capability["e"].to_pylist()) / max(sum(by_capability["n"].to_pylist()), 1),
        topics=_usual_topics(engine),
        signed=_signed(engine),
        since=since,
        until=until,
        missing=missing,
        usual=shown,
        totals=totals(exchanges, followups, elicits, purses, shown),
        pace=paces(exchanges, ends - first_seen, table["plan"]),
    )


def _numbered_names(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """The names that occur, in order, and (accounts,) the number of each account's, from 1; 0 where there is none."""
    names = sorted(pc.unique(column.drop_null()).to_pylist())
    return tuple(names), ints(pc.index_in(column, value_set=pa.array(names, column.type)), -1) + 1


def _usual_topics(engine: Engine) -> Excess | None:
    """How much of topics of their own a sample of the accounts has that no template ties to others."""
    loose = engine.query(f"""
        SELECT ix FROM people WHERE exchanges >= {2 * FEWEST_PAIRS}
        AND ix NOT IN (SELECT ix FROM clusters) ORDER BY ix""")["ix"].to_numpy()
    picked = np.unique(np.linspace(0, len(loose) - 1, min(len(loose), ACCOUNTS)).astype(np.int64))
    engine.put("topic_sample", pa.table({"ix": pa.array(loose[picked], pa.int32())}))
    rows = engine.query(f"""
        SELECT ix, semantic FROM (
            SELECT s.ix, p.ts, p.exchange_id, p.semantic,
                   row_number() OVER (PARTITION BY s.ix ORDER BY p.ts, p.exchange_id) AS place
            FROM topic_sample s JOIN people USING (ix) JOIN prints p USING (account_id)
            WHERE p.semantic IS NOT NULL AND p."row" NOT IN (SELECT "row" FROM dropped))
        WHERE place <= {4 * PAIRS} ORDER BY ts, exchange_id, ix""")
    engine.drop("topic_sample")
    who = ints(rows["ix"])
    return own_topics(vectors(rows["semantic"]), who, np.zeros(len(who), np.int64))


def shares_with_strangers(values: Ints, owner: Ints) -> Bools:
    """(n,) which of n accounts share a value with another of them that is not of the same owner.

    values, owner  (n,) a hash each, 0 where nothing is known
    """
    known = np.flatnonzero(values)
    order = known[np.argsort(values[known], kind="stable")]
    out = np.zeros(len(values), dtype=bool)
    if len(order) == 0:
        return out
    values, whose = values[order], owner[order]
    first = np.r_[True, values[1:] != values[:-1]]
    starts = np.flatnonzero(first)
    least, most = np.minimum.reduceat(whose, starts), np.maximum.reduceat(whose, starts)
    told = (np.diff(np.r_[starts, len(order)]) >= 2) & ((least != most) | (least == 0))
    out[order] = told[np.cumsum(first) - 1]
    return out


def distinct_pairs(a: Ints, b: Ints) -> tuple[Ints, Ints, Ints]:
    """The distinct pairs of a and b as two arrays, in the order in which they first come, and how often each occurs.

    a, b  (n,) values of any size
    """
    number, first = numbered(a, b)
    return a[first], b[first], np.bincount(number, minlength=len(first))


def _signed(engine: Engine) -> tuple[int, int]:
    rows = engine.query("""
        SELECT count(*) AS n, count(places) AS replayed FROM prints p
        LEFT JOIN signatures s USING (reasoning_signature_hash)
        WHERE p.reasoning_signature_hash IS NOT NULL AND p."row" NOT IN (SELECT "row" FROM dropped)""")
    return int(rows["n"][0].as_py()), int(rows["replayed"][0].as_py())


def _models(engine: Engine, since: int, until: int) -> dict[str, tuple[int, int]]:
    """The models that came up during the window: when they first did, and how many exchanges the day after had."""
    rows = engine.query(f"""
        WITH first AS (
            SELECT model, min(epoch_us(ts)) AS begun FROM prints
            WHERE model IS NOT NULL AND "row" NOT IN (SELECT "row" FROM dropped) GROUP BY model
            HAVING min(epoch_us(ts)) > {since} + {2 * DAY} AND min(epoch_us(ts)) < {until} - {DAY})
        SELECT model, begun, count(*) FILTER (epoch_us(ts) < begun + {DAY}) AS soon
        FROM prints JOIN first USING (model) WHERE "row" NOT IN (SELECT "row" FROM dropped)
        GROUP BY model, begun""")
    return {m: (b, n) for m, b, n in zip(*(column.to_pylist() for column in rows.columns), strict=True)}


def vectors(column: pa.ChunkedArray) -> Floats:
    """(k, SEMANTIC_DIMENSIONS) those that are there."""
    flat = column.combine_chunks().drop_null().flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat.astype(np.float64).reshape(-1, SEMANTIC_DIMENSIONS))


def ints(column: pa.ChunkedArray | pa.Array, missing: int = 0) -> Ints:
    """The numbers of a column, `missing` where there is none."""
    return np.asarray(pc.fill_null(column.cast(pa.int64()), missing).to_numpy(), dtype=np.int64)
