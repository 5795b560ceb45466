"""The reference case: `python benchmarks/letter.py [--rows N]...` (`make bench-letter ROWS=3000000`).

28.8 million exchanges of a campaign's 25,000 accounts, hidden in 300 million exchanges of a million accounts
over 45 days, or that scaled down. Traffic is drawn at the level of fingerprints, straight to Parquet by day;
then link and score run in a process of their own, and in another one they take in one more day, with the campaigns that
stand since then. Time, peak memory and quality go to benchmarks/results/letter.json, and docs/scale.md is written from all
sizes that lie there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count as count_up
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from crowd import DAY, DAYS, START, account_prints, account_prints_after, crowd, truth
from pydantic import ByteSize
from table import describe_machine
from traffic import parts, write_part

from stillwatch.budget import engine_memory, peak_memory
from stillwatch.engines.duck import DuckEngine
from stillwatch.engines.plan import Step
from stillwatch.evaluate.count import count
from stillwatch.evaluate.folders import Found, Truth
from stillwatch.model.settings import Resources, Settings
from stillwatch.model.standing import Standing
from stillwatch.output import write_tables
from stillwatch.pipeline import Progress, judge
from stillwatch.score.stage import Scored

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "letter.json"
FULL = 300_000_000
SEED = 1
PROCESSES = 2
NEXT = "next"
STANDING = "standing"
STOOD = ("campaigns", "members", "evidence", "contest", "shared", "wording", "ordinary")
BUDGET = Settings(resources=Resources(threads=PROCESSES, memory=ByteSize(8 << 30)))
"""What the process may hold, as `--memory 8GiB` gives it: the engine gets its share of that."""


def generate(folder: Path, rows: int) -> dict[str, Any]:
    """Writes the traffic of the window and its truth: how many exchanges, and how long it took."""
    began = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    people = crowd(rows, SEED)
    done = _draw(folder, rows, range(DAYS))
    pq.write_table(account_prints(people), folder / "accounts.parquet", compression="zstd")
    for name, table in zip(("members", "accounts"), truth(people), strict=True):
        pq.write_table(table, folder / "truth" / f"{name}.parquet")
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    return {
        "rows": sum(rows for rows, _ in done),
        "campaign_rows": sum(bad for _, bad in done),
        "accounts": people.size,
        "bytes": size,
        "seconds": round(time.perf_counter() - began, 1),
    }


def generate_next(folder: Path, rows: int) -> None:
    """Writes the day after the window, with its truth, into a folder inside."""
    people, after = crowd(rows, SEED), folder / NEXT
    shutil.rmtree(after, ignore_errors=True)
    _draw(after, rows, range(DAYS, DAYS + 1))
    pq.write_table(account_prints_after(people), after / "accounts.parquet", compression="zstd")


def _draw(folder: Path, rows: int, days: range) -> list[tuple[int, int]]:
    """Exchanges of each part of some days, and the campaign's among them."""
    folder.mkdir(parents=True)
    jobs = [part for day in days for part in parts(crowd(rows, SEED), day, rows)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        many = len(jobs)
        return list(pool.map(write_part, [folder] * many, [rows] * many, [SEED] * many, jobs))


FILES_EVERY = 20
"""Memory is looked at ten times a second, files every so many looks: to ask for hundreds of them takes a while, which
the work would be charged for."""


class Watch:
    """The largest resident memory of this process since it was last asked, and the most that a folder ever held.

    peak, disk  bytes
    """

    def __init__(self, folder: Path) -> None:
        self.peak = self.disk = 0
        self._folder = folder
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        for number in count_up():
            resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * page
            self.peak = max(self.peak, resident)
            if number % FILES_EVERY == 0:
                with suppress(FileNotFoundError):  # files go while they are counted
                    held = sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())
                    self.disk = max(self.disk, held)
            time.sleep(0.1)


class Measured(DuckEngine):
    """The engine, with a clock on every step: {step: [seconds, processor seconds, peak bytes]}.

    While several steps are under way, each of them is charged an equal part of what is spent.
    """

    def __init__(self, scratch: Path, threads: int, memory: int) -> None:
        super().__init__(scratch, threads=threads, memory=memory)
        self.steps: dict[str, list[float]] = {}
        self.watch = Watch(scratch)
        self._at_work: list[str] = []
        self._charged = time.perf_counter(), sum(os.times()[:2])
        self._lock = threading.Lock()

    def run(self, step: Step) -> None:
        """Runs it."""
        with self._clock(re.sub(r"_\d+$", "", step.name)):
            super().run(step)

    def query(self, sql: str) -> pa.Table:
        """Asks it."""
        with self._clock("results that Python reads"):
            return super().query(sql)

    @contextmanager
    def _clock(self, name: str) -> Iterator[None]:
        with self._lock:
            self._charge()
            self._at_work.append(name)
        yield
        with self._lock:
            self._charge()
            self._at_work.remove(name)

    def _charge(self) -> None:
        """What was spent since the last time, to those at work."""
        clock, spent = time.perf_counter(), sum(os.times()[:2])
        for name in self._at_work:
            told = self.steps.setdefault(name, [0.0, 0.0, 0.0])
            told[0] += (clock - self._charged[0]) / len(self._at_work)
            told[1] += (spent - self._charged[1]) / len(self._at_work)
            told[2] = max(told[2], float(self.watch.peak))
        self._charged, self.watch.peak = (clock, spent), 0


