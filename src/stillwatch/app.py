"""The one place that wires the rooms together and reads the environment."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch._version import __version__
from stillwatch.costs import COSTS
from stillwatch.engines.choice import open_engine
from stillwatch.engines.duck import DuckEngine
from stillwatch.engines.plan import Engine
from stillwatch.errors import InvalidConfiguration, InvalidInput
from stillwatch.fingerprint import FingerprintKey, load_models
from stillwatch.ingest import open_exchanges, read_accounts
from stillwatch.model.exchanges import QUARANTINE
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.model.result import Findings
from stillwatch.model.settings import Settings, read_settings
from stillwatch.pipeline import Progress, Read, Replayed, Window, fingerprint, judge, replay_steps
from stillwatch.score.stage import Scored

KEY_VARIABLE = "STILLWATCH_KEY"

_MANIFEST = "fingerprints.json"
_EXCERPTS = "excerpts.parquet"

TABLES = ("campaigns", "members", "attributed", "evidence", "contest", "shared", "quarantine")
"""Files of a scan's output that hold tables, in the order of reading."""


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
    exchanges: str | Path | Sequence[str | Path],
    *,
    accounts: str | Path | None = None,
    out: str | Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    config: str | Path | Settings | None = None,
    engine: str = "duckdb",
    excerpts: bool = False,
    progress: Progress | None = None,
) -> Findings:
    """What the logs of a model API show: campaigns, their members, exchanges and evidence.

    exchanges     files, folders or globs of any format of the contract, or a folder that `fingerprint` wrote
    accounts      what is known of the accounts; without it registration says nothing
    out           folder for the tables and the report; nothing is written without one
    since, until  the window, with time zone; exchanges at `until` itself lie outside
    config        a TOML file or its content as Settings
    engine        where relational steps and batch functions run: `duckdb`, or `spark` for a cluster
    excerpts      also write the first words of some attributed prompts (`excerpts.parquet`)
    raises        InvalidInput, InvalidColumn, InvalidConfiguration (the caller's to mend), EngineFailed
    """
    settings = config if isinstance(config, Settings) else read_settings(Path(config) if config else None)
    progress = progress or Progress()
    paths = [exchanges] if isinstance(exchanges, str | Path) else list(exchanges)
    if excerpts and _is_fingerprints(paths):
        raise InvalidConfiguration(
            f"{paths[0]} holds fingerprints, which have no text to take excerpts from.",
            hint="Leave --excerpts out, or scan the logs themselves.",
        )
    target = _prepared(out)
    clock = Clock()
    window = Window(since, until)
    with _scratch(target) as scratch:
        running = open_engine(engine, settings, scratch / "engine", threads=_threads(settings))
        try:
            with clock.time("fingerprint"):
                read = _load(running, paths, accounts, settings, window, progress)
            with clock.time("judge"):
                scored = judge(running, read.missing, settings.judgement.false_discovery_rate, progress)
            repeats = _repeats(running)
            facts = _facts(running)
        finally:
            running.close()
    quarantine = pa.concat_tables([read.read.quarantine, repeats]).sort_by(
        [("source", "ascending"), ("line", "ascending"), ("reason", "ascending")]
    )
    summary = _summary(settings, window, read, scored, quarantine, facts, clock)
    findings = Findings(
        campaigns=scored.campaigns,
        members=scored.members,
        attributed=scored.attributed,
        evidence=scored.evidence,
        contest=scored.contest,
        shared=scored.shared,
        quarantine=quarantine,
        summary=summary,
    )
    if target is not None:
        progress.stage("report", None)
        excerpt_table = _excerpts(paths, settings, scored.attributed) if excerpts else None
        write_findings(findings, target, excerpt_table)
    return findings


