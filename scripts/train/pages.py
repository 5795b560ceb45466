"""Figures in the method pages: tables between two marks, so that prose and figures are kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

START, END = "<!-- figures: start -->", "<!-- figures: end -->"


def replace_figures(path: Path, title: str, body: str) -> None:
    """Put the figures between the page's marks, or make a page of them where there is none."""
    page = path.read_text(encoding="utf-8") if path.exists() else f"# {title}\n\n{START}\n{END}\n"
    before, rest = page.split(START, 1)
    path.write_text(f"{before}{START}\n{body}\n{END}{rest.split(END, 1)[1]}", encoding="utf-8")


def table(header: list[str], lines: Iterable[Iterable[Any]]) -> str:
    """Markdown of a table, first column left, the others right."""
    out = ["| " + " | ".join(header) + " |", "|" + "---|" + "---:|" * (len(header) - 1)]
    out += ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
    return "\n".join(out)
