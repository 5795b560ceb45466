"""The stages in reading order, each a function of the tables that the one before left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.engines.plan import Engine, Step
from stillwatch.errors import InvalidConfiguration, InvalidParameter
from stillwatch.fingerprint import Fingerprinter, FingerprintKey, fingerprint_accounts
from stillwatch.ingest import Batch
from stillwatch.link.stage import link
from stillwatch.model.exchanges import ACCOUNTS, DAY, QUARANTINE, TIMESTAMP
from stillwatch.model.findings import FIRST
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.model.numbers import ENOUGH, PURE
from stillwatch.model.standing import Standing
from stillwatch.score.earlier import Tried
from stillwatch.score.stage import Scored, score

_HOUR = DAY // 24

MOST_RUNS = 10_000
"""A replay of more is a slip: a year in hours has fewer."""


class Progress:
    """Told how far the work has come; this one keeps silent."""

    def stage(self, name: str, total: int | None) -> None:
        """A stage begins; `total` rows or bytes are to come, None where that can't be told."""

    def advance(self, amount: int) -> None:
        """So much more of the stage is done."""

    def part(self, name: str) -> None:
        """A part of the stage begins."""


@dataclass(frozen=True, slots=True)
class Window:
    """Exchanges from `since` on and before `until`; None: no bound.

    A time without a zone is of UTC.

    raises  InvalidConfiguration for a window that ends before it begins, which would hold nothing; InvalidParameter
            for what is no datetime
    """

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            bound = getattr(self, name)
            if bound is not None and not isinstance(bound, datetime):
                raise InvalidParameter(
                    f"{name} {bound!r} is no datetime.", hint="Give a datetime.datetime, in UTC."
                )
            if bound is not None and bound.tzinfo is None:
                object.__setattr__(self, name, bound.replace(tzinfo=UTC))
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise InvalidConfiguration(
                f"The window ends at {self.until.isoformat()}, and begins at {self.since.isoformat()} only.",
                hint="Name an end, --until, that lies after the beginning, --since.",
            )

    def keep(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of the batch inside the window."""
        if self.since is None and self.until is None:
            return batch
        ts = batch["ts"]
        keep = pa.array(np.ones(len(ts), dtype=bool))
        if self.since is not None:
            keep = pc.and_(keep, pc.greater_equal(ts, pa.scalar(self.since, TIMESTAMP)))
        if self.until is not None:
            keep = pc.and_(keep, pc.less(ts, pa.scalar(self.until, TIMESTAMP)))
        return batch.filter(keep)

    def step(self, name: str, source: str) -> Step:
        """The rows of table `source` inside the window, as table `name`."""
        bounds = (("epoch_us(ts) >= {}", self.since), ("epoch_us(ts) < {}", self.until))
        told = [text.format(_microseconds(bound)) for text, bound in bounds if bound is not None]
        return Step(
            name, (source,), f"SELECT * FROM {source} WHERE {' AND '.join(told) or 'true'}", stored=False
        )


@dataclass(frozen=True, slots=True)
class Read:
    """What the first stage counted."""

    rows: int
    kept: int
    quarantine: pa.Table


def fingerprint(
    engine: Engine,
    batches: Iterable[Batch],
    accounts: pa.Table | None,
    key: FingerprintKey,
    window: Window,
    progress: Progress,
) -> Read:
    """Leaves `prints` and `accounts` in the engine; text ends here.

    This process reads the logs; the engine decides where their batches become fingerprints.
    """
    bad: list[pa.RecordBatch] = []
    rows = 0

    def exchanges() -> Iterator[pa.RecordBatch]:
        nonlocal rows
        for batch in batches:
            rows += batch.rows_read
            if batch.quarantine.num_rows:
                bad.append(batch.quarantine)
            yield window.keep(batch.exchanges)

    kept = engine.map_batches("prints", exchanges(), FINGERPRINTS, progress.advance, Fingerprinter(key))
    engine.put(
        "accounts", fingerprint_accounts(ACCOUNTS.empty_table() if accounts is None else accounts, key)
    )
    return Read(rows, kept, pa.Table.from_batches(bad, QUARANTINE))


def judge(
    engine: Engine,
    missing: frozenset[str],
    rate: float,
    progress: Progress,
    standing: Standing | None = None,
) -> Scored:
    """Link, then score: everything behind the fingerprints.

    standing  campaigns that a scan of the exchanges before these called actionable
    """
    progress.stage("link", None)
    link(engine, progress.part, standing.text if standing else None)
    progress.stage("score", None)
    return score(engine, missing, rate, standing=standing)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What repeated scans said.

    runs    RUNS, one row a run and campaign: what was listed at that time
    named   NAMED, one row an account: when it was first named in an actionable campaign
    first   FIRST, one row an actionable campaign of the last run: when it was first known
    scored  what the last run, which saw everything, found
    """

    runs: pa.Table
    named: pa.Table
    first: pa.Table
    scored: Scored


RUNS = pa.schema(
    [
        pa.field("as_of", TIMESTAMP, nullable=False),
        pa.field("campaign_id", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("actionable", pa.bool_(), nullable=False),
        pa.field("log10_lr", pa.float64(), nullable=False),
        pa.field("accounts", pa.int64(), nullable=False),
        pa.field("exchanges", pa.int64(), nullable=False),
    ]
)

NAMED = pa.schema(
    [
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("as_of", TIMESTAMP, nullable=False),
        pa.field("campaign_id", pa.string(), nullable=False),
    ]
)


def replay_steps(
    engine: Engine, missing: frozenset[str], rate: float, step: timedelta, progress: Progress
) -> Replayed:
    """Judges the exchanges before t for every t = first day's midnight + k·step, up to the last exchange.

    engine  holds `prints` and `accounts` of the whole window; they end up as they were
    """
    ends = engine.query(
        "SELECT epoch_us(min(ts)) AS first, epoch_us(max(ts)) AS last FROM prints"
    ).to_pylist()[0]
    if ends["first"] is None:
        link(engine, progress.part)
        empty = score(engine, missing, rate)
        return Replayed(RUNS.empty_table(), NAMED.empty_table(), FIRST.empty_table(), empty)
    engine.run(Step("all_prints", ("prints",), "SELECT * FROM prints"))
    engine.run(Step("all_accounts", ("accounts",), "SELECT * FROM accounts"))
    width = round(step.total_seconds() * 1_000_000)
    start = ends["first"] - ends["first"] % DAY
    count = (ends["last"] - start) // width + 1
    if count > MOST_RUNS:
        raise InvalidConfiguration(
            f"{count:,} runs would take too long: a run after every {step}, from {_told(start)} to {_told(ends['last'])}.",
            hint="Name a longer --step, or an --until: one exchange with a wrong time may lie far away.",
        )
    times = [start + (k + 1) * width for k in range(count)]
    progress.stage("replay", len(times))
    runs: list[pa.Table] = []
    named: dict[str, tuple[int, str]] = {}
    held: dict[int, list[frozenset[str]]] = {}
    known: dict[str, frozenset[str]] = {}
    tried: tuple[Tried, ...] = ()
    for now in times:
        for each in _known_by(now):
            engine.run(each)
        link(engine, progress.part)
        scored = score(engine, missing, rate, known, tried)
        tried = scored.tried
        at = pa.array([now] * scored.campaigns.num_rows, TIMESTAMP)
        runs.append(scored.campaigns.append_column("as_of", at).select(RUNS.names).cast(RUNS))
        members = members_of(scored)
        known |= members
        acted = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"].to_pylist()
        held[now] = [members[campaign] for campaign in acted]
        for campaign in sorted(acted):
            for account in members[campaign]:
                named.setdefault(account, (now, campaign))
        progress.advance(1)
    rows = [
        {"account_id": account, "as_of": now, "campaign_id": campaign}
        for account, (now, campaign) in sorted(named.items())
    ]
    return Replayed(
        pa.concat_tables(runs), pa.Table.from_pylist(rows, NAMED), first_known(scored, held), scored
    )


def members_of(scored: Scored) -> dict[str, frozenset[str]]:
    """The accounts of each listed campaign, by its id."""
    gathered: dict[str, set[str]] = {name: set() for name in scored.campaigns["campaign_id"].to_pylist()}
    for campaign, account in zip(
        scored.members["campaign_id"].to_pylist(), scored.members["account_id"].to_pylist(), strict=True
    ):
        gathered[campaign].add(account)
    return {campaign: frozenset(accounts) for campaign, accounts in gathered.items()}


def first_known(scored: Scored, held: Mapping[int, Sequence[frozenset[str]]]) -> pa.Table:
    """FIRST: the first run that named a fifth of a campaign's accounts in one campaign that was mostly theirs.

    scored  the last run
    held    time of each run → the accounts of its actionable campaigns
    """
    members = members_of(scored)
    sent = scored.attributed.select(["campaign_id", "ts"])
    rows = []
    for campaign in scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"].to_pylist():
        mine = members[campaign]
        when = next(
            now
            for now, groups in sorted(held.items())
            if any(
                len(mine & group) >= ENOUGH * len(mine) and len(mine & group) >= PURE * len(group)
                for group in groups
            )
        )
        times = sent.filter(pc.equal(sent["campaign_id"], campaign))["ts"].cast(pa.int64()).to_numpy()
        rows.append(
            {
                "campaign_id": campaign,
                "first_actionable_at": when,
                "delay_hours": round((when - int(times.min(initial=when))) / _HOUR, 4),
                "leaked": round(float((times < when).mean()) if len(times) else 0.0, 6),
            }
        )
    return pa.Table.from_pylist(rows, FIRST)


def _known_by(now: int) -> tuple[Step, Step]:
    """PRINTS and ACCOUNTS as they stood at `now` (microseconds): later exchanges and bans are not there."""
    known = ", ".join(
        f"CASE WHEN epoch_us(banned_at) < {now} THEN banned_at END AS banned_at"
        if name == "banned_at"
        else name
        for name in ACCOUNT_PRINTS.names
    )
    return (
        Step("prints", ("all_prints",), f"SELECT * FROM all_prints WHERE epoch_us(ts) < {now}", stored=False),
        Step(
            "accounts",
            ("all_accounts",),
            f"SELECT {known} FROM all_accounts",
            stored=False,
        ),
    )


def _told(microseconds: int) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds):%Y-%m-%d}"


def _microseconds(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


STAGES: tuple[tuple[str, str], ...] = (
    ("fingerprint", "read the logs, set bad rows apart, turn text into keyed fingerprints"),
    ("lake", "open the days that the window touches"),
    ("link", "find what accounts share, and the groups that this makes"),
    ("score", "try each group against every innocent explanation"),
    ("replay", "judge again after every step, seeing nothing later"),
    ("report", "write the tables and the report, whole or not at all"),
)
"""What commands do, in order, in words for progress lines and the documentation."""
