import io
import re

import pytest
import sample
from rich.console import Console
from test_report_html import hostile

from stillwatch.model.result import Findings
from stillwatch.report import render_terminal


def shown(findings: Findings, width: int, colour: bool = False) -> str:
    target = io.StringIO()
    Console(
        file=target, width=width, force_terminal=colour, color_system="truecolor" if colour else None
    ).print(render_terminal(findings))
    return target.getvalue()


@pytest.mark.parametrize("width", [40, 80, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, shown(sample.findings(), width).splitlines())) <= width


@pytest.mark.parametrize("width", [80, 140])
def test_first_screen_campaigns_and_evidence(width: int) -> None:
    text = " ".join(shown(sample.findings(), width).replace("\u00a0", " ").split())
    assert text.startswith(
        "2 campaigns found: 850 accounts (95 % interval 833–892) drew about 51,200 answers"
    )
    assert text.index("Amber heron") < text.index("Quiet lantern") < text.index("Watched, not actionable")
    assert text.index("Watched, not actionable") < text.index("Paper orchard")
    assert "588 accounts pay from 23 payment instruments" in text
    assert "The best innocent explanation is the users of a popular app." in text
    assert re.findall(r"\b(?:nan|None)\b", text) == []


def test_shown_evidence_adds_up_to_the_score() -> None:
    text = shown(sample.findings((sample.LARGE,)), 80)
    numbers = [
        float(one.replace("−", "-")) for one in re.findall(r"^\s+([+−]\d+\.\d\d)  ", text, re.MULTILINE)
    ]
    assert len(numbers) == 8
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.05)


def test_nothing_found_is_said_plainly() -> None:
    text = " ".join(shown(sample.nothing(), 80).split())
    assert text.startswith("No campaign found among 4,012 accounts")
    assert "What it doesn’t mean" in text


def test_colour_carries_nothing_alone() -> None:
    found = sample.findings()
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown(found, 80, colour=True)) == shown(found, 80)


def test_texts_from_the_logs_cannot_steer_the_terminal() -> None:
    text = shown(hostile(sample.findings((sample.WATCHED,))), 80)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u001b" in text
