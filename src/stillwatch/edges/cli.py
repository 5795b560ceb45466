"""The command line: thin, and quick to answer `--help`, since heavy modules load inside the commands."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from stillwatch._version import __version__
from stillwatch.edges.stopping import STOPPING
from stillwatch.errors import InvalidConfiguration, StillwatchError

app = typer.Typer(
    name="stillwatch",
    help="Detect, measure and evidence coordinated distillation of a model behind an API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

LONGEST = timedelta(days=36_500)
"""A longer step is a slip of the hand."""

_UNREAD = 128 + signal.SIGPIPE
"""As a shell tells that nobody reads what is written: 1 is kept for campaigns."""

Exchanges = Annotated[
    list[str] | None, typer.Argument(help="Files, folders or globs of logs; or a lake.", show_default=False)
]
Lake = Annotated[
    Path | None, typer.Option(help="Folder that keeps fingerprints by day; logs are added, then all is read.")
]
Keep = Annotated[
    str | None, typer.Option(help="With a lake: how many days it keeps, to the newest one: 90d.")
]
Accounts = Annotated[
    Path | None, typer.Option(help="What is known of the accounts: Parquet, CSV or JSON lines.")
]
Out = Annotated[Path, typer.Option(help="Folder for tables and report.")]
Since = Annotated[str | None, typer.Option(help="Leave out what came before (ISO 8601, UTC unless it says).")]
Until = Annotated[str | None, typer.Option(help="Leave out what came at this time or later.")]
Config = Annotated[Path | None, typer.Option(help="TOML file: column maps, bounds, resources.")]
Memory = Annotated[
    str | None,
    typer.Option(help="What the process may hold: 8GiB, 512MiB; half of the machine's if not given."),
]
Engine = Annotated[str, typer.Option(help="Where the work is done: duckdb, or spark for a cluster.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary for machines.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"stillwatch {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Reads the logs of a model API and finds who copies the model."""


@app.command()
def scan(
    exchanges: Exchanges = None,
    accounts: Accounts = None,
    lake: Lake = None,
    keep: Keep = None,
    out: Out = Path("stillwatch-out"),
    since: Since = None,
    until: Until = None,
    engine: Engine = "duckdb",
    config: Config = None,
    memory: Memory = None,
    excerpts: Annotated[
        bool,
        typer.Option(
            "--excerpts/--no-excerpts", help="Also write the first words of some attributed prompts."
        ),
    ] = False,
    standing: Annotated[
        Path | None,
        typer.Option(help="Folder of an earlier scan: read what came after it, and carry its campaigns on."),
    ] = None,
    as_json: Json = False,
    fail_on_campaign: Annotated[
        bool, typer.Option(help="Exit with 1 when an actionable campaign is found.")
    ] = False,
) -> None:
    """Find campaigns in logs; write tables and a report."""

    def work() -> int:
        from stillwatch.app import scan as run
        from stillwatch.edges.terminal import Lines, show

        with Lines(quiet=as_json) as lines:
            findings = run(
                exchanges or (),
                accounts=accounts,
                lake=lake,
                keep=_keep(keep),
                out=out,
                since=_time("--since", since),
                until=_time("--until", until),
                config=config,
                memory=memory,
                engine=engine,
                excerpts=excerpts,
                standing=standing,
                progress=lines,
            )
        if as_json:
            typer.echo(json.dumps(dict(findings.summary), indent=2))
        else:
            show(findings, out / "report.html")
        found = any(findings.campaigns["actionable"].to_pylist())
        return 1 if fail_on_campaign and found else 0

    _run(work)


@app.command()
def replay(
    exchanges: Exchanges = None,
    accounts: Accounts = None,
    lake: Lake = None,
    step: Annotated[str, typer.Option(help="Time between runs: 6h, 1d, 30m.")] = "6h",
    out: Out = Path("stillwatch-replay"),
    since: Since = None,
    until: Until = None,
    config: Config = None,
    memory: Memory = None,
    engine: Engine = "duckdb",
) -> None:
    """Say what was known when: scan again after every step, never looking ahead."""

    def work() -> int:
        from stillwatch.app import replay as run
        from stillwatch.edges.terminal import Lines, show_replay

        with Lines() as lines:
            result = run(
                exchanges or (),
                step=_duration("--step", step),
                accounts=accounts,
                lake=lake,
                out=out,
                since=_time("--since", since),
                until=_time("--until", until),
                config=config,
                memory=memory,
                engine=engine,
                progress=lines,
            )
        show_replay(result, out)
        return 0

    _run(work)


