"""Where fingerprints come from: logs, or a lake; and how logs get into a lake."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, time, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.budget import engine_memory, enough, threads
from stillwatch.costs import COSTS
from stillwatch.engines.choice import open_engine
from stillwatch.engines.plan import Engine
from stillwatch.errors import InvalidConfiguration, InvalidInput
from stillwatch.fingerprint import FingerprintKey, load_models
from stillwatch.ingest import ExchangeReader, account_files, open_exchanges, read_accounts
from stillwatch.lake import Change, Manifest, Writer, is_lake, read_manifest, reading, write_day, writing
from stillwatch.lake.files import DayPart
from stillwatch.lake.intact import first_changed
from stillwatch.lake.layout import PRINTS, ROWS_IN_GROUP, day_of
from stillwatch.lake.manifest import File
from stillwatch.model.exchanges import DAY, QUARANTINE
from stillwatch.model.fingerprints import ACCOUNT_PRINTS
from stillwatch.model.settings import Settings
from stillwatch.pipeline import Progress, Read, Window, fingerprint

KEY_VARIABLE = "STILLWATCH_KEY"

_ACCOUNT_COLUMNS = {"org_id": "org_hash", "email_domain": "email_domain_hash", "signup_ip": "signup_ip_hash"}
"""Columns of ACCOUNTS that have another name in ACCOUNT_PRINTS."""


@dataclass(frozen=True, slots=True)
class Logs:
    """Logs to read: files, folders or globs, and what is known of the accounts."""

    paths: Sequence[str | Path]
    accounts: str | Path | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the first stage left besides its tables.

    outside_window  exchanges that the window leaves out
    missing         names of COSTS of which nothing is known
    inputs          name, size and SHA-256 of each file
    bytes           size of the fingerprints on disk
    unreadable      column → how many of its optional values could not be read, and are taken for missing
    skipped         what stands in the logs and is no exchange → how often
    change          what a lake took in for it
    """

    read: Read
    outside_window: int
    missing: frozenset[str]
    inputs: list[dict[str, Any]]
    key_id: str
    bytes: int
    unreadable: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    change: Change | None = None

    @property
    def unknown(self) -> frozenset[str]:
        """The missing columns by their plain names, as the score room asks for them."""
        return frozenset(name.removeprefix("accounts.") for name in self.missing)


def key_is_given(settings: Settings) -> bool:
    """Whether a later run can name fingerprints as this one does."""
    return bool(os.environ.get(KEY_VARIABLE)) or settings.key_file is not None


def fingerprint_key(settings: Settings) -> FingerprintKey:
    """The secret that names fingerprints: from STILLWATCH_KEY, the key file, or made for this run."""
    value = os.environ.get(KEY_VARIABLE)
    if value:
        return FingerprintKey.from_hex(value)
    if settings.key_file is not None:
        return FingerprintKey.from_file(settings.key_file)
    return FingerprintKey.random()


@contextmanager
def opened_engine(scratch: Path, settings: Settings, name: str = "duckdb") -> Iterator[Engine]:
    """The engine of that name, whose data on this machine lie in a folder inside `scratch`."""
    with enough(scratch, settings, lambda: 0):
        memory = engine_memory(settings)
        engine = open_engine(name, settings, scratch / "engine", threads=threads(settings), memory=memory)
    try:
        yield engine
    finally:
        engine.close()


def load_logs(
    engine: Engine,
    logs: Logs,
    key: FingerprintKey,
    settings: Settings,
    window: Window,
    progress: Progress,
) -> Loaded:
    """Leaves `prints` and `accounts` of the logs in the engine."""
    reader = (
        open_exchanges(logs.paths, settings.exchanges or None, settings.format)
        if logs.paths
        else ExchangeReader(())
    )
    account_table, account_quarantine = _accounts(logs, settings)
    progress.stage("fingerprint", None)
    with enough(
        engine.scratch, settings, lambda: _spooled(engine) * reader.total_bytes / max(reader.bytes_read, 1)
    ):
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
    return Loaded(
        Read(read.rows, read.kept, quarantine),
        read.rows - read.kept - read.quarantine.num_rows,
        frozenset(name for name in COSTS if name not in known),
        [
            {"name": i.name, "bytes": i.bytes, "sha256": i.sha256}
            for i in (
                *reader.hash_inputs(),
                *(account_files(logs.accounts) if logs.accounts is not None else ()),
            )
        ],
        key.key_id,
        _spooled(engine),
        dict(sorted(reader.coerced.items())),
        dict(sorted(reader.skipped.items())),
    )


