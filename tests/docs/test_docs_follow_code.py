"""The documentation keeps up with the code: pages, tables, commands, options, links."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

import stillwatch
from stillwatch import errors
from stillwatch.costs import COSTS
from stillwatch.edges.cli import app
from stillwatch.model import findings
from stillwatch.model.exchanges import QUARANTINE
from stillwatch.model.links import FAMILIES
from stillwatch.model.settings import Settings
from stillwatch.pipeline import NAMED, RUNS, STAGES
from stillwatch.score.rivals import RIVALS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
COMMANDS: Mapping[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
OTHERS_OPTIONS = {"--write", "--no-index"}
"""Options of commands that are not ours and that pages name on purpose."""

every_page = pytest.mark.parametrize("page", PAGES, ids=NAMES)


def _script() -> ModuleType:
    path = ROOT / "scripts" / "docs" / "rates.py"
    spec = importlib.util.spec_from_file_location("documentation_rates", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


RATES = _script()
BLOCKS: Mapping[Path, str] = RATES.blocks()


def _options(command: Any) -> set[str]:
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}


def _shell_lines(text: str) -> Iterator[str]:
    """Lines of shell blocks and pieces of code inside sentences, continued lines joined."""
    for block in re.findall(r"```(?:sh|shell|console|bash)\n(.*?)```", text, re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from (piece.replace("\n", " ") for piece in re.findall(r"`([^`]+)`", outside))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("path", sorted(BLOCKS), ids=lambda p: str(p.relative_to(ROOT)))
def test_generated_blocks_are_those_of_the_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert RATES.renewed(text, BLOCKS[path]) == text, "run: python scripts/docs/rates.py --write"


def test_a_block_that_lags_behind_is_noticed() -> None:
    page = f"# A page\n{RATES.START}\n| signal | 12 |\n{RATES.END}\nafter\n"
    assert RATES.renewed(page, "| signal | 13 |") != page
    assert RATES.renewed(page, "| signal | 12 |") == page
    with pytest.raises(ValueError, match="no block"):
        RATES.renewed("# A page without\n", "x")


def test_every_signal_has_a_page_and_every_page_a_signal() -> None:
    pages = {path.stem for path in (DOCS / "signals").glob("*.md")} - {"README"}
    assert pages == {measured.signal for measured in RATES.measured()}
    # What explanations state a rate for, and what signals call themselves, is one list.
    assert pages == set(RATES.EXTRACTION.shows)


def test_every_rival_has_a_page_and_every_page_a_rival() -> None:
    pages = {path.stem for path in (DOCS / "rivals").glob("*.md")} - {"README"}
    assert pages == {rival.name for rival in RIVALS}


@pytest.mark.parametrize("signal", sorted(m.signal for m in RATES.measured()))
def test_signal_pages_answer_the_same_questions(signal: str) -> None:
    text = (DOCS / "signals" / f"{signal}.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == [
        "What it sees",
        "How it is measured",
        "Who else looks so",
        "How it is evaded",
        "Columns",
        "Source",
    ]


def _wrong_calls(text: str) -> list[str]:
    """Calls of commands and options that the command line doesn't have."""
    wrong = []
    everything = set().union(*(_options(c) for c in COMMANDS.values())) | {"--version"} | OTHERS_OPTIONS
    for line in _shell_lines(text):
        for call in re.findall(r"(?:^|[\s/])stillwatch ([^|;&#]*)", line):
            words = call.split()
            if words and words[0] in COMMANDS:
                used = {w.split("=")[0].strip("[]()") for w in words[1:] if w.strip("[(").startswith("--")}
                wrong += [f"{line}: {option}" for option in sorted(used - _options(COMMANDS[words[0]]))]
            elif words and words[0] not in ("--help", "--version"):
                wrong.append(f"{line}: no such command")
        if line.startswith("--") and line.split()[0].split("=")[0] not in everything:
            wrong.append(f"{line}: no command has it")
    return wrong


@every_page
def test_commands_and_options_exist(page: Path) -> None:
    assert _wrong_calls(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Run `stillwatch scan logs/ --out found`, then look at `--json`.", 0),
        ("```sh\nstillwatch scan logs/ \\\n  --accounts a.csv\n```", 0),
        ("Run `stillwatch distil logs/`.", 1),
        ("Run `stillwatch scan logs/ --step 6h`.", 1),
        ("Give `--verbose`.", 1),
        ("```sh\nstillwatch evaluate a b --seed 3\n```", 1),
    ],
)
def test_a_call_that_does_not_exist_is_noticed(text: str, wrong: int) -> None:
    assert len(_wrong_calls(text)) == wrong


@every_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in _shell_lines(page.read_text(encoding="utf-8")):
        for target in re.findall(r"^make ([a-z-]+)", line):
            assert target in targets, line


@every_page
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in _anchors(place), f"{target}: no such heading"


@every_page
def test_python_blocks_parse_and_name_what_exists(page: Path) -> None:
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "stillwatch":
                assert hasattr(stillwatch, node.attr), ast.unparse(node)


def test_every_page_is_in_an_index() -> None:
    listed: set[Path] = set()
    for index in (DOCS / "README.md", DOCS / "signals" / "README.md", DOCS / "rivals" / "README.md"):
        for target in re.findall(r"\]\(([^)#\s]+)", index.read_text(encoding="utf-8")):
            listed.add((index.parent / target).resolve())
    assert [str(p) for p in DOCS.rglob("*.md") if p not in listed and p != DOCS / "README.md"] == []


def _keys(model: Any, before: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and hasattr(inner, "model_fields"):
            yield from _keys(inner, f"{name}.")
        else:
            yield before + name


@pytest.mark.parametrize("key", sorted(_keys(Settings)))
def test_every_key_of_the_configuration_is_named(key: str) -> None:
    assert f"`{key}`" in (DOCS / "howto" / "configure.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("column", sorted(COSTS))
def test_every_column_with_a_cost_is_named(column: str) -> None:
    text = (DOCS / "concepts" / "1-exchanges.md").read_text(encoding="utf-8")
    assert f"`{column.removeprefix('accounts.')}`" in text


def test_every_error_is_named_with_its_exit_code() -> None:
    text = (DOCS / "howto" / "errors.md").read_text(encoding="utf-8")
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.StillwatchError) and name != "StillwatchError":
            assert f"| `{name}` | {kind.exit_code} |" in text


@pytest.mark.parametrize("name", ["CAMPAIGNS", "MEMBERS", "ATTRIBUTED", "EVIDENCE", "CONTEST", "SHARED"])
def test_every_column_of_the_findings_is_described(name: str) -> None:
    text = (DOCS / "concepts" / "5-findings.md").read_text(encoding="utf-8")
    section = text.partition(f"## `{name.lower()}.parquet`")[2].partition("\n## ")[0]
    for column in getattr(findings, name).names:
        assert f"`{column}`" in section, f"{name}.{column}"


def test_every_column_of_the_quarantine_and_the_replay_is_described() -> None:
    finding = (DOCS / "concepts" / "5-findings.md").read_text(encoding="utf-8")
    assert all(f"`{column}`" in finding for column in QUARANTINE.names)
    replay = (DOCS / "concepts" / "6-replay.md").read_text(encoding="utf-8")
    assert all(f"`{column}`" in replay for column in (*RUNS.names, *NAMED.names, *findings.FIRST.names))


def test_stages_and_families_are_named() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert all(name in index for name, _ in STAGES)
    scores = (DOCS / "concepts" / "4-scores.md").read_text(encoding="utf-8")
    assert all(family in scores for family in FAMILIES)


def test_the_changelog_knows_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{stillwatch.__version__}]" in text
