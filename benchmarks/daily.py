"""Day after day against all at once: `python benchmarks/daily.py`.

A window is judged without its last days; these are then taken in one by one, with the campaigns that stand. What is named
then is counted beside what one scan of everything names. The table goes to docs/daily.md, the numbers behind it to
benchmarks/results/daily.json.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from judgement import share

from stillwatch.app import fingerprint_logs, scan
from stillwatch.evaluate import evaluate
from stillwatch.model.settings import Settings
from stillwatch.scenarios import simulate

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "daily.json"
PRESETS = (
    ("held-out-like", 4), ("reworded", 4), ("word-by-word", 4), ("second-pool", 9), ("mixing-95", 4), ("benign", 4),
)  # fmt: skip
"""What is drawn, and how many days are taken in one by one: the second pool begins after the eighth."""

KEY = "5f" * 32
HEAD = """# Day after day, measured

Simulated traffic of a fortnight with known truth, as in [judgement](judgement.md), seed 1; written by
`python benchmarks/daily.py`. Each preset is judged without its last days, which are then taken in [one by
one](howto/every-day.md), each with the findings of the day before it. Beside it stands one scan of everything. Counts
follow [evaluation](evaluation.md); exchanges are those that any of the runs attributed.

"""


def measure(preset: str, days: int) -> dict[str, Any]:
    """What both ways name of one preset, and how long they take."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = simulate(folder / "traffic", preset, 1, 1.0, None)
        lake = folder / "lake"
        fingerprint_logs(
            [made.path / "exchanges.parquet"],
            lake=lake,
            accounts=made.path / "accounts.parquet",
            config=_settings(folder),
        )
        ends = _ends(made.path / "exchanges.parquet", days)
        outs = [folder / str(number) for number in range(len(ends))]
        seconds = []
        for number, (end, out) in enumerate(zip(ends, outs, strict=True)):
            began = time.perf_counter()
            before = outs[number - 1] if number else None
            scan(lake=lake, until=end, standing=before, out=out, config=_settings(folder))
            seconds.append(time.perf_counter() - began)
        began = time.perf_counter()
        scan(lake=lake, out=folder / "whole", config=_settings(folder))
        whole = time.perf_counter() - began
        return {
            "preset": preset,
            "days": days,
            "first": evaluate(made.path, outs[0]).to_dict(),
            "daily": evaluate(made.path, _together(outs, folder / "together")).to_dict(),
            "whole": evaluate(made.path, folder / "whole").to_dict(),
            "seconds": {"first": seconds[0], "day": sum(seconds[1:]) / days, "whole": whole},
        }


def _settings(folder: Path) -> Settings:
    path = folder / "key"
    path.write_text(KEY, encoding="ascii")
    return Settings(key_file=path)


def _ends(exchanges: Path, days: int) -> list[datetime]:
    """The midnight after which the last days begin, and the one after each of them."""
    last = pc.max(pq.read_table(exchanges, columns=["ts"])["ts"].cast(pa.int64())).as_py()
    midnight = datetime.fromtimestamp(last // 1_000_000, UTC).replace(hour=0, minute=0, second=0) + timedelta(
        days=1
    )
    return [midnight - timedelta(days=left) for left in range(days, -1, -1)]


def _together(outs: list[Path], target: Path) -> Path:
    """The findings of the last run, with the exchanges that all of them attributed."""
    shutil.copytree(outs[-1], target)
    attributed = pa.concat_tables([pq.read_table(out / "attributed.parquet") for out in outs])
    pq.write_table(attributed, target / "attributed.parquet")
    return target


def lines(rows: list[dict[str, Any]]) -> list[str]:
    """The tables."""
    out = [
        "| preset | judged | campaigns found | account recall | precision | innocents named | exchange recall | precision |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        for name, words in (
            ("first", f"without the last {row['days']} days"),
            ("daily", "these day by day"),
            ("whole", "everything at once"),
        ):
            told = row[name]
            out.append(
                f"| {row['preset']} | {words} | {told['found']} of {told['campaigns']} | {share(told['account_recall'])} "
                f"| {share(told['account_precision'])} | {told['innocent_accounts']} "
                f"| {share(told['exchange_recall'])} | {share(told['exchange_precision'])} |"
            )
    out += ["", "| preset | everything at once | one more day |", "|---|---:|---:|"]
    out += [
        f"| {row['preset']} | {row['seconds']['whole']:.1f} s | {row['seconds']['day']:.1f} s |"
        for row in rows
    ]
    return [
        *out,
        "",
        "At this size a day's seconds are mostly what any run takes. What one more day costs beside a window of hundreds of "
        "millions of exchanges is told under [scale](scale.md#one-more-day).",
        "",
    ]


def main() -> None:
    """Measures and writes."""
    rows = [measure(preset, days) for preset, days in PRESETS]
    told = lines(rows)
    (ROOT / "docs" / "daily.md").write_text(HEAD + "\n".join(told), encoding="utf-8")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print("\n".join(told))


if __name__ == "__main__":
    main()
