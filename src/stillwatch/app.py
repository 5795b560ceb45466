"""The one place that wires the rooms together."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillwatch._version import __version__
from stillwatch.budget import enough, peak_memory
from stillwatch.carrying import read_standing, told, utc, window_after
from stillwatch.costs import COSTS
from stillwatch.engines.plan import Engine
from stillwatch.engines.scratch import workspace
from stillwatch.errors import InvalidConfiguration
from stillwatch.ingest.files import find
from stillwatch.lake import Change, is_lake, read_manifest
from stillwatch.model.exchanges import QUARANTINE
from stillwatch.model.result import Findings
from stillwatch.model.settings import Settings, read_settings, with_memory
from stillwatch.output import FOUND, first_words, prepared, spare, write_findings
from stillwatch.pipeline import Progress, Replayed, Window, judge, replay_steps
from stillwatch.score.stage import Scored
from stillwatch.sources import (
    Loaded,
    Logs,
    add_to_lake,
    fingerprint_key,
    key_is_given,
    lake_in,
    load_logs,
    opened_engine,
)

Paths = str | Path | Sequence[str | Path]

LONGEST_KEPT = timedelta(days=36_500)
"""Days of a lake are kept so long at most."""


@dataclass
class Clock:
    """Wall seconds of each stage, for the summary alone."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Adds the time that the block takes."""
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 3)


def scan(
    exchanges: Paths = (),
    *,
    accounts: str | Path | None = None,
    lake: str | Path | None = None,
    keep: timedelta | None = None,
    out: str | Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    config: str | Path | Settings | None = None,
    memory: str | int | None = None,
    engine: str = "duckdb",
    excerpts: bool = False,
    standing: str | Path | None = None,
    progress: Progress | None = None,
) -> Findings:
    """What the logs of a model API show: campaigns, their members, exchanges and evidence.

    exchanges     files, folders or globs of any format of the contract, or a lake
    accounts      what is known of the accounts; without it registration says nothing
    lake          folder that keeps fingerprints by day: the logs, where there are any, are put into it first,
                  then all that it holds is judged
    keep          with a lake: days so long before the end of its newest one leave it
    out           folder for the tables and the report; nothing is written without one
    since, until  the window, with time zone; exchanges at `until` itself lie outside
    config        a TOML file or its content as Settings
    memory        what the process may hold, in bytes or words ("8GiB"); half of the machine's when not given
    engine        where relational steps and batch functions run: `duckdb`, or `spark` for a cluster
    excerpts      also write the first words of some attributed prompts (`excerpts.parquet`)
    standing      what an earlier scan of the same logs wrote: only what came after it is read, and its actionable
                  campaigns are carried on
    raises        InvalidInput, InvalidColumn, InvalidConfiguration (the caller's to mend), EngineFailed
    """
    settings = _settings(config, memory)
    progress = progress or Progress()
    source = _source(exchanges, accounts, lake, keep)
    if excerpts and not source.logs.paths:
        raise InvalidConfiguration(
            f"{source.lake} holds fingerprints, which have no text to take excerpts from.",
            hint="Leave --excerpts out, or scan the logs themselves.",
        )
    target = prepared(out)
    spare(target, _read(source, config))
    clock = Clock()
    before = read_standing(Path(standing), _key_id(source, settings)) if standing is not None else None
    given = Window(since, until)
    window = given if before is None else window_after(before, given)
    with _loaded(source, settings, window, target, progress, clock, engine, given) as (running, read):
        with clock.time("judge"):
            scored = judge(running, read.unknown, settings.judgement.false_discovery_rate, progress, before)
        repeats = _repeats(running)
        facts = _facts(running)
    quarantine = _quarantine(read, repeats)
    more = (("--config CONFIG", config), ("--standing FOUND", standing))
    command = _command("scan", source, given, *(words for words, asked in more if asked is not None))
    summary = _summary(settings, window, read, scored, quarantine, facts, clock, command)
    if before is not None:
        summary["standing"] = told(before, scored.campaigns, scored.members)
    findings = _findings(scored, quarantine, summary)
    if target is not None:
        progress.stage("report", None)
        words = first_words(source.logs.paths, settings, scored.attributed) if excerpts else None
        with enough(target, settings, lambda: 0):
            write_findings(findings, target, words)
    return findings


