"""The relational plan of a scan, written down from a run of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa

from stillwatch.engines.duck import DuckEngine
from stillwatch.engines.listing import Given, Recorder
from stillwatch.engines.plan import Step
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.pipeline import Progress, judge

_ENDS = ("", "\U0010ffff")
"""The first and the last account id that there can be: the one range of accounts of the plan holds all."""


def recorded() -> tuple[Given | Step, ...]:
    """Every step of a scan, and every table that no step makes, in their order."""
    with tempfile.TemporaryDirectory(prefix="stillwatch-") as scratch:
        recorder = Recorder(DuckEngine(Path(scratch) / "engine", threads=1, memory=128 << 20))
        try:
            # A run with hardly a row takes every step that another takes.
            recorder.map_batches("prints", _rows(), FINGERPRINTS, lambda _: None)
            recorder.put("accounts", ACCOUNT_PRINTS.empty_table())
            judge(recorder, frozenset(), 0.01, Progress())
        finally:
            recorder.close()
    return tuple(recorder.plan)


def _rows() -> list[pa.RecordBatch]:
    rows = [
        {"exchange_id": end, "id_derived": False, "ts": 0, "account_id": end, "source": "", "line": number}
        for number, end in enumerate(_ENDS)
    ]
    complete = [{name: row.get(name) for name in FINGERPRINTS.names} for row in rows]
    table = pa.Table.from_pylist(complete, FINGERPRINTS)
    return list(table.to_batches())