@app.command()
def fingerprint(
    exchanges: Exchanges = None,
    accounts: Accounts = None,
    lake: Annotated[
        Path, typer.Option("--lake", "--out", help="Folder that keeps fingerprints by day.")
    ] = Path("stillwatch-lake"),
    keep: Keep = None,
    since: Since = None,
    until: Until = None,
    config: Config = None,
    memory: Memory = None,
    engine: Engine = "duckdb",
    as_json: Json = False,
) -> None:
    """Turn logs into keyed fingerprints, where the text is; `scan` reads them where the text is not."""

    def work() -> int:
        from stillwatch.app import fingerprint_logs
        from stillwatch.edges.terminal import Lines, show_lake

        with Lines(quiet=as_json) as lines:
            told = fingerprint_logs(
                exchanges or (),
                lake=lake,
                accounts=accounts,
                keep=_keep(keep),
                since=_time("--since", since),
                until=_time("--until", until),
                config=config,
                memory=memory,
                engine=engine,
                progress=lines,
            )
        if as_json:
            typer.echo(json.dumps(told, indent=2))
        else:
            show_lake(told, lake)
        return 0

    _run(work)


@app.command()
def sql(
    dialect: Annotated[
        str, typer.Option(help="bigquery, snowflake, clickhouse, databricks or spark.")
    ] = "databricks",
) -> None:
    """Print the relational plan: every step as a statement for a warehouse."""

    def work() -> int:
        from stillwatch.app import relational_plan

        typer.echo(relational_plan(dialect), nl=False)
        return 0

    _run(work)


