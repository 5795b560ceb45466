"""Tables of the documentation that follow the code: rates, predictions, measurements, fixed numbers.

python scripts/docs/rates.py            prints the table of docs/rivals/README.md
python scripts/docs/rates.py --write    renews every generated block under docs/
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from stillwatch.model.links import FAMILIES
from stillwatch.score import observation
from stillwatch.score.extraction import AGENTIC, CAREFUL, EXTRACTION, PACED, RELAYED, SUPPLIED
from stillwatch.score.rivals import RIVALS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "stillwatch"
DECIDING = (
    "model/numbers.py", "kernels/passages.py", "fingerprint/**/*.py", "link/**/*.py", "score/**/*.py", "stats/**/*.py",
)  # fmt: skip
UNITS = ("DAY", "TRIG", "NORMAL_95", "SECRET_BYTES")
START, END = "<!-- generated: start -->", "<!-- generated: end -->"


@dataclass(frozen=True, slots=True)
class Measured:
    """How one signal is measured, read from its source.

    factor     the expressions of its Bayes factor, one for each case that its function tells apart
    silent     conditions under which it says nothing
    constants  {name: expression} that its function uses
    """

    signal: str
    family: str
    atlas: str
    factor: tuple[str, ...]
    silent: tuple[str, ...]
    constants: dict[str, str]


@cache
def measured() -> tuple[Measured, ...]:
    """Every signal, by family and name."""
    found: dict[str, Measured] = {}
    for path in sorted((SOURCE / "score" / "signals").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            # With the quotes that the code has.
            name: ast.unparse(node.value).replace("'", '"')
            for name, node, _ in _constants(tree)
            if "CAPABILITIES" not in name
        }
        for function in tree.body:
            if isinstance(function, ast.FunctionDef):
                for each in _observations(function, constants):
                    before = found.get(each.signal)
                    found[each.signal] = (
                        replace(each, factor=before.factor + each.factor) if before is not None else each
                    )
    return tuple(sorted(found.values(), key=lambda m: (FAMILIES.index(m.family), m.signal)))


MEASURED = (
    "The first law is that of groups with the sign. The second is where ordinary groups are expected, and what the other "
    "groups of the run show takes its place ([empirical null](../methods/empirical-null.md))."
)


def _observations(function: ast.FunctionDef, constants: dict[str, str]) -> Iterator[Measured]:
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("Observation", "by_groups")
        ):
            family, signal, factor = node.args[0], node.args[1], node.args[2]
            atlas = node.args[-1]
            if not (
                isinstance(family, ast.Constant)
                and isinstance(signal, ast.Constant)
                and isinstance(atlas, ast.Name)
            ):
                raise ValueError(f"{function.name}: family, signal and technique are not written out")
            used = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
            yield Measured(
                str(signal.value),
                str(family.value),
                getattr(observation, atlas.id),
                _factors(function, factor),
                tuple(
                    ast.unparse(n.test)
                    for n in ast.walk(function)
                    if isinstance(n, ast.If) and ast.unparse(n.body[0]) == "return None"
                ),
                {name: text for name, text in constants.items() if name in used and len(text) < 40},
            )


def _factors(function: ast.FunctionDef, stated: ast.expr) -> tuple[str, ...]:
    """The stated factor, or the calls that it is made of where it only names them."""
    text = ast.unparse(stated)
    if "_factor(" in text or text.startswith("Measured("):
        return (text,)
    calls = [ast.unparse(n) for n in ast.walk(function) if isinstance(n, ast.Call)]
    return (text, *(c for c in calls if c.split("(")[0].endswith("_factor")))


def rates() -> str:
    """The table of docs/rivals/README.md: how often groups of each kind show each sign, in per cent."""
    names = [rival.name for rival in RIVALS]
    lines = [
        "| signal | extraction | supplied | agentic | paced | relayed | careful | "
        + " | ".join(f"[{n}]({n}.md)" for n in names)
        + " |",
        "|---|---:|---:|---:|---:|---:|---:|" + "---:|" * len(names),
    ]
    for each in measured():
        kinds = (EXTRACTION, SUPPLIED, AGENTIC, PACED, RELAYED, CAREFUL, *RIVALS)
        values = [kind.expects(each.signal) for kind in kinds]
        cells = " | ".join(_percent(value) for value in values)
        lines.append(f"| [{each.signal}](../signals/{each.signal}.md) | {cells} |")
    return "\n".join(lines)


def signal_index() -> str:
    """The table of docs/signals/README.md."""
    lines = ["| family | signal | ATLAS |", "|---|---|---|"]
    lines += [f"| {m.family} | [{m.signal}]({m.signal}.md) | {m.atlas} |" for m in measured()]
    return "\n".join(lines)


def signal_block(each: Measured) -> str:
    """What a signal's page says of numbers: its Bayes factor in code, and who shows its sign how often."""
    shown = sorted(
        ((rival.expects(each.signal), rival.name) for rival in RIVALS), key=lambda pair: (-pair[0], pair[1])
    )
    rivals = ", ".join(f"[{name}](../rivals/{name}.md) {_percent(rate)}" for rate, name in shown)
    lines = [
        f"Family {each.family}, ATLAS {each.atlas}. The Bayes factor in code:",
        "",
        "```python",
        *each.factor,
        *(f"{name} = {text}" for name, text in sorted(each.constants.items())),
        "```",
        "",
        *([MEASURED, ""] if any(text.startswith("Measured(") for text in each.factor) else []),
        *(
            ["Silent when " + "; or when ".join(f"`{test}`" for test in each.silent) + ".", ""]
            if each.silent
            else []
        ),
        f"Groups that show the sign, in per cent: **extraction {_percent(EXTRACTION.expects(each.signal))}** "
        f"(by a careful operator {_percent(CAREFUL.expects(each.signal))}), "
        f"{rivals}.",
    ]
    return "\n".join(lines)


