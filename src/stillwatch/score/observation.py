"""What a signal hands on: a fact, and how much it speaks for a sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stillwatch.score.scene import Population, Scene


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact about a cluster.

    family, signal  where it belongs, and its name; explanations say by name how often they show it
    factor          Bayes factor of the sign against an ordinary group, 10⁻⁴ … 10⁴
    accounts        members that show it
    fact            one sentence, numbers in it, that an outsider can check
    atlas           MITRE ATLAS technique
    """

    family: str
    signal: str
    factor: float
    accounts: int
    fact: str
    atlas: str


Signal = Callable[[Scene, Population], Observation | None]
"""A signal looks at one cluster; None means that the data can't tell."""

ESTABLISH_ACCOUNTS = "AML.T0021"
SERVICE_PROXIES = "AML.T0008.005"
VALID_ACCOUNTS = "AML.T0012"
INFERENCE_ACCESS = "AML.T0040"
EXTRACT_MODEL = "AML.T0024.002"


def percent(share: float) -> str:
    """A share as whole per cent, with one decimal below ten."""
    value = 100.0 * share
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.1f} %"