def _spooled(engine: Engine) -> int:
    """Bytes of the table `prints` on disk."""
    path = engine.scratch / "prints.parquet"
    return path.stat().st_size if path.is_file() else 0


@contextmanager
def lake_in(
    engine: Engine, root: Path, settings: Settings, window: Window, progress: Progress
) -> Iterator[Loaded]:
    """Leaves `prints` and `accounts` of a lake in the engine, for as long as the block lasts.

    Days outside the window are not read.
    raises  InvalidInput when the folder is no lake, or a file of it is not what the manifest says
    """
    with reading(root):
        manifest = read_manifest(root)
        progress.stage("lake", None)
        days = manifest.within(window.since, window.until).values()
        at_once = threads(settings)
        held = [file for day in days for file in day.fingerprints]
        files = _checked(root, held, PRINTS, at_once)
        size = sum(file.bytes for file in held)
        with enough(engine.scratch, settings, lambda: size):
            if files:
                engine.scan("all_fingerprints", files)
                engine.run(window.step("prints", "all_fingerprints"))
            else:
                engine.put("prints", PRINTS.empty_table())
            if manifest.accounts is None:
                engine.put("accounts", ACCOUNT_PRINTS.empty_table())
            else:
                engine.scan("accounts", _checked(root, [manifest.accounts.file], ACCOUNT_PRINTS, at_once))
            kept = int(engine.query("SELECT count(*) AS n FROM prints")["n"][0].as_py())
        progress.advance(kept)
        rows = sum(day.rows for day in manifest.days.values())
        quarantine = _quarantine(root, manifest, at_once)
        yield Loaded(
            Read(rows + quarantine.num_rows, kept, quarantine),
            rows - kept,
            _missing(manifest),
            [dict(i) for addition in manifest.additions.values() for i in addition.inputs],
            manifest.key_id,
            size,
        )


def add_to_lake(
    root: Path,
    logs: Logs,
    settings: Settings,
    window: Window,
    keep: timedelta | None,
    progress: Progress,
    name: str = "duckdb",
) -> tuple[Change, Loaded]:
    """Fingerprints the logs and puts their days into the lake, which is made where it isn't there.

    `name` is the engine's. This process alone writes into the lake, wherever the logs became fingerprints.
    Without paths, only the accounts or what is kept of the lake change; without accounts either, no key is needed.
    """
    models = load_models().version
    if not logs.paths and logs.accounts is None:
        manifest = read_manifest(root)
        with writing(root, manifest.key_id, manifest.models) as writer:
            return writer.commit((), keep=keep), Loaded(
                Read(0, 0, QUARANTINE.empty_table()), 0, frozenset(), [], manifest.key_id, 0
            )
    key = fingerprint_key(settings)
    with writing(root, key.key_id, models) as writer, opened_engine(writer.folder, settings, name) as engine:
        loaded = load_logs(engine, logs, key, settings, window, progress)
        progress.part("days")
        with enough(writer.folder, settings, lambda: loaded.bytes):
            days = list(_days(engine, writer))
            _keeps_whole_days(root, days, window)
            change = writer.commit(
                days,
                accounts=engine.to_arrow("accounts"),
                quarantine=loaded.read.quarantine,
                missing=sorted(n for n in loaded.missing if not n.startswith("accounts.")),
                inputs=loaded.inputs,
                keep=keep,
            )
    return change, loaded