def rival_block(name: str) -> str:
    """What a rival's page says of its predictions, family by family."""
    rival = next(r for r in RIVALS if r.name == name)
    lines = [
        "| family | what it leads one to expect | groups that show the sign, % (extraction) |",
        "|---|---|---|",
    ]
    for family in FAMILIES:
        own = [m.signal for m in measured() if m.family == family]
        signs = "; ".join(
            f"[{s}](../signals/{s}.md) {_percent(rival.expects(s))} ({_percent(EXTRACTION.expects(s))})"
            for s in own
        )
        lines.append(f"| {family} | {rival.because.get(family, '–')} | {signs} |")
    return "\n".join(lines)


def numbers() -> str:
    """The table of docs/methods/numbers.md: constants of the rooms that decide something, with their reasons."""
    lines = ["| where | name | value | what it is |", "|---|---|---|---|"]
    for path in (p for pattern in DECIDING for p in sorted(SOURCE.glob(pattern))):
        text = path.read_text(encoding="utf-8")
        for name, node, behind in _constants(ast.parse(text)):
            beside = text.splitlines()[node.lineno - 1].partition("#")[2].strip()
            words = behind or beside
            if words and name not in UNITS and _is_number(node.value):
                where = path.relative_to(SOURCE).as_posix()
                lines.append(f"| `{where}` | {name} | {ast.unparse(node.value)} | {words} |")
    return "\n".join(lines)


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.Assign, str]]:
    """Names in capitals with their assignment and the sentence behind it (empty where there is none).

    Those that stand together without a line between them have the sentence behind the last of them.
    """
    words, below = "", 0
    found: list[tuple[str, ast.Assign, str]] = []
    for node in reversed(tree.body):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            words, below = " ".join(str(node.value.value).split()).replace("|", "\\|"), node.lineno
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.end_lineno == below - 1
        ):
            name, below = node.targets[0].id, node.lineno
            if name.isupper() and not name.startswith("_"):
                found.append((name, node, words))
        else:
            below = 0
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if name.isupper() and not name.startswith("_"):
                    found.append((name, node, ""))
    yield from reversed(found)


def _is_number(node: ast.expr) -> bool:
    return all(
        isinstance(n, ast.Tuple | ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop | ast.expr_context)
        or (isinstance(n, ast.Constant) and isinstance(n.value, int | float))
        or (isinstance(n, ast.Name) and n.id in ("DAY", "HOUR"))
        for n in ast.walk(node)
    )


def _percent(rate: float) -> str:
    return f"{100.0 * rate:.3g}"


def blocks() -> dict[Path, str]:
    """The generated block of every page that has one."""
    out = {
        DOCS / "rivals" / "README.md": rates(),
        DOCS / "signals" / "README.md": signal_index(),
        DOCS / "methods" / "numbers.md": numbers(),
    }
    out |= {DOCS / "signals" / f"{m.signal}.md": signal_block(m) for m in measured()}
    out |= {DOCS / "rivals" / f"{r.name}.md": rival_block(r.name) for r in RIVALS}
    return out


def renewed(text: str, block: str) -> str:
    """The page with its generated block replaced; ValueError where it has none."""
    before, found, rest = text.partition(START)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"the page has no block between {START} and {END}")
    return f"{before}{START}\n{block}\n{END}{after}"


def main() -> None:
    """Prints the table of rates, or renews every page."""
    parser = argparse.ArgumentParser(description="Tables of the documentation that follow the code.")
    parser.add_argument("--write", action="store_true", help="renew the generated blocks under docs/")
    if parser.parse_args().write:
        for path, block in blocks().items():
            path.write_text(renewed(path.read_text(encoding="utf-8"), block), encoding="utf-8")
    else:
        print(rates())


if __name__ == "__main__":
    main()