@app.command()
def simulate(
    directory: Annotated[Path | None, typer.Argument(help="Folder to write the scenario to.")] = None,
    scenario: Annotated[list[str] | None, typer.Option(help="A preset; may be given more than once.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    scale: Annotated[float, typer.Option(help="Multiplies the number of accounts.", min=0.001)] = 1.0,
    text: Annotated[
        Path | None, typer.Option(help="Folder of prompts to draw on instead of the bundled sample.")
    ] = None,
    names: Annotated[bool, typer.Option("--list", help="List the presets.")] = False,
) -> None:
    """Compose traffic with known truth, to test detection."""

    def work() -> int:
        from stillwatch.scenarios import SCENARIOS
        from stillwatch.scenarios import simulate as compose

        if names:
            for name, preset in SCENARIOS.items():
                typer.echo(f"{name:18} {preset.description}")
            return 0
        if directory is None:
            raise InvalidConfiguration(
                "No folder to write the scenario to.", hint="Write: stillwatch simulate DIR"
            )
        made = compose(directory, scenario or ["demo"], seed, scale, text)
        typer.echo(
            f"{made.exchanges:,} exchanges of {made.accounts:,} accounts, {made.campaigns} campaigns: {made.path}\n"
            f"Next: stillwatch scan {made.path}/exchanges.parquet --accounts {made.path}/accounts.parquet"
        )
        return 0

    _run(work)


@app.command()
def evaluate(
    scenario: Annotated[Path, typer.Argument(help="Folder that `simulate` wrote.")],
    found: Annotated[Path, typer.Argument(help="Folder that `scan` wrote.")],
    as_json: Json = False,
) -> None:
    """Say how well known campaigns were found."""

    def work() -> int:
        from rich.console import Console

        from stillwatch.evaluate import evaluate as compare
        from stillwatch.evaluate import render

        result = compare(scenario, found)
        if as_json:
            typer.echo(json.dumps(result.to_dict(), indent=2))
        else:
            Console().print(render(result))
        return 0

    _run(work)


@app.command()
def demo(
    out: Out = Path("stillwatch-demo"),
    seed: Annotated[int, typer.Option(help="Another seed, another fortnight.")] = 1,
) -> None:
    """Run the main job on bundled real text, and end with the report's path."""

    def work() -> int:
        from rich.console import Console

        from stillwatch.app import scan as run
        from stillwatch.edges.terminal import Lines, show
        from stillwatch.evaluate import evaluate as compare
        from stillwatch.evaluate import render
        from stillwatch.scenarios import simulate as compose

        console = Console(markup=False)
        with console.status("composing a fortnight of traffic from bundled real text"):
            made = compose(out / "traffic", "demo", seed)
        console.print(f"composed {made.exchanges:,} exchanges of {made.accounts:,} accounts: {made.path}")
        with Lines() as lines:
            findings = run(
                made.path / "exchanges.parquet",
                accounts=made.path / "accounts.parquet",
                out=out,
                progress=lines,
            )
        console.print(render(compare(made.path, out)))
        show(findings, out / "report.html")
        return 0

    _run(work)


def _time(option: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise InvalidConfiguration(
            f"{option} {value!r} is not a time.", hint="Write 2026-05-01 or 2026-05-01T12:00:00+00:00."
        ) from None


def _duration(option: str, value: str) -> timedelta:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    number, unit = value[:-1], value[-1:]
    length = int(number) if number.isdecimal() and len(number) < 10 else None
    if unit not in units or length is None or timedelta(**{units[unit]: length}) > LONGEST:
        raise InvalidConfiguration(
            f"{option} {value!r} is not a length of time.", hint="Write 6h, 1d or 30m."
        )
    return timedelta(**{units[unit]: length})


def _keep(value: str | None) -> timedelta | None:
    if value is None:
        return None
    number = value[:-1] if value.endswith("d") else ""
    if not number.isdecimal() or len(number) >= 10 or int(number) < 1:
        raise InvalidConfiguration(
            f"--keep {value!r} is no number of days.",
            hint="Write 90d to keep 90 days, the newest one included.",
        )
    return timedelta(days=int(number))


def _run(work: Callable[[], int]) -> None:
    """Does the work and exits as that ends."""
    try:
        with STOPPING:
            code = work()
    except BaseException as error:
        # Whatever a library made of the stop on its way here, it was a stop.
        if STOPPING.asked or isinstance(error, KeyboardInterrupt):
            _fail(128 + (STOPPING.asked or signal.SIGINT), "Stopped; no result was written.")
        _explain(error)
    raise typer.Exit(code)


def _explain(error: BaseException) -> NoReturn:
    """Exits with what the user can do about the error, or with where it was when it is nobody's but ours."""
    if isinstance(error, StillwatchError):
        _fail(error.exit_code, str(error))
    if isinstance(error, MemoryError):
        _fail(3, "Out of memory.\nScan a shorter window, with --since and --until.")
    if isinstance(error, typer.Exit):
        raise error
    if isinstance(error, SystemExit):  # rich, whose reader has gone
        raise typer.Exit(_UNREAD)
    if not isinstance(error, OSError):
        # Where it was, and not what it says: a message may repeat what stood in a log.
        for frame in traceback.extract_tb(error.__traceback__):
            typer.echo(f"  {frame.filename}:{frame.lineno} in {frame.name}", err=True)
        _fail(
            3,
            f"{type(error).__name__}: that is a fault of stillwatch {__version__}; no result was written.\n"
            "Please report the lines above.",
        )
    if error.errno == errno.EPIPE:  # the reader of our output has gone, and what is left of it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_UNREAD)
    place = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        _fail(
            3,
            f"{place}{os.strerror(error.errno)}; no output was written.\n"
            "Free disk space, then run again; folders named .stillwatch-* are safe to delete.",
        )
    _fail(2, f"{place}{error.strerror or error}")


def _fail(code: int, message: str) -> NoReturn:
    sys.stderr.write(f"stillwatch: {message}\n")
    raise typer.Exit(code)


def main() -> Any:
    """Entry point of the `stillwatch` command."""
    return app()