class Stages(Progress):
    """Wall and processor seconds of each part of the work."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}
        self._now: tuple[str, float, float] | None = None

    def stage(self, name: str, total: int | None) -> None:  # noqa: ARG002 - the door's own name
        """A stage begins."""
        self.part(name)

    def part(self, name: str) -> None:
        """A part begins, and the one before ends."""
        clock, spent = time.perf_counter(), sum(os.times()[:2])
        if self._now is not None:
            before, began, had = self._now
            told = self.seconds.setdefault(before, [0.0, 0.0])
            told[0], told[1] = told[0] + clock - began, told[1] + spent - had
        self._now = (name, clock, spent)


def measure(folder: Path) -> dict[str, Any]:
    """Link and score of the traffic in `folder`: seconds, memory and quality; what stands is left for the day after."""
    engine, scored, told = _judged(folder, folder, None)
    write_tables({name: getattr(scored, name) for name in STOOD}, _emptied(folder / STANDING))
    return {
        **told,
        "scratch_bytes": engine.watch.disk,
        "steps": {name: [round(value, 2) for value in times] for name, times in engine.steps.items()},
        "quality": quality(folder, scored),
        "floor": floor(folder),
    }


def measure_next(folder: Path) -> dict[str, Any]:
    """Link and score of the day after the window, with the campaigns that stand: seconds, memory and quality."""
    people = pq.read_metadata(folder / "accounts.parquet").num_rows
    tables = {name: pq.read_table(folder / STANDING / f"{name}.parquet") for name in STOOD}
    acted = tables["campaigns"].filter(tables["campaigns"]["actionable"])["campaign_id"].combine_chunks()
    kept = {
        name: table.filter(pa.compute.is_in(table["campaign_id"], value_set=acted))
        for name, table in tables.items()
        if name != "ordinary"
    }
    until = datetime.fromtimestamp((START + DAYS * DAY) // 1_000_000, UTC)
    _, scored, told = _judged(
        folder, folder / NEXT, Standing(**kept, ordinary=tables["ordinary"], accounts=people, until=until)
    )
    known = set(kept["members"]["account_id"].to_pylist())
    campaigns = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"].combine_chunks()
    named = scored.members.filter(pa.compute.is_in(scored.members["campaign_id"], value_set=campaigns))
    added = set(named["account_id"].to_pylist()) - known
    innocent = pq.read_table(folder / "truth" / "accounts.parquet")
    kinds = dict(zip(*(innocent[name].to_pylist() for name in ("account_id", "archetype")), strict=True))
    rows = pq.ParquetDataset(folder / NEXT / "prints").read(["account_id"])
    fresh = set(rows["account_id"].unique().to_pylist()) - set(kinds)
    return {
        **told,
        "rows": rows.num_rows,
        "fresh": len(fresh),
        "fresh_named": len(fresh & added),
        "innocents": dict(Counter(kinds[name] for name in added - fresh if kinds[name] != "campaign")),
        "also_named": sum(kinds.get(name) == "campaign" for name in added),
        **_exchanges(folder / NEXT, scored, scored.campaigns.filter(scored.campaigns["actionable"])),
    }


def _judged(
    folder: Path, traffic: Path, standing: Standing | None
) -> tuple[Measured, Scored, dict[str, Any]]:
    scratch = _emptied(folder / "scratch")
    engine, stages = Measured(scratch, PROCESSES, engine_memory(BUDGET)), Stages()
    engine.scan("prints", traffic / "prints")
    engine.scan("accounts", traffic / "accounts.parquet")
    began, spent = time.perf_counter(), sum(os.times()[:2])
    scored = judge(engine, frozenset(), 0.05, stages, standing)
    stages.part("end")
    seconds, cpu = time.perf_counter() - began, sum(os.times()[:2]) - spent
    engine.close()
    return (
        engine,
        scored,
        {
            "seconds": round(seconds, 1),
            "cpu_seconds": round(cpu, 1),
            "peak_bytes": peak_memory(),
            "stages": {name: [round(value, 2) for value in told] for name, told in stages.seconds.items()},
        },
    )


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def quality(folder: Path, scored: Scored) -> dict[str, Any]:
    """How well the campaign was found, as the evaluation counts; exchanges are counted in the engine."""
    keep = scored.campaigns["actionable"]
    campaigns = scored.campaigns.filter(keep)
    named = pa.compute.is_in(
        scored.members["campaign_id"], value_set=campaigns["campaign_id"].combine_chunks()
    )
    nothing = pa.table(
        {name: pa.array([], pa.string()) for name in ("exchange_id", "account_id", "campaign")}
    )
    told = Truth(
        members=pq.read_table(folder / "truth" / "members.parquet"),
        exchanges=nothing.append_column("ts", pa.array([], pa.timestamp("us", "UTC"))),
        archetypes=pq.read_table(folder / "truth" / "accounts.parquet"),
    )
    found = Found(campaigns, scored.members.filter(named), nothing.select(["exchange_id"]), None)
    result = count(told, found)
    tops = Counter(campaigns["top_rival"].to_pylist())
    return {
        "campaigns": result.campaigns, "found": result.found, "detected": result.detected,
        "account_recall": result.account_recall, "account_precision": result.account_precision,
        "innocents": dict(result.innocents), "tested": scored.tested, "top_rivals": dict(tops),
    } | _exchanges(folder, scored, campaigns)  # fmt: skip


def _exchanges(folder: Path, scored: Scored, campaigns: pa.Table) -> dict[str, Any]:
    import duckdb

    connection = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder / "spill")})
    connection.register("attributed", scored.attributed)
    connection.register("campaigns", campaigns)
    sent, named, both = connection.execute(f"""
        WITH sent AS (SELECT exchange_id FROM read_parquet('{folder}/truth/exchanges/*.parquet')),
        named AS (SELECT exchange_id FROM attributed WHERE campaign_id IN (SELECT campaign_id FROM campaigns))
        SELECT (SELECT count(*) FROM sent), (SELECT count(*) FROM named),
               (SELECT count(*) FROM named JOIN sent USING (exchange_id))""").fetchall()[0]
    connection.close()
    return {
        "exchange_recall": both / sent if sent else None,
        "exchange_precision": both / named if named else None,
    }


def floor(folder: Path) -> dict[str, float]:
    """Seconds for what can't be left out: every column that is used decoded once, every passage hashed once."""
    import duckdb

    connection = duckdb.connect(config={"threads": PROCESSES, "memory_limit": "2GB"})
    source = f"read_parquet('{folder}/prints/*/*.parquet', hive_partitioning=false)"
    names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    out = {}
    for name, sql in (
        ("decoded", "SELECT " + ", ".join(f'count("{column}")' for column in names) + f" FROM {source}"),
        ("passages", f"SELECT sum(hash(p) % 7) FROM (SELECT unnest(passages) AS p FROM {source})"),
    ):
        began = time.perf_counter()
        connection.execute(sql).fetchall()
        out[name] = round(time.perf_counter() - began, 2)
    connection.close()
    return out


