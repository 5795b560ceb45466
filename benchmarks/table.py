"""Time, memory and quality in one table, measured in one go.

    python benchmarks/table.py [--rows 1000000] [--scratch .bench]

Makes the `million` scenario (a part of it with fewer --rows), measures each line in a process of its own,
prints a Markdown table, and writes benchmarks/results/latest.json and docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stillwatch._version import __version__
from stillwatch.evaluate import evaluate

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
PAGE = ROOT / "docs" / "benchmarks.md"
FULL = 985_731  # exchanges of the scenario at scale 1
CLI = (sys.executable, "-c", "from stillwatch.edges.cli import main; main()")
HELP_RUNS = 5


@dataclass(frozen=True)
class Ran:
    """A finished process: wall and processor seconds, peak memory in MiB, what it printed."""

    wall: float
    cpu: float
    peak: int
    out: str


@dataclass(frozen=True)
class Line:
    """One measurement: what it was, the figure in words, what it is held to, its time and memory in words."""

    name: str
    figure: str
    target: str
    seconds: str = ""
    memory: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000, help="exchanges of the scenario, about")
    parser.add_argument("--scratch", type=Path, default=ROOT / ".bench", help="folder for data; kept")
    options = parser.parse_args()
    options.scratch.mkdir(parents=True, exist_ok=True)
    scale = min(1.0, round(options.rows / FULL, 3))
    machine = describe_machine()
    figures = measure(options.scratch, scale)
    result = {"machine": machine, "scale": scale, "version": __version__, **figures}
    lines = table(result)
    print(markdown(lines))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(result, lines), encoding="utf-8")
    print(f"\nWritten: {RESULTS.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")


def measure(scratch: Path, scale: float) -> dict[str, Any]:
    """Every figure, as plain values."""
    folder = scratch / f"million-{scale:g}"
    tell("making the scenario")
    made = run([*CLI, "simulate", str(folder), "--scenario", "million", "--scale", str(scale)])
    tell("compiling kernels, cold")
    kernels = scratch / "kernels" / datetime.now(UTC).strftime("%H%M%S%f")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(kernels)}
    cold = _first_batch(folder, environment)
    tell("the same, warm")
    warm = _first_batch(folder, environment)
    tell("stillwatch --help")
    helps = [run([*CLI, "--help"]) for _ in range(HELP_RUNS)]
    tell("fingerprints beside MinHash")
    texts = str(folder / "exchanges.parquet")
    lexical = run([sys.executable, str(ROOT / "benchmarks" / "lexical.py"), texts], environment)
    tell("scan")
    out = scratch / "found"
    before = os.getloadavg()[0]
    scan = run(
        [*CLI, "scan", texts, "--accounts", str(folder / "accounts.parquet"), "--out", str(out), "--json"],
        environment,
    )
    summary = json.loads(scan.out)
    return {
        "simulate": _ran(made),
        "kernels": {"cold": cold, "warm": warm},
        "help": _ran(min(helps, key=lambda one: one.wall)),
        "lexical": json.loads(lexical.out) | _ran(lexical),
        "scan": _ran(scan)
        | {
            "load_before": round(before, 2),
            "rows": summary["counts"]["rows"],
            "accounts": summary["counts"]["accounts"],
            "timings": summary["timings"],
        },
        "quality": evaluate(folder, out).to_dict(),
    }


def _first_batch(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """How long the first batch of fingerprints takes a new process."""
    code = (
        "import sys, time\n"
        "from stillwatch.fingerprint import FingerprintKey, fingerprint_batch, load_models\n"
        "from stillwatch.ingest import open_exchanges\n"
        "batch = next(iter(open_exchanges([sys.argv[1]]))).exchanges.slice(0, 256)\n"
        "models = load_models()\n"
        "start = time.perf_counter()\n"
        "fingerprint_batch(batch, FingerprintKey(bytes(32)), models)\n"
        "print(time.perf_counter() - start)\n"
    )
    done = run([sys.executable, "-c", code, str(folder / "exchanges.parquet")], environment)
    return {"first_batch_seconds": round(float(done.out), 2)} | _ran(done)


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Ran:
    """Runs a command to its end and measures it.

    raises  CalledProcessError when it fails
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    with process.stdout as stream:
        out = stream.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Ran(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, out)


def _ran(one: Ran) -> dict[str, Any]:
    return {"seconds": round(one.wall, 2), "cpu_seconds": round(one.cpu, 2), "peak_mib": one.peak}


