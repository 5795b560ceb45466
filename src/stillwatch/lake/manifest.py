"""The manifest: the one file that says what a lake holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from stillwatch.errors import InvalidInput
from stillwatch.lake.layout import LAKE_SCHEMA, MANIFEST, start_of
from stillwatch.model.fingerprints import FINGERPRINTS


@dataclass(frozen=True, slots=True)
class File:
    """A file of the lake: name relative to its root, rows, bytes, SHA-256."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day: its exchanges, the addition that brought them, and its files by table."""

    rows: int
    addition: str
    fingerprints: tuple[File, ...]
    indicators: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts table, and which of its columns hold anything."""

    file: File
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Addition:
    """What one run read: the inputs, the rows set apart, and the columns that the logs lack."""

    inputs: tuple[Mapping[str, Any], ...]  # name, bytes, sha256
    missing: tuple[str, ...]
    quarantine: File | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that a reader needs to know before it opens a file.

    key_id     names the key that named the fingerprints; one lake, one key
    models     version of the models that made them; one lake, one version
    columns    of the fingerprints
    days       by UTC day, ascending
    additions  by their id, those that a day still comes from, and the last one
    """

    key_id: str
    models: str
    columns: tuple[str, ...] = tuple(FINGERPRINTS.names)
    days: Mapping[date, Day] = field(default_factory=dict)
    accounts: Accounts | None = None
    additions: Mapping[str, Addition] = field(default_factory=dict)

    def within(self, since: datetime | None, until: datetime | None) -> dict[date, Day]:
        """The days that may hold exchanges from `since` on and before `until`."""
        return {
            day: held
            for day, held in self.days.items()
            if (until is None or start_of(day) < until)
            and (since is None or since.timestamp() < start_of(day).timestamp() + 86_400)
        }

    def files(self) -> set[str]:
        """The names of all files that belong to the lake."""
        return {file.name for file in self._files()}

    def _files(self) -> Iterable[File]:
        for day in self.days.values():
            yield from day.fingerprints
            yield from day.indicators
        if self.accounts is not None:
            yield self.accounts.file
        yield from (a.quarantine for a in self.additions.values() if a.quarantine is not None)

    def to_json(self) -> str:
        """The manifest's bytes: the same content gives the same."""
        return (
            json.dumps(
                {
                    "lake": LAKE_SCHEMA,
                    "key_id": self.key_id,
                    "models": self.models,
                    "columns": self.columns,
                    "accounts": None if self.accounts is None else asdict(self.accounts),
                    "additions": {name: asdict(value) for name, value in sorted(self.additions.items())},
                    "days": {day.isoformat(): asdict(held) for day, held in sorted(self.days.items())},
                },
                indent=1,
            )
            + "\n"
        )


def read_manifest(root: Path) -> Manifest:
    """The manifest of the lake at `root`.

    raises  InvalidInput when there is none, or it can't be read by this version
    """
    path = root / MANIFEST
    again = "Run `stillwatch fingerprint` again with this version, into another folder."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(
            f"{root} is no lake: it holds no {MANIFEST}.",
            hint=f"Make one with: stillwatch fingerprint LOGS --lake {root}",
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} can't be read: {error}", hint=again) from error
    found = content.get("lake") if isinstance(content, dict) else None
    if found != LAKE_SCHEMA:
        raise InvalidInput(
            f"{path} is of lake schema {found!r}; this version reads {LAKE_SCHEMA}.", hint=again
        )
    try:
        manifest = _parsed(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"{path} is damaged: {error!r}", hint=again) from error
    lacking = [name for name in FINGERPRINTS.names if name not in manifest.columns]
    if lacking:
        raise InvalidInput(f"{root} was written by a version that knew no {', '.join(lacking)}.", hint=again)
    return manifest


def _parsed(content: Mapping[str, Any]) -> Manifest:
    accounts = content["accounts"]
    return Manifest(
        str(content["key_id"]),
        str(content["models"]),
        tuple(content["columns"]),
        {
            date.fromisoformat(day): Day(
                int(held["rows"]),
                str(held["addition"]),
                tuple(File(**file) for file in held["fingerprints"]),
                tuple(File(**file) for file in held["indicators"]),
            )
            for day, held in content["days"].items()
        },
        None if accounts is None else Accounts(File(**accounts["file"]), tuple(accounts["known"])),
        {
            name: Addition(
                tuple(value["inputs"]),
                tuple(value["missing"]),
                None if value["quarantine"] is None else File(**value["quarantine"]),
            )
            for name, value in content["additions"].items()
        },
    )