def replay(
    exchanges: str | Path | Sequence[str | Path],
    *,
    step: timedelta,
    accounts: str | Path | None = None,
    out: str | Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    config: str | Path | Settings | None = None,
    engine: str = "duckdb",
    progress: Progress | None = None,
) -> Replayed:
    """What was known when: the scan repeated after every `step`, each run seeing nothing later.

    Arguments are those of `scan`. A campaign's members, exchanges and bans after a run's time are
    hidden from it; columns of the accounts that carry no time are taken as known from the start.
    """
    settings = config if isinstance(config, Settings) else read_settings(Path(config) if config else None)
    progress = progress or Progress()
    if step <= timedelta(0):
        raise InvalidConfiguration("--step must be longer than nothing.", hint="Write 6h, 1d or 30m.")
    paths = [exchanges] if isinstance(exchanges, str | Path) else list(exchanges)
    target = _prepared(out)
    with _scratch(target) as scratch:
        running = open_engine(engine, settings, scratch / "engine", threads=_threads(settings))
        try:
            read = _load(running, paths, accounts, settings, Window(since, until), progress)
            result = replay_steps(
                running, read.missing, settings.judgement.false_discovery_rate, step, progress
            )
        finally:
            running.close()
        if target is not None:
            staged = scratch / "out"
            staged.mkdir()
            tables = {name: getattr(result.scored, name) for name in TABLES if name != "quarantine"}
            tables |= {"runs": result.runs, "named": result.named, "replay": result.first}
            tables["quarantine"] = read.read.quarantine
            for name, table in tables.items():
                pq.write_table(table, staged / f"{name}.parquet", compression="zstd")
            _publish(staged, target)
    return result