def describe_machine() -> dict[str, Any]:
    """Cores, memory, processor, Python and how busy the machine is."""
    name = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text(encoding="utf-8"))
        name = found[1] if found else name
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "processor": name or platform.machine(),
        "python": platform.python_version(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "at": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def table(result: dict[str, Any]) -> list[Line]:
    """The lines of the table, in reading order."""
    rates = result["lexical"]["megabytes_per_second"]
    memory = f"{result['lexical']['peak_mib']:,} MiB"
    scan, quality, kernels = result["scan"], result["quality"], result["kernels"]
    cold = kernels["cold"]["first_batch_seconds"]
    lines = [
        Line(
            "lexical pass",
            f"{rates['lexical']:,.0f} MB/s on a core",
            _held("≥ 200", rates["lexical"] >= 200),
            memory=memory,
        ),
        Line(
            "whole fingerprint stage",
            f"{rates['stage']:,.0f} MB/s on a core",
            _held("≥ 100", rates["stage"] >= 100),
            memory=memory,
        ),
    ]
    for peer, target in (("datasketch", 40), ("rensa", 5)):
        whole = rates["lexical"] / rates[f"{peer}_with_shingling"]
        ready = rates["lexical"] / rates[f"{peer}_ready_sets"]
        words = f"{whole:,.0f} times ({ready:,.0f} times what it does with shingles ready made)"
        lines.append(
            Line(f"lexical pass beside {peer} MinHash(128)", words, _held(f"≥ {target}", whole >= target))
        )
    rows, held = scan["rows"], quality["innocent_accounts"]
    kinds = ", ".join(f"{number} {kind}" for kind, number in quality["innocents"].items())
    return [
        *lines,
        Line(
            "`stillwatch --help`",
            "",
            _held("≤ 0.5 s", result["help"]["seconds"] <= 0.5),
            f"{result['help']['seconds']:.2f} s",
            _mib(result["help"]),
        ),
        Line(
            "first batch, kernels not yet compiled",
            f"{kernels['warm']['first_batch_seconds']:.2f} s once they are",
            _held("≤ 10 s", cold <= 10.0),
            f"{cold:.1f} s",
            _mib(kernels["cold"]),
        ),
        Line(
            f"scan of {rows:,} exchanges",
            f"{rows / scan['seconds']:,.0f} exchanges/s; {scan['cpu_seconds']:.0f} s of processor time",
            _held("≤ 60 s, ≤ 2 GiB", scan["seconds"] <= 60.0 and scan["peak_mib"] <= 2048)
            if result["scale"] == 1
            else "",
            f"{scan['seconds']:.1f} s",
            f"{scan['peak_mib'] / 1024:.2f} GiB",
        ),
        Line(
            "campaigns found",
            f"{quality['found']} of {quality['campaigns']}",
            _held("all", quality["found"] == quality["campaigns"]),
        ),
        Line(
            "accounts",
            f"recall {share(quality['account_recall'])}, precision {share(quality['account_precision'])}",
            _held("≥ 0.95, ≥ 0.999", _at_least(quality, "account", 0.95, 0.999)),
        ),
        Line(
            "exchanges attributed",
            f"recall {share(quality['exchange_recall'])}, precision {share(quality['exchange_precision'])}",
            _held("≥ 0.90, ≥ 0.95", _at_least(quality, "exchange", 0.90, 0.95)),
        ),
        Line(
            "innocents named",
            f"{held:,}" + (f" ({kinds})" if kinds else ""),
            _held("≤ 1 in 10,000", 10_000 * held <= scan["accounts"]),
        ),
    ]


def _held(target: str, reached: bool) -> str:
    return target if reached else f"{target}: **missed**"


def _at_least(quality: dict[str, Any], what: str, recall: float, precision: float) -> bool:
    found = quality[f"{what}_recall"] or 0.0, quality[f"{what}_precision"] or 0.0
    return bool(found[0] >= recall and found[1] >= precision)


def share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _mib(one: dict[str, Any]) -> str:
    return f"{one['peak_mib']:,} MiB"


def markdown(lines: Sequence[Line]) -> str:
    """The lines as a Markdown table."""
    rows = [("what", "figure", "time", "peak memory", "held to"), ("---",) * 5]
    rows += [(line.name, line.figure, line.seconds, line.memory, line.target) for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def page(result: dict[str, Any], lines: Sequence[Line]) -> str:
    """docs/benchmarks.md."""
    machine, lexical, scan = result["machine"], result["lexical"], result["scan"]
    command = (
        "make bench"
        if result["scale"] == 1
        else f".venv/bin/python benchmarks/table.py --rows {round(result['scale'] * FULL)}    # make bench: a million"
    )
    stages = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in scan["timings"].items())
    return f"""# Benchmarks

Time, memory and quality, measured in one go by

```
{command}
```

on {machine["cores"]} cores ({machine["processor"]}) with {machine["memory_gib"]} GiB of memory, Python
{machine["python"]}; load averages before the run {", ".join(map(str, machine["load"]))}, before the scan
{scan["load_before"]}. Every line is a process of its own. A machine that does other work at the same time makes
seconds longer; ratios and processor time hardly change.

{markdown(lines)}

* The texts are the prompts of the `million` scenario: {lexical["texts"]:,} of them, {lexical["megabytes"]} MB,
  {lexical["mean_bytes"]:.0f} bytes on average. Rates are megabytes in a second of processor time of
  one thread, the quickest of five runs.
* MinHash of 128 permutations makes its signature from sets of 7-word shingles of the same texts. It is given
  the first megabyte; the figure in brackets leaves out what cutting the shingles costs it in Python.
* The scan reads a Parquet file, writes all tables and the report ({stages}).
* Quality is counted as [the evaluation](evaluation.md) defines it. Accounts and exchanges that are missed are those of
  careful accounts whose whole wording is their own ([judgement](judgement.md)).
* Megabytes in a second depend on the processor; the ratios to peers, measured beside them, hardly do.
"""


def tell(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