def replay(
    exchanges: Paths = (),
    *,
    step: timedelta,
    accounts: str | Path | None = None,
    lake: str | Path | None = None,
    out: str | Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    config: str | Path | Settings | None = None,
    memory: str | int | None = None,
    engine: str = "duckdb",
    progress: Progress | None = None,
) -> Replayed:
    """What was known when: the scan repeated after every `step`, each run seeing nothing later.

    Arguments are those of `scan`. A campaign's members, exchanges and bans after a run's time are
    hidden from it; columns of the accounts that carry no time are taken as known from the start.
    """
    settings = _settings(config, memory)
    progress = progress or Progress()
    if step <= timedelta(0):
        raise InvalidConfiguration("--step must be longer than nothing.", hint="Write 6h, 1d or 30m.")
    source = _source(exchanges, accounts, lake, None)
    target = prepared(out)
    spare(target, _read(source, config))
    clock = Clock()
    window = Window(since, until)
    with _loaded(source, settings, window, target, progress, clock, engine) as (running, read):
        with clock.time("replay"):
            result = replay_steps(
                running, read.unknown, settings.judgement.false_discovery_rate, step, progress
            )
        quarantine, facts = _quarantine(read, _repeats(running)), _facts(running)
    if target is not None:
        steps = f"--step {step / timedelta(minutes=1):g}m"
        command = _command(
            "replay", source, window, steps, *(["--config CONFIG"] if config is not None else [])
        )
        summary = _summary(settings, window, read, result.scored, quarantine, facts, clock, command)
        findings = _findings(result.scored, quarantine, summary, result.first)
        more = {"runs": result.runs, "named": result.named, "replay": result.first}
        with enough(target, settings, lambda: 0):
            write_findings(findings, target, more=more)
    return result


