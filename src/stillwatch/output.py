"""What a run writes: every file of it, or none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.engines.scratch import workspace
from stillwatch.errors import InvalidConfiguration
from stillwatch.ingest import open_exchanges
from stillwatch.model.result import Findings
from stillwatch.model.settings import Settings

TABLES = (
    "campaigns",
    "members",
    "attributed",
    "evidence",
    "contest",
    "shared",
    "wording",
    "ordinary",
    "quarantine",
)
"""Files of a scan's output that hold tables, in the order of reading."""

FOUND = TABLES[:-1]
"""Those that tell what was found; the last one tells what could not be read."""

EXCERPTS = 20
"""Prompts of a campaign whose first words are shown, where that was asked for."""

_EXCERPTS = "excerpts.parquet"

OPTIONAL = frozenset({_EXCERPTS, "runs.parquet", "named.parquet", "replay.parquet"})
"""Files that some runs write: excerpts that were asked for, and what a replay tells."""


def prepared(out: str | Path | None) -> Path | None:
    """The output folder, made where it isn't there; None for none.

    raises  InvalidConfiguration when it can't be made or written to
    """
    if out is None:
        return None
    target = Path(out)
    try:
        str(target).encode()
    except UnicodeEncodeError as error:
        raise InvalidConfiguration(
            f"The name of the output folder, {os.fsencode(target)!r}, is not UTF-8.",
            hint="Name another with --out DIR.",
        ) from error
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


def spare(out: Path | None, inputs: Iterable[Path]) -> None:
    """Raises InvalidConfiguration when a file that is read has the place of one that will be written."""
    names = {f"{name}.parquet" for name in TABLES} | OPTIONAL | {"summary.json", "report.html"}
    for path in inputs if out is not None else ():
        if path.name in names and path.resolve().parent == Path(out or "").resolve():
            raise InvalidConfiguration(
                f"{path} is read, and a file of that name would be written in its place.",
                hint="Name another output folder with --out DIR.",
            )


def write_findings(
    findings: Findings,
    out: Path,
    excerpts: pa.Table | None = None,
    more: Mapping[str, pa.Table] | None = None,
) -> None:
    """Writes every table, the summary and the report into `out`: all of them, or none.

    more  tables besides those of a scan, by the name of their file
    """
    from stillwatch.report import render_html

    def fill(staged: Path) -> None:
        write_tables({name: getattr(findings, name) for name in TABLES} | dict(more or {}), staged)
        if excerpts is not None:
            pq.write_table(excerpts, staged / _EXCERPTS, compression="zstd")
        (staged / "summary.json").write_text(json.dumps(findings.summary, indent=2) + "\n", encoding="utf-8")
        (staged / "report.html").write_text(render_html(findings), encoding="utf-8")

    publish(out, fill)
    # What an earlier run left besides is not this one's.
    written = {_EXCERPTS} if excerpts is not None else set()
    written |= {f"{name}.parquet" for name in more or ()}
    for name in OPTIONAL - written:
        (out / name).unlink(missing_ok=True)


def write_tables(tables: Mapping[str, pa.Table], folder: Path) -> None:
    """Each table as a file of its name."""
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def publish(out: Path, fill: Callable[[Path], None]) -> None:
    """Has `fill` write into a hidden folder inside `out`, then moves all that is there into place."""
    with workspace(out) as scratch:
        staged = scratch / "out"
        staged.mkdir()
        fill(staged)
        for path in staged.iterdir():
            if (out / path.name).is_dir():
                raise InvalidConfiguration(
                    f"{out / path.name} is a folder, where a file is to be written.",
                    hint="Name another output folder with --out DIR.",
                )
        for path in sorted(staged.iterdir()):
            path.replace(out / path.name)


def first_words(paths: Sequence[str | Path], settings: Settings, attributed: pa.Table) -> pa.Table:
    """The first 240 characters of the first EXCERPTS attributed prompts of every campaign."""
    wanted: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for exchange, sent, campaign in zip(
        attributed["exchange_id"].to_pylist(),
        attributed["ts"].cast(pa.int64()).to_pylist(),
        attributed["campaign_id"].to_pylist(),
        strict=True,
    ):
        if counts.get(campaign, 0) < EXCERPTS:
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
            if not wanted:
                break
    rows.sort(key=lambda r: (r["campaign_id"], r["exchange_id"]))
    schema = pa.schema([("campaign_id", pa.string()), ("exchange_id", pa.string()), ("excerpt", pa.string())])
    return pa.Table.from_pylist(rows, schema)
