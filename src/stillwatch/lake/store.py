"""Adding to a lake: all of it or nothing, whatever happens in between."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.engines.scratch import workspace
from stillwatch.errors import InvalidInput
from stillwatch.lake.files import DayPart, Written, sync_folder, write_table
from stillwatch.lake.layout import Layout, is_lake
from stillwatch.lake.locks import committing, no_readers
from stillwatch.lake.manifest import Accounts, Addition, Day, File, Manifest, read_manifest
from stillwatch.model.exchanges import QUARANTINE
from stillwatch.model.fingerprints import ACCOUNT_PRINTS
from stillwatch.model.tables import conform

NO_GAP = timedelta(days=366)
"""Logs that come so long after those that a lake holds have a wrong time, and are no reason to drop what it holds."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit did.

    added     exchanges by day
    replaced  exchanges that the lake held before of those days, by day
    dropped   days that were older than is kept
    manifest  what the lake holds now
    """

    added: Mapping[date, int]
    replaced: Mapping[date, int]
    dropped: tuple[date, ...]
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Writer:
    """One addition under way. Nothing of it is in the lake before `commit` ends, and all of it then.

    root    the lake
    folder  workspace of this writer alone, on the lake's file system; gone in the end
    """

    root: Path
    folder: Path
    key_id: str
    models: str

    def commit(
        self,
        parts: Iterable[DayPart],
        *,
        accounts: pa.Table | None = None,
        quarantine: pa.Table | None = None,
        missing: Sequence[str] = (),
        inputs: Sequence[Mapping[str, Any]] = (),
        keep: timedelta | None = None,
    ) -> Change:
        """Adds the days; a day that the lake holds already is replaced. May be called once.

        accounts    ACCOUNT_PRINTS; a row replaces the one that the lake has of the same account
        quarantine  QUARANTINE of the rows that were set apart
        missing     names of columns (as in `costs`) that the logs lack
        inputs      name, bytes and sha256 of each file that was read
        keep        days so long before the newest one's end leave the lake
        raises      InvalidInput when the lake has another key or other models; LakeBusy
        """
        layout = Layout(self.root)
        parts = sorted(parts, key=lambda p: (p.day, p.part))
        with committing(self.root):
            before = _matching(self.root, self.key_id, self.models)
            set_apart = None
            if quarantine is not None and len(quarantine):
                table = conform(quarantine, QUARANTINE, "lake → QUARANTINE")
                written = write_table(self.folder / "quarantine.parquet", table)
                set_apart = _placed(layout, layout.root / "quarantine", "quarantine", written)
            described = Addition(tuple(dict(i) for i in inputs), tuple(sorted(missing)), set_apart)
            name = _name(described, parts)
            days = dict(before.days)
            added: dict[date, Day] = {}
            for part in parts:
                file = _placed(layout, layout.day(part.day), f"fingerprints-{part.part}", part.file)
                shown = _placed(layout, layout.day(part.day), f"indicators-{part.part}", part.indicators)
                held = added.get(part.day, Day(0, name, (), ()))
                added[part.day] = replace(
                    held,
                    rows=held.rows + file.rows,
                    fingerprints=(*held.fingerprints, file),
                    indicators=(*held.indicators, shown),
                )
            replaced = {day: days[day].rows for day in added if day in days}
            days.update(added)
            dropped: tuple[date, ...] = ()
            if keep is not None and days:
                oldest = max(days) - keep + timedelta(days=1)
                dropped = tuple(sorted(day for day in days if day < oldest))
            days = {day: days[day] for day in sorted(days) if day not in dropped}
            if (
                keep is not None
                and dropped
                and added
                and before.days
                and max(added) - max(before.days) > NO_GAP
            ):
                raise InvalidInput(
                    f"Keeping {keep.days} days would drop {len(dropped):,} that the lake holds, for {max(added)} is new.",
                    hint="One exchange with a wrong time does that: leave it out with --until. If the time is right, put "
                    "the logs in without --keep, and drop days afterwards: stillwatch fingerprint --lake DIR --keep 90d",
                )
            additions = {**before.additions, name: described}
            alive = {held.addition for held in days.values()}
            if described != Addition((), (), None):
                alive.add(name)
            gone = [before.days[day] for day in dropped if day in before.days]
            after = replace(
                before,
                days=days,
                accounts=self._accounts(layout, before, accounts, _silent(layout, gone, days.values())),
                additions={n: additions[n] for n in sorted(alive)},
            )
            _publish(layout, self.folder, after)
            sweep(self.root, after)
        return Change({day: held.rows for day, held in added.items()}, replaced, dropped, after)

    def _accounts(
        self, layout: Layout, before: Manifest, new: pa.Table | None, silent: pa.Array
    ) -> Accounts | None:
        """The accounts table with newer rows in place of older ones, without the older ones of `silent` accounts."""
        if not len(silent) and (new is None or not len(new)):
            return before.accounts
        table = conform(
            ACCOUNT_PRINTS.empty_table() if new is None else new, ACCOUNT_PRINTS, "lake → ACCOUNTS"
        )
        if before.accounts is not None:
            path = layout.root / before.accounts.file.name
            old = conform(pq.read_table(path, partitioning=None), ACCOUNT_PRINTS, "lake → ACCOUNTS")
            for others in (table["account_id"].combine_chunks(), silent):
                old = old.filter(pc.invert(pc.is_in(old["account_id"], value_set=others)))
            table = pa.concat_tables([table, old])
        if not len(table):
            return None
        table = table.sort_by("account_id")
        written = write_table(self.folder / "accounts.parquet", table)
        known = tuple(n for n in table.column_names if table[n].null_count < len(table))
        return Accounts(_placed(layout, layout.root / "accounts", "accounts", written), known)


def _silent(layout: Layout, gone: Iterable[Day], kept: Iterable[Day]) -> pa.Array:
    """Accounts that show in days that leave the lake and in none that stays."""
    left, there = _seen(layout, gone), None
    if len(left):
        there = _seen(layout, kept)
    return left if there is None else left.filter(pc.invert(pc.is_in(left, value_set=there)))


def _seen(layout: Layout, days: Iterable[Day]) -> pa.Array:
    found = pa.array([], pa.string())
    for day in days:
        for file in day.indicators:
            ids = pq.read_table(layout.root / file.name, columns=["account_id"], partitioning=None)[
                "account_id"
            ]
            found = pa.concat_arrays([found, pc.unique(ids)]).unique()
    return found


@contextmanager
def writing(root: Path, key_id: str, models: str) -> Iterator[Writer]:
    """A writer of the lake at `root`, which is made when it isn't there.

    key_id  id of the key that names the fingerprints to come
    models  version of the models that make them
    raises  InvalidInput when the folder is no lake and not empty, or a lake of another key or other models
    """
    root.mkdir(parents=True, exist_ok=True)
    if not is_lake(root) and _foreign(root):
        raise InvalidInput(
            f"{root} is no lake and not empty.", hint="Name a folder that isn't there yet, with --lake DIR."
        )
    _matching(root, key_id, models)
    with workspace(root) as folder:
        yield Writer(root, folder, key_id, models)


def _foreign(root: Path) -> bool:
    """Whether a folder without a manifest holds more than a writer leaves that was killed before its first."""
    layout = Layout(root)
    for path in root.iterdir():
        if path.name.startswith("."):
            continue
        if path not in layout.folders or any(p.is_file() and not layout.ours(p) for p in path.rglob("*")):
            return True
    return False


def sweep(root: Path, manifest: Manifest) -> int:
    """Removes files that the manifest doesn't name, unless somebody reads the lake; how many."""
    layout, kept, removed = Layout(root), manifest.files(), 0
    with no_readers(root) as alone:
        for folder in layout.folders if alone else ():
            for path in sorted(folder.rglob("*.parquet")):
                if layout.ours(path) and path.relative_to(root).as_posix() not in kept:
                    path.unlink()
                    removed += 1
                    if path.parent != folder and not any(path.parent.iterdir()):
                        path.parent.rmdir()
    return removed