def fingerprint_logs(
    exchanges: Sequence[str | Path],
    *,
    out: str | Path,
    accounts: str | Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    config: str | Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Runs the fingerprint stage alone, where the text is; `scan` reads what it writes where the text is not.

    out  gets fingerprints.parquet, accounts.parquet, quarantine.parquet and fingerprints.json
    """
    settings = read_settings(Path(config) if config else None)
    target = _prepared(out)
    if target is None:
        raise InvalidConfiguration("No folder to write to.", hint="Name one with --out DIR.")
    with _scratch(target) as scratch:
        engine = DuckEngine(
            scratch / "engine", threads=_threads(settings), memory=settings.resources.memory_mib << 20
        )
        try:
            read = _load(
                engine, list(exchanges), accounts, settings, Window(since, until), progress or Progress()
            )
            staged = scratch / "out"
            staged.mkdir()
            shutil.move(str(engine.scratch / "prints.parquet"), staged / "fingerprints.parquet")
            pq.write_table(
                engine.to_arrow("accounts", "account_id"), staged / "accounts.parquet", compression="zstd"
            )
        finally:
            engine.close()
        pq.write_table(read.read.quarantine, staged / "quarantine.parquet", compression="zstd")
        manifest = {
            "version": __version__,
            "key_id": read.key_id,
            "rows": read.read.rows,
            "exchanges": read.read.kept,
            "quarantined": read.read.quarantine.num_rows,
            "outside_window": read.outside_window,
            "missing": sorted(read.missing),
            "inputs": read.inputs,
        }
        (staged / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        _publish(staged, target)
    return manifest


def relational_plan(dialect: str) -> str:
    """Every relational step of a scan in its order, as statements in the dialect of a warehouse.

    dialect  one of `engines.dialect.DIALECTS`
    raises   InvalidConfiguration for another one
    """
    from stillwatch.engines.listing import Recorder, statements

    with tempfile.TemporaryDirectory(prefix="stillwatch-") as scratch:
        recorder = Recorder(DuckEngine(Path(scratch) / "engine", threads=1, memory=128 << 20))
        try:
            # A run without rows takes every step that a run with rows takes.
            recorder.map_batches("prints", (), FINGERPRINTS, lambda _: None)
            recorder.put("accounts", ACCOUNT_PRINTS.empty_table())
            judge(recorder, frozenset(), 0.01, Progress())
        finally:
            recorder.close()
    return ";\n\n".join(statements(recorder.plan, dialect)) + ";\n"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the first stage left besides its tables; `outside_window` counts exchanges."""

    read: Read
    outside_window: int
    missing: frozenset[str]
    inputs: list[dict[str, Any]]
    key_id: str


def _load(
    engine: Engine,
    paths: Sequence[str | Path],
    accounts: str | Path | None,
    settings: Settings,
    window: Window,
    progress: Progress,
) -> Loaded:
    if _is_fingerprints(paths):
        if accounts is not None:
            raise InvalidConfiguration(
                f"{paths[0]} holds fingerprints, and those of its accounts with them.",
                hint="Give --accounts to `stillwatch fingerprint`, and leave it out here.",
            )
        return _load_fingerprints(engine, Path(paths[0]), window, progress)
    reader = open_exchanges(paths, settings.exchanges or None, settings.format)
    account_table, account_quarantine = (
        (None, QUARANTINE.empty_table())
        if accounts is None
        else read_accounts(Path(accounts), settings.accounts or None)
    )
    key = fingerprint_key(settings)
    progress.stage("fingerprint", None)
    load_models()  # what is wrong with the installation is said before any log is read
    read = fingerprint(engine, reader, account_table, key, window, progress)
    quarantine = pa.concat_tables([read.quarantine, account_quarantine])
    known = set(reader.columns_present)
    if account_table is not None:
        known |= {
            f"accounts.{n}"
            for n in account_table.column_names
            if account_table[n].null_count < len(account_table)
        }
    missing = frozenset(name for name in COSTS if name not in known)
    return Loaded(
        Read(read.rows, read.kept, quarantine),
        read.rows - read.kept - read.quarantine.num_rows,
        frozenset(name.removeprefix("accounts.") for name in missing),
        [{"name": i.name, "bytes": i.bytes, "sha256": i.sha256} for i in reader.hash_inputs()],
        key.key_id,
    )


def _is_fingerprints(paths: Sequence[str | Path]) -> bool:
    return len(paths) == 1 and (Path(paths[0]) / _MANIFEST).is_file()


def _load_fingerprints(engine: Engine, folder: Path, window: Window, progress: Progress) -> Loaded:
    tables = {"fingerprints": FINGERPRINTS, "accounts": ACCOUNT_PRINTS, "quarantine": QUARANTINE}
    again = "Run `stillwatch fingerprint` again with this version."
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        counted = {name: int(manifest[name]) for name in ("rows", "exchanges", "outside_window")}
        described = frozenset(manifest["missing"]), list(manifest["inputs"]), str(manifest["key_id"])
        for name, schema in tables.items():
            absent = set(schema.names) - set(pq.read_schema(folder / f"{name}.parquet").names)
            if absent:
                raise InvalidInput(
                    f"{folder / name}.parquet lacks {', '.join(sorted(absent))}; version "
                    f"{manifest.get('version')} wrote it.",
                    hint=again,
                )
        quarantine = pq.read_table(folder / "quarantine.parquet").cast(QUARANTINE)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{folder} is no whole folder of fingerprints: {error}", hint=again) from error
    progress.stage("fingerprint", None)
    engine.scan("all_fingerprints", folder / "fingerprints.parquet")
    engine.run(window.step("prints", "all_fingerprints"))
    engine.scan("accounts", folder / "accounts.parquet")
    kept = int(engine.query("SELECT count(*) AS n FROM prints")["n"][0].as_py())
    outside = counted["outside_window"] + counted["exchanges"] - kept
    progress.advance(kept)
    return Loaded(Read(counted["rows"], kept, quarantine), outside, *described)


def fingerprint_key(settings: Settings) -> FingerprintKey:
    """The secret that names fingerprints: from STILLWATCH_KEY, the key file, or made for this run."""
    value = os.environ.get(KEY_VARIABLE)
    if value:
        return FingerprintKey.from_hex(value)
    if settings.key_file is not None:
        return FingerprintKey.from_file(settings.key_file)
    return FingerprintKey.random()


def write_findings(findings: Findings, out: Path, excerpts: pa.Table | None = None) -> None:
    """Writes every table, the summary and the report into `out`: all of them, or none."""
    from stillwatch.report import render_html

    with _scratch(out) as scratch:
        staged = scratch / "out"
        staged.mkdir()
        for name in TABLES:
            pq.write_table(getattr(findings, name), staged / f"{name}.parquet", compression="zstd")
        if excerpts is not None:
            pq.write_table(excerpts, staged / _EXCERPTS, compression="zstd")
        (staged / "summary.json").write_text(json.dumps(findings.summary, indent=2) + "\n", encoding="utf-8")
        (staged / "report.html").write_text(render_html(findings), encoding="utf-8")
        if excerpts is None:
            (out / _EXCERPTS).unlink(missing_ok=True)  # those of an earlier run are not this one's
        _publish(staged, out)


def _publish(staged: Path, out: Path) -> None:
    for path in sorted(staged.iterdir()):
        path.replace(out / path.name)


def _prepared(out: str | Path | None) -> Path | None:
    if out is None:
        return None
    target = Path(out)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidConfiguration(
            f"Can't make the output folder {target}: {error.strerror}.", hint="Name another with --out DIR."
        ) from error
    if not os.access(target, os.W_OK | os.X_OK):
        raise InvalidConfiguration(
            f"No right to write to the output folder {target}.", hint="Name another with --out DIR."
        )
    return target


@contextmanager
def _scratch(out: Path | None) -> Iterator[Path]:
    """A folder beside the output, so that a rename is enough at the end; gone afterwards, come what may."""
    folder = Path(tempfile.mkdtemp(prefix=".stillwatch-", dir=out))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _threads(settings: Settings) -> int:
    return settings.resources.threads or os.cpu_count() or 1


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
               epoch_us(min(first_seen)) AS since, epoch_us(max(last_seen)) AS until FROM people""").to_pylist()[0]
    for end in ("since", "until"):
        if row[end] is not None:
            row[end] = datetime.fromtimestamp(row[end] // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return row


def _summary(
    settings: Settings,
    window: Window,
    read: Loaded,
    scored: Scored,
    quarantine: pa.Table,
    facts: dict[str, Any],
    clock: Clock,
) -> dict[str, Any]:
    described = settings.model_dump(mode="json", exclude={"resources", "key_file", "spark"})
    described["window"] = [str(window.since), str(window.until)]
    actionable = sum(scored.campaigns["actionable"].to_pylist())
    return {
        "version": __version__,
        "window": {"since": facts["since"], "until": facts["until"]},
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
        "missing": [
            {"column": name, "cost": cost}
            for name, cost in COSTS.items()
            if name.removeprefix("accounts.") in read.missing
        ],
        "fdr": settings.judgement.false_discovery_rate,
        "key_id": read.key_id,
        "inputs": read.inputs,
        "config_hash": hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest(),
        "timings": clock.seconds,
        "peak_memory_bytes": _peak_memory(),
    }


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _excerpts(
    paths: Sequence[str | Path], settings: Settings, attributed: pa.Table, each: int = 20
) -> pa.Table:
    """The first 240 characters of the first `each` attributed prompts of every campaign."""
    wanted: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for exchange, sent, campaign in zip(
        attributed["exchange_id"].to_pylist(),
        attributed["ts"].cast(pa.int64()).to_pylist(),
        attributed["campaign_id"].to_pylist(),
        strict=True,
    ):
        if counts.get(campaign, 0) < each:
            wanted[exchange, sent] = campaign
            counts[campaign] = counts.get(campaign, 0) + 1
    rows = []
    if wanted:
        for batch in open_exchanges(paths, settings.exchanges or None, settings.format):
            names = batch.exchanges["exchange_id"].to_pylist()
            times = batch.exchanges["ts"].cast(pa.int64()).to_pylist()
            for at, name in enumerate(zip(names, times, strict=True)):
                # A row that came twice under one id is shown once.
                campaign = wanted.pop(name, "")
                if campaign:
                    text = batch.exchanges["prompt"][at].as_py() or ""
                    rows.append({"campaign_id": campaign, "exchange_id": name[0], "excerpt": text[:240]})
    rows.sort(key=lambda r: (r["campaign_id"], r["exchange_id"]))
    schema = pa.schema([("campaign_id", pa.string()), ("exchange_id", pa.string()), ("excerpt", pa.string())])
    return pa.Table.from_pylist(rows, schema)
