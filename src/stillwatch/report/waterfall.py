"""The evidence of a campaign as steps that lead from an even start to its score."""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.report.dossier import Dossier

_ROUNDING = 0.005


@dataclass(frozen=True)
class Step:
    """One part of the score.

    before, after  running log10 likelihood ratio before and after this part
    left, width    place of its bar, in percent of the axis
    """

    family: str
    opens_family: bool
    observation: str
    signal: str
    atlas: str
    accounts: int
    value: float
    before: float
    after: float
    left: float
    width: float
    entry: float
    exit: float


@dataclass(frozen=True)
class Waterfall:
    """The steps, the score they end in, and where zero and the score stand on the axis, in percent."""

    steps: tuple[Step, ...]
    families: dict[str, float]
    total: float
    zero: float
    end: float


def waterfall(dossier: Dossier) -> Waterfall:
    """The steps of the score, family by family; they sum to the campaign's `log10_lr`.

    Where the stored rows don't sum to the stored score, a last step says by how much.
    """
    total = float(dossier.row["log10_lr"])
    parts = [
        (
            row["family"],
            row["observation"],
            row["signal"],
            row["atlas"],
            row["accounts"],
            float(row["log10_lr"]),
        )
        for row in dossier.evidence
    ]
    remainder = total - sum(part[-1] for part in parts)
    if abs(remainder) > _ROUNDING:
        parts.append(
            ("", "The stored parts don't add up to the stored score: the difference.", "", "", 0, remainder)
        )
    marks = [0.0]
    for part in parts:
        marks.append(marks[-1] + part[-1])
    low, high = min(marks), max(marks)
    pad = (high - low or 1.0) * 0.02
    start, scale = low - pad, 100 / ((high - low or 1.0) + 2 * pad)

    def place(value: float) -> float:
        return round((value - start) * scale, 2)

    steps: list[Step] = []
    sums: dict[str, float] = {}
    for number, (name, observation, signal, atlas, accounts, value) in enumerate(parts):
        before, after = marks[number], marks[number + 1]
        sums[name] = sums.get(name, 0.0) + value
        steps.append(
            Step(
                family=name,
                opens_family=number == 0 or parts[number - 1][0] != name,
                observation=observation,
                signal=signal,
                atlas=atlas,
                accounts=accounts,
                value=value,
                before=before,
                after=after,
                left=place(min(before, after)),
                width=max(round(abs(value) * scale, 2), 0.4),
                entry=place(before),
                exit=place(after),
            )
        )
    return Waterfall(tuple(steps), sums, total, place(0.0), place(marks[-1]))