def _matching(root: Path, key_id: str, models: str) -> Manifest:
    """The lake's manifest, an empty one where there is none yet."""
    if not is_lake(root):
        return Manifest(key_id, models)
    manifest = read_manifest(root)
    if manifest.key_id != key_id:
        raise InvalidInput(
            f"{root} holds fingerprints of key {manifest.key_id}; this run's key is {key_id}, and their names "
            "would never meet.",
            hint="Give the same key as before (STILLWATCH_KEY or key_file), or name another folder with --lake.",
        )
    if manifest.models != models:
        raise InvalidInput(
            f"{root} holds fingerprints of models {manifest.models}; this version has {models}.",
            hint="Fingerprint the logs again, into another folder.",
        )
    return manifest


def _name(described: Addition, parts: Sequence[DayPart]) -> str:
    """The addition's id, from what it is."""
    content = [
        [dict(i) for i in described.inputs],
        described.missing,
        described.quarantine.sha256 if described.quarantine else None,
        [[p.day.isoformat(), p.part, p.file.sha256] for p in parts],
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _placed(layout: Layout, folder: Path, stem: str, written: Written) -> File:
    """Moves a file to its place. Until a manifest names it, it is rubbish that the next commit sweeps up."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stem}-{written.sha256[:16]}.parquet"
    written.path.replace(target)
    return File(target.relative_to(layout.root).as_posix(), written.rows, written.bytes, written.sha256)


def _publish(layout: Layout, folder: Path, manifest: Manifest) -> None:
    """Makes the manifest the lake's: names on the disk first, then one rename."""
    for name in {str(Path(file).parent) for file in manifest.files()}:
        sync_folder(layout.root / name)
    for place in layout.folders:
        if place.is_dir():
            sync_folder(place)
    waiting = folder / layout.manifest.name
    with waiting.open("w", encoding="utf-8") as file:
        file.write(manifest.to_json())
        file.flush()
        os.fsync(file.fileno())
    sync_folder(layout.root)
    waiting.replace(layout.manifest)
    sync_folder(layout.root)
