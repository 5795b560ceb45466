"""Where a scan of logs with text spends its time: `python benchmarks/profile_scan.py [--scale 1]...`.

Makes the `million` scenario at each scale (1: 985,731 exchanges) and scans it in a process of its own, with a clock
on every stage and step, and a look at what each thread is doing a hundred times a second. Results go to
benchmarks/results/profile.json; docs/profile.md is written from all sizes that lie there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from letter import Measured, Stages
from table import CLI, describe_machine

import stillwatch
from stillwatch.budget import peak_memory
from stillwatch.engines import duck
from stillwatch.engines.batches import in_order
from stillwatch.evaluate import evaluate
from stillwatch.fingerprint import Fingerprinter, FingerprintKey
from stillwatch.ingest import open_exchanges

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "profile.json"
SAMPLE_SECONDS = 0.01
PACKAGE = str(Path(stillwatch.__file__).parent) + os.sep
KEY = "5a" * 32
BATCHES = 8  # of 32,768 exchanges
BODIES = 100_000


class Sampler(threading.Thread):
    """Counts, for each stage, which function of the package each thread is in, or has called into something from."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stage = "start"
        self.seen: dict[str, Counter[tuple[str, str]]] = {}
        self.looks: Counter[str] = Counter()
        self.main = threading.main_thread().ident

    def run(self) -> None:
        """Looks until the process ends."""
        while True:
            time.sleep(SAMPLE_SECONDS)
            stage = self.stage
            self.looks[stage] += 1
            counted = self.seen.setdefault(stage, Counter())
            for thread, frame in sys._current_frames().items():
                if thread != self.ident and (place := _place(frame)):
                    counted["main" if thread == self.main else "others", place] += 1

    def told(self) -> dict[str, list[tuple[str, str, float]]]:
        """Stage → thread, function and share of the looks, the most frequent first."""
        return {
            stage: [(who, place, n / self.looks[stage]) for (who, place), n in counted.most_common(12)]
            for stage, counted in self.seen.items()
        }


def _place(frame: FrameType | None) -> str:
    """The innermost function of the package outside its engines; empty where the thread is not in the package."""
    engine = ""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(PACKAGE):
            name = f"{file.removeprefix(PACKAGE).removesuffix('.py')}.{frame.f_code.co_name}"
            if not name.startswith("engines"):
                return name
            engine = engine or name
        frame = frame.f_back
    return engine