def _apart(option: str, folder: Path) -> dict[str, Any]:
    """What a process of its own measures."""
    out = subprocess.run(
        [sys.executable, __file__, option, str(folder)], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


def main() -> None:
    """Draws, measures, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, action="append", help="exchanges; several times for a curve")
    parser.add_argument("--at", type=Path, default=ROOT / ".bench", help="folder for traffic and scratch")
    parser.add_argument("--keep", action="store_true", help="leave the traffic where it is, and use it again")
    parser.add_argument(
        "--remark", default="", help="what else the machine did meanwhile, told beside the figures"
    )
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure-next", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        print(json.dumps(measure(options.measure)))
        return
    if options.measure_next is not None:
        print(json.dumps(measure_next(options.measure_next)))
        return
    from scale_page import write_page

    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    for rows in options.rows or [FULL]:
        folder = options.at / f"letter-{rows}"
        made = folder / "made.json"
        if not (options.keep and made.is_file()):
            print(f"… drawing {rows:,} exchanges", file=sys.stderr, flush=True)
            made_of = generate(folder, rows)
            made.write_text(json.dumps(made_of), encoding="utf-8")
        print("… link and score", file=sys.stderr, flush=True)
        before = os.getloadavg()[0]
        told = _apart("--measure", folder)
        print("… one more day", file=sys.stderr, flush=True)
        generate_next(folder, rows)
        results[str(rows)] = {
            "made": json.loads(made.read_text(encoding="utf-8")), "load_before": round(before, 2),
            "machine": describe_machine(), "remark": options.remark, **told, "next": _apart("--measure-next", folder),
        }  # fmt: skip
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(write_page(results))


if __name__ == "__main__":
    main()