def fingerprint_logs(
    exchanges: Sequence[str | Path],
    *,
    lake: str | Path,
    accounts: str | Path | None = None,
    keep: timedelta | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    config: str | Path | Settings | None = None,
    memory: str | int | None = None,
    engine: str = "duckdb",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Runs the fingerprint stage alone, where the text is; `scan` reads the lake where the text is not.

    lake     folder that keeps fingerprints by day; made where it isn't there
    keep     days so long before the end of the newest one leave the lake
    engine   where text becomes fingerprints: `duckdb` for this process, or `spark` for a cluster
    returns  what was read and what became of it, for people and machines
    """
    settings = _settings(config, memory)
    source = _source(exchanges, accounts, lake, keep)
    root = prepared(source.lake) if source.adds else None
    if root is None:
        raise InvalidConfiguration(
            "Nothing to put into a lake.", hint="Write: stillwatch fingerprint LOGS --lake DIR"
        )
    change, read = add_to_lake(
        root, source.logs, settings, Window(since, until), keep, progress or Progress(), engine
    )
    return {
        "version": __version__,
        "key_id": read.key_id,
        "key_forgotten": bool(source.logs.paths) and not key_is_given(settings),
        "rows": read.read.rows,
        "exchanges": read.read.kept,
        "quarantined": read.read.quarantine.num_rows,
        "outside_window": read.outside_window,
        "missing": sorted(read.unknown),
        "inputs": read.inputs,
        "unreadable": read.unreadable,
        "skipped": read.skipped,
        **_changed(change),
        "held": {day.isoformat(): held.rows for day, held in change.manifest.days.items()},
    }


def relational_plan(dialect: str) -> str:
    """Every relational step of a scan in its order, as statements in the dialect of a warehouse.

    dialect  one of `engines.dialect.DIALECTS`
    raises   InvalidConfiguration for another one
    """
    from stillwatch.engines.listing import statements
    from stillwatch.plan import recorded

    return ";\n\n".join(statements(recorded(), dialect)) + ";\n"


def _settings(config: str | Path | Settings | None, memory: str | int | None) -> Settings:
    settings = config if isinstance(config, Settings) else read_settings(Path(config) if config else None)
    return with_memory(settings, memory)


@dataclass(frozen=True, slots=True)
class _Source:
    """What is read: logs alone, a lake alone, or logs on their way into a lake."""

    logs: Logs
    lake: Path | None
    keep: timedelta | None

    @property
    def adds(self) -> bool:
        """Whether the lake is to change."""
        return bool(self.lake and (self.logs.paths or self.logs.accounts or self.keep))


def _key_id(source: _Source, settings: Settings) -> str:
    """The id of the key that names what is to be read."""
    if source.lake is not None and is_lake(source.lake):
        return read_manifest(source.lake).key_id
    return fingerprint_key(settings).key_id


def _findings(
    scored: Scored, quarantine: pa.Table, summary: dict[str, Any], first: pa.Table | None = None
) -> Findings:
    tables = {name: getattr(scored, name) for name in FOUND}
    return Findings(**tables, quarantine=quarantine, summary=summary, first=first)


def _quarantine(read: Loaded, repeats: pa.Table) -> pa.Table:
    return pa.concat_tables([read.read.quarantine, repeats]).sort_by(
        [("source", "ascending"), ("line", "ascending"), ("reason", "ascending")]
    )


def _source(
    exchanges: Paths, accounts: str | Path | None, lake: str | Path | None, keep: timedelta | None
) -> _Source:
    paths = [exchanges] if isinstance(exchanges, str | Path) else list(exchanges)
    held = [path for path in paths if is_lake(Path(path))]
    if held and (len(paths) > 1 or lake is not None):
        raise InvalidConfiguration(
            f"{held[0]} is a lake, which can't be read together with other logs.",
            hint=f"Put the logs into it: stillwatch scan LOGS --lake {held[0]}",
        )
    if held and accounts is not None:
        raise InvalidConfiguration(
            f"{held[0]} is a lake, which holds what is known of its accounts.",
            hint=f"Leave --accounts out, or put them into the lake: --lake {held[0]} --accounts {accounts}",
        )
    if lake is None and not paths:
        raise InvalidConfiguration(
            "Nothing to read.", hint="Name files, folders or globs of logs, or a lake with --lake DIR."
        )
    if keep is not None and lake is None:
        raise InvalidConfiguration("--keep needs a lake.", hint="Name one with --lake DIR.")
    if keep is not None and not timedelta(days=1) <= keep <= LONGEST_KEPT:
        raise InvalidConfiguration(
            f"{keep} is no time to keep days of a lake.", hint=f"Keep 1 to {LONGEST_KEPT.days:,} days."
        )
    if held:
        return _Source(Logs(()), Path(held[0]), None)
    return _Source(Logs(paths, accounts), Path(lake) if lake is not None else None, keep)


def _read(source: _Source, config: str | Path | Settings | None) -> list[Path]:
    """The files that a run reads, besides those of a lake."""
    given = [*source.logs.paths, *([source.logs.accounts] if source.logs.accounts is not None else [])]
    files = [found.path for found in find(given)] if given else []
    return files if config is None or isinstance(config, Settings) else [*files, Path(config)]


@contextmanager
def _loaded(
    source: _Source,
    settings: Settings,
    window: Window,
    target: Path | None,
    progress: Progress,
    clock: Clock,
    name: str,
    adds: Window | None = None,
) -> Iterator[tuple[Engine, Loaded]]:
    """An engine that holds `prints` and `accounts`, for as long as the block lasts.

    window  exchanges that are judged
    adds    exchanges that a lake takes in, where these are others: a day is replaced whole, whatever of it is judged
    """
    added: dict[str, Any] = {}
    if source.lake is not None and source.adds:
        with clock.time("fingerprint"):
            prepared(source.lake)
            change, taken = add_to_lake(
                source.lake, source.logs, settings, adds or window, source.keep, progress, name
            )
            added = {"change": change, "unreadable": taken.unreadable, "skipped": taken.skipped}
    with workspace(target) as scratch, opened_engine(scratch, settings, name) as engine:
        if source.lake is not None:
            with (
                lake_in(engine, source.lake, settings, window, progress) as read,
                enough(scratch, settings, lambda: read.bytes),
            ):
                yield engine, replace(read, **added)
        else:
            with clock.time("fingerprint"):
                read = load_logs(engine, source.logs, fingerprint_key(settings), settings, window, progress)
            with enough(scratch, settings, lambda: read.bytes):
                yield engine, read


def _repeats(engine: Engine) -> pa.Table:
    """Rows that came a second time under one exchange id, as rows of the quarantine."""
    rows = engine.query("SELECT source, line FROM repeated WHERE NOT id_derived ORDER BY source, line")
    n = rows.num_rows
    return pa.table(
        {
            "source": rows["source"],
            "line": rows["line"],
            "reason": pa.array(["exchange_id was seen before"] * n, pa.string()),
            "excerpt": pa.array([""] * n, pa.string()),
        }
    ).cast(QUARANTINE)


def _facts(engine: Engine) -> dict[str, Any]:
    row: dict[str, Any] = engine.query("""
        SELECT CAST(coalesce(sum(exchanges), 0) AS BIGINT) AS exchanges, count(*) AS accounts,
               epoch_us(min(first_seen)) AS since, epoch_us(max(last_seen)) + 1 AS until FROM people""").to_pylist()[0]
    for end in ("since", "until"):
        if row[end] is not None:
            row[end] = utc(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row[end]))
    return row


def _command(verb: str, source: _Source, given: Window, *more: str) -> str:
    """What was asked for, without the names of files: with the files of the same hashes it gives the same tables."""
    asked = (
        ("EXCHANGES", bool(source.logs.paths)),
        ("--accounts ACCOUNTS", source.logs.accounts is not None),
        ("--lake LAKE", source.lake is not None),
        (f"--since {given.since and utc(given.since)}", given.since is not None),
        (f"--until {given.until and utc(given.until)}", given.until is not None),
    )
    return " ".join(["stillwatch", verb, *(words for words, there in asked if there), *more])


def _summary(
    settings: Settings,
    window: Window,
    read: Loaded,
    scored: Scored,
    quarantine: pa.Table,
    facts: dict[str, Any],
    clock: Clock,
    command: str,
) -> dict[str, Any]:
    described = settings.model_dump(mode="json", exclude={"resources", "key_file", "spark"})
    described["window"] = [str(window.since), str(window.until)]
    actionable = sum(scored.campaigns["actionable"].to_pylist())
    told: dict[str, Any] = {
        "version": __version__,
        "window": {"since": facts["since"], "until": facts["until"]},
        "command": command,
        "counts": {
            "rows": read.read.rows,
            "exchanges": facts["exchanges"],
            "accounts": facts["accounts"],
            "quarantined": quarantine.num_rows,
            "outside_window": read.outside_window,
            "clusters_tested": scored.tested,
            "campaigns": scored.campaigns.num_rows,
            "actionable": actionable,
            "attributed": scored.attributed.num_rows,
        },
        "explained": scored.explained,
        "unreadable": read.unreadable,
        "skipped": read.skipped,
        "missing": [{"column": name, "cost": cost} for name, cost in COSTS.items() if name in read.missing],
        "fdr": settings.judgement.false_discovery_rate,
        "key_id": read.key_id,
        "inputs": read.inputs,
        "config_hash": hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest(),
        "timings": clock.seconds,
        "peak_memory_bytes": peak_memory(),
    }
    if read.change is not None:
        told["lake"] = _changed(read.change)
    return told


def _changed(change: Change) -> dict[str, Any]:
    """What a lake took in, what that replaced, and what it dropped, by day."""
    return {
        "days": {day.isoformat(): rows for day, rows in change.added.items()},
        "replaced": {day.isoformat(): rows for day, rows in change.replaced.items()},
        "dropped": [day.isoformat() for day in change.dropped],
    }