def _keeps_whole_days(root: Path, parts: Iterable[DayPart], window: Window) -> None:
    """Raises InvalidConfiguration where the window cuts a day that the lake holds more of: the rest would be lost."""
    rows: Counter[date] = Counter()
    for part in parts:
        rows[part.day] += part.file.rows
    held = read_manifest(root).days if is_lake(root) else {}
    for option, bound in (("--since", window.since), ("--until", window.until)):
        if bound is None:
            continue
        day, clock = bound.astimezone(UTC).date(), bound.astimezone(UTC).time()
        if clock != time() and day in held and rows[day] < held[day].rows:
            raise InvalidConfiguration(
                f"{root} holds {held[day].rows:,} exchanges of {day}; {option} {bound.isoformat()} leaves {rows[day]:,}, "
                "which would take their place.",
                hint=f"Name a midnight, such as {option} {day}, or scan the lake itself: stillwatch scan --lake {root}",
            )


def _days(engine: Engine, writer: Writer) -> Iterator[DayPart]:
    """The table `prints` as files of the lake, a day each.

    Rows are put in order, so that files don't depend on the logs' order, and an account's rows stand together.
    """
    ordered = engine.stream(
        f"""SELECT * FROM prints
            ORDER BY epoch_us(ts) // {DAY}, account_id, ts, exchange_id, prompt_bytes, prompt_hash, system_hash,
                     source, line""",
        ROWS_IN_GROUP,
    )
    for day, pieces in groupby(_cut_at_midnight(ordered), key=lambda piece: piece[0]):
        yield write_day(writer.folder, day, (batch for _, batch in pieces))


def _cut_at_midnight(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[date, pa.RecordBatch]]:
    for batch in batches:
        days = batch["ts"].cast(pa.int64()).to_numpy() // DAY
        edges = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(days)]
        for start, end in pairwise(edges):
            if end > start:
                yield day_of(int(days[start]) * DAY), batch.slice(start, end - start)


def _accounts(logs: Logs, settings: Settings) -> tuple[pa.Table | None, pa.Table]:
    if logs.accounts is None:
        return None, QUARANTINE.empty_table()
    return read_accounts(Path(logs.accounts), settings.accounts or None)


def _quarantine(root: Path, manifest: Manifest, at_once: int) -> pa.Table:
    files = [a.quarantine for a in manifest.additions.values() if a.quarantine is not None]
    paths = _checked(root, files, QUARANTINE, at_once)
    tables = [pq.read_table(path, partitioning=None).cast(QUARANTINE) for path in paths]
    return pa.concat_tables([QUARANTINE.empty_table(), *tables])


def _missing(manifest: Manifest) -> frozenset[str]:
    """Columns that no addition had, and columns of the accounts that hold nothing."""
    lacked = [set(addition.missing) for addition in manifest.additions.values()]
    known = set() if manifest.accounts is None else set(manifest.accounts.known)
    accounts = {
        name
        for name in COSTS
        if name.startswith("accounts.")
        and _ACCOUNT_COLUMNS.get(name.removeprefix("accounts."), name.removeprefix("accounts.")) not in known
    }
    return frozenset((set.intersection(*lacked) if lacked else set()) | accounts)


def _checked(root: Path, files: Sequence[File], schema: pa.Schema, at_once: int) -> list[Path]:
    """The paths of files that have the columns that they should, and the bytes that were written.

    at_once  files to be read at a time
    raises  InvalidInput when a file is gone, damaged or changed
    """
    hint = "Put the day's logs into the lake again, or make a new lake."
    for file in files:
        path = root / file.name
        try:
            found = path.stat().st_size
            if found != file.bytes:
                raise InvalidInput(
                    f"{path} has {found:,} bytes, where the manifest says {file.bytes:,}.", hint=hint
                )
            absent = set(schema.names) - set(pq.read_schema(path).names)
        except (OSError, pa.ArrowInvalid) as error:
            raise InvalidInput(f"{path} can't be read: {error}", hint=hint) from error
        if absent:
            raise InvalidInput(f"{path} lacks {', '.join(sorted(absent))}.", hint=hint)
    changed = first_changed(root, files, at_once)
    if changed is not None:
        raise InvalidInput(
            f"{root / changed.name} is no longer what was written: its SHA-256 is not the manifest's.",
            hint=hint,
        )
    return [root / file.name for file in files]