class Clocks(Stages):
    """Stages with what the sampler is told, and the peak of memory of each."""

    def __init__(self, sampler: Sampler) -> None:
        super().__init__()
        self.sampler = sampler
        self.peaks: dict[str, int] = {}
        self._stage = ""
        self._lock = threading.Lock()
        threading.Thread(target=self._look, daemon=True).start()

    def stage(self, name: str, total: int | None) -> None:  # noqa: ARG002 - the door's own name
        """A stage begins."""
        self._stage = name
        if name != "link":  # its parts come at once
            self.part(name)

    def part(self, name: str) -> None:
        """A part begins."""
        super().part(name)
        self.sampler.stage = name

    def _look(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while True:
            resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * page
            now = self.sampler.stage
            self.peaks[now] = max(self.peaks.get(now, 0), resident)
            time.sleep(0.02)


class Watched(Measured):
    """The engine of the run, kept in reach."""

    steps_of_run: dict[str, list[float]]

    def __init__(self, scratch: Path, *, threads: int, memory: int) -> None:
        super().__init__(scratch, threads, memory)
        Watched.steps_of_run = self.steps


def measure(folder: Path, out: Path) -> dict[str, Any]:
    """A scan of the folder's logs: seconds, memory, and where both went."""
    os.environ["STILLWATCH_KEY"] = KEY
    duck.DuckEngine = Watched  # type: ignore[misc]
    sampler = Sampler()
    clocks = Clocks(sampler)
    sampler.start()
    imported, spent = _age(), sum(os.times()[:2])
    began = time.perf_counter()
    found = stillwatch.scan(
        folder / "exchanges.parquet", accounts=folder / "accounts.parquet", out=out, progress=clocks
    )
    clocks.part("end")
    seconds, cpu = time.perf_counter() - began, sum(os.times()[:2])
    return {
        "rows": found.summary["counts"]["rows"],
        "accounts": found.summary["counts"]["accounts"],
        "seconds": round(imported + seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_bytes": peak_memory(),
        "stages": {
            "start": [round(imported, 2), round(spent, 2)],
            **{name: [round(value, 2) for value in told] for name, told in clocks.seconds.items()},
        },
        "peaks": clocks.peaks,
        "samples": sampler.told(),
        "steps": {name: [round(value, 2) for value in told] for name, told in Watched.steps_of_run.items()},
        "floor": floor(folder / "exchanges.parquet"),
        "threads": beside(folder / "exchanges.parquet"),
        "messages": messages(folder / "exchanges.parquet", out / "messages.parquet"),
        "quality": evaluate(folder, out).to_dict(),
        "bytes": (folder / "exchanges.parquet").stat().st_size,
    }


def _age() -> float:
    """Seconds since this process began: what starting Python and importing the package took."""
    began = int(Path("/proc/self/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()[19])
    up = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return up - began / os.sysconf("SC_CLK_TCK")


def floor(path: Path) -> dict[str, float]:
    """Seconds of one thread for what can't be left out: every byte read, every column decoded, every text hashed."""
    from stillwatch.fingerprint.columns import text_bytes
    from stillwatch.kernels.hashing import siphash_strings

    out = {"read": 0.0, "decoded": 0.0, "hashed": 0.0, "megabytes_of_text": 0.0}
    began = time.perf_counter()
    with path.open("rb") as file:
        while file.read(1 << 22):
            pass
    out["read"] = time.perf_counter() - began
    began = time.perf_counter()
    for batch in pq.ParquetFile(path).iter_batches(32_768, use_threads=False):
        out["decoded"] += time.perf_counter() - began
        began = time.perf_counter()
        for name in ("system", "prompt", "response"):
            if name in batch.schema.names:
                data, offsets = text_bytes(batch[name])
                out["megabytes_of_text"] += float(offsets[-1] - offsets[0]) / 1e6
                siphash_strings(data, offsets, (1, 2))
        out["hashed"] += time.perf_counter() - began
        began = time.perf_counter()
    return {name: round(value, 2) for name, value in out.items()}


def beside(path: Path) -> dict[str, float]:
    """Wall seconds of the fingerprints of the same batches by one thread and by more, the quickest of three runs."""
    work = Fingerprinter(FingerprintKey(bytes(32)))
    batches = [batch.exchanges for batch, _ in zip(open_exchanges([path]), range(BATCHES), strict=False)]
    out = {}
    for threads in (1, 2, 4):
        times = []
        for _ in range(3):
            began = time.perf_counter()
            for _ in in_order(work, batches, threads):
                pass
            times.append(time.perf_counter() - began)
        out[str(threads)] = round(min(times), 2)
    return out


def messages(path: Path, to: Path) -> dict[str, float]:
    """Processor seconds to read the same prompts as request bodies, of three messages each, and as a column."""
    rows = next(
        pq.ParquetFile(path).iter_batches(BODIES, columns=["exchange_id", "account_id", "ts", "prompt"])
    )
    prompts = rows["prompt"].to_pylist()
    told = [
        json.dumps(
            [
                {"role": "system", "content": "You are a helpful assistant."},
                {"role": "user", "content": before},
                {"role": "assistant", "content": f"This is what can be said of it: {before}"},
                {"role": "user", "content": prompt},
            ]
        )
        for before, prompt in zip(prompts[-1:] + prompts, prompts, strict=False)
    ]
    plain = pa.table(rows)
    out = {"rows": float(len(told)), "bytes": float(sum(map(len, told)))}
    for name, table in (
        ("column", plain),
        ("bodies", plain.drop_columns("prompt").append_column("messages", pa.array(told))),
    ):
        pq.write_table(table, to)
        times = []
        for _ in range(3):
            began = time.process_time()
            for _ in open_exchanges([to]):
                pass
            times.append(time.process_time() - began)
        out[name] = round(min(times), 3)
    to.unlink()
    return out


def main() -> None:
    """Makes, scans, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scale", type=float, action="append", help="of the scenario; several times for a curve"
    )
    parser.add_argument("--at", type=Path, default=ROOT / ".bench", help="folder for data; kept with --keep")
    parser.add_argument(
        "--keep", action="store_true", help="leave the logs where they are, and use them again"
    )
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        print(json.dumps(measure(*options.measure)))
        return
    from profile_page import write_page

    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    options.at.mkdir(parents=True, exist_ok=True)
    for scale in options.scale or [1.0]:
        folder = options.at / f"million-{scale:g}"
        if not (options.keep and (folder / "scenario.json").is_file()):
            print(f"… making the scenario at {scale:g}", file=sys.stderr, flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            asked = ["simulate", str(folder), "--scenario", "million", "--scale", str(scale)]
            subprocess.run([*CLI, *asked], check=True, stdout=subprocess.DEVNULL)
        out = options.at / "found"
        print("… scanning", file=sys.stderr, flush=True)
        before = os.getloadavg()[0]
        # Modules are compiled once, as they are for everybody whose Python may write.
        usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [sys.executable, __file__, "--measure", str(folder), str(out)]
        if not results:
            subprocess.run(
                [*CLI, "demo", "--out", str(out)], check=True, env=usual, stdout=subprocess.DEVNULL
            )
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=usual).stdout
        results[f"{scale:g}"] = {
            **json.loads(told.splitlines()[-1]),
            "load_before": round(before, 2),
            "machine": describe_machine(),
        }
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(write_page(results))


if __name__ == "__main__":
    main()
