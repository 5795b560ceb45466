"""Accounts around the indicators they share, placed by arithmetic alone: the same picture every time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from stillwatch.model.links import FAMILIES
from stillwatch.report.dossier import Dossier, Row, family_order
from stillwatch.report.words import family, plural, words

INDICATORS_SHOWN = 60
ACCOUNTS_SHOWN = 150
LINES_SHOWN = 12  # lines drawn of each account at most
_SIDE = 640.0
_ROUNDS = 160
_NUDGES = 40
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Mark:
    """One entry of the legend: a family's name, its picture and how many of its indicators are drawn."""

    name: str
    picture: Markup
    indicators: int


@dataclass(frozen=True)
class Line:
    """One indicator as a row of the table beside the picture."""

    family: str
    kind: str
    accounts: int
    outsiders: int
    bits: float


@dataclass(frozen=True)
class Network:
    """The picture, its legend, what was left out in words, and the drawn indicators as rows."""

    picture: Markup
    legend: tuple[Mark, ...]
    drawn: str
    mixed: bool
    lines: tuple[Line, ...]


def network(dossier: Dossier, identity: str) -> Network | None:
    """The network of a campaign; None where its accounts share no stored indicator.

    Draws the most telling indicators, at most INDICATORS_SHOWN, every family with its share, and at most
    ACCOUNTS_SHOWN accounts, those with the most lines first.

    identity  a word that no other picture of the page has, for its title and description
    """
    chosen = _choose(dossier)
    if not chosen:
        return None
    links: dict[str, list[int]] = {}
    for place, row in enumerate(chosen):
        for account in row["account_ids"]:
            links.setdefault(account, []).append(place)
    bits = [float(row["bits"]) for row in chosen]
    accounts = sorted(_deal([row["account_ids"] for row in chosen], links, ACCOUNTS_SHOWN))
    families = [row["family"] for row in chosen]
    lines = [
        (number, at) for number, name in enumerate(accounts) for at in _strongest(links[name], families, bits)
    ]
    # An indicator whose accounts all have rarer ones to show would float without a line: leave it out.
    kept = sorted({at for _, at in lines})
    chosen, bits = [chosen[at] for at in kept], [bits[at] for at in kept]
    renumber = {at: place for place, at in enumerate(kept)}
    edges = [(number, renumber[at]) for number, at in lines]
    spots, dots = _place(chosen, bits, len(accounts), edges)
    totals = sum(role.accounts for role in dossier.roles)
    drawn = (
        f"Drawn: {plural(len(chosen), 'indicator')} of {len(dossier.shared):,} and "
        f"{plural(len(accounts), 'account')} of {max(totals, len(links)):,}, dealt out so that every family "
        "has its share"
    )
    if any(row["accounts"] > len(row["account_ids"]) for row in chosen):
        drawn += "; of an indicator with very many accounts only the stored ones can be drawn"
    if any(len(links[name]) > LINES_SHOWN for name in accounts):
        drawn += f"; for each account at most {LINES_SHOWN} lines"
    names = sorted({row["family"] for row in chosen}, key=family_order)
    title = f"Accounts and the indicators they share: {len(accounts):,} accounts, {len(chosen):,} indicators"
    families = [row["family"] for row in chosen]
    text = "Dots are accounts, other shapes are indicators; a line joins an account to what it shows. " + (
        "; ".join(f"{family(name)}: {plural(families.count(name), 'indicator')}" for name in names)
    )
    return Network(
        picture=_picture(chosen, accounts, edges, spots, dots, dossier.mixed, identity, title, f"{text}."),
        legend=tuple(
            Mark(
                family(name),
                Markup(
                    f'<svg class="key family-{_tone(name)}" viewBox="-9 -9 18 18" aria-hidden="true">'
                    f'<path d="{_shape(name, 0, 0, 7)}"/></svg>'
                ),
                sum(row["family"] == name for row in chosen),
            )
            for name in names
        ),
        drawn=f"{drawn}.",
        mixed=any(name in dossier.mixed for name in accounts),
        lines=tuple(
            Line(
                family(row["family"]),
                words(row["kind"]),
                row["accounts"],
                row["outsiders"],
                float(row["bits"]),
            )
            for row in chosen
        ),
    )


def _choose(dossier: Dossier) -> list[Row]:
    """The most telling indicators, dealt out among the families in turn so that none crowds out another."""
    queues: dict[str, list[Row]] = {}
    for row in dossier.shared:
        if row["account_ids"]:
            queues.setdefault(row["family"], []).append(row)
    order = sorted(queues, key=family_order)
    picked: list[Row] = []
    deepest = max((len(queue) for queue in queues.values()), default=0)
    for depth in range(deepest):
        picked.extend(queues[name][depth] for name in order if depth < len(queues[name]))
    picked = picked[:INDICATORS_SHOWN]
    return sorted(picked, key=lambda row: family_order(row["family"]))


def _deal(holders: list[list[str]], links: dict[str, list[int]], limit: int) -> set[str]:
    """Up to `limit` accounts, in turn from each indicator's: those with company first, then from all over."""
    queues = [
        [
            names[at]
            for at in sorted(
                range(len(names)), key=lambda at: (-min(len(links[names[at]]), 4), (at * _GOLDEN) % 1.0, at)
            )
        ]
        for names in holders
    ]
    picked: set[str] = set()
    for depth in range(max(map(len, queues))):
        for queue in queues:
            if depth < len(queue) and len(picked) < limit:
                picked.add(queue[depth])
    return picked


def _strongest(held: list[int], families: list[str], bits: list[float]) -> list[int]:
    """Up to LINES_SHOWN of an account's indicators: the rarest of each family first, then the next rarest."""
    ranks: dict[str, int] = {}
    keys = []
    for at in sorted(held, key=lambda at: (-bits[at], at)):
        rank = ranks.get(families[at], 0)
        ranks[families[at]] = rank + 1
        keys.append((rank, -bits[at], at))
    return [at for *_, at in sorted(keys)[:LINES_SHOWN]]


def _place(
    chosen: list[Row], bits: list[float], accounts: int, edges: list[tuple[int, int]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where indicators and accounts stand, (n, 2) each, inside a square of side _SIDE.

    Indicators start on a ring, ordered by family, accounts at the centre of gravity of what they show, each
    a little aside by the golden angle; then a fixed number of rounds of springs and repulsion.
    source  Fruchterman & Reingold 1991, Software: Practice and Experience 21(11)
    """
    count = len(chosen)
    # The plane as complex numbers: a place and a push are one number each.
    ring = np.exp(2j * math.pi * np.arange(count) / count)
    source = np.array([edge[0] for edge in edges], dtype=np.int64)
    target = np.array([edge[1] for edge in edges], dtype=np.int64)
    weight = np.array([bits[edge[1]] for edge in edges]) + 1.0
    centre = _sums(source, ring[target] * weight, accounts)
    centre /= np.maximum(np.bincount(source, weight, accounts), 1.0)
    order = np.arange(accounts)
    centre += 0.35 * np.sqrt((order + 1) / max(accounts, 1)) * np.exp(2j * math.pi * _GOLDEN * order)
    at = np.concatenate([ring * 0.9, centre])
    source = source + count
    degree = np.bincount(np.concatenate([source, target]), minlength=len(at)).astype(np.float64)
    ideal = 1.5 / math.sqrt(len(at))
    # A hub pulls each of its accounts less, so that rare indicators gather theirs around them.
    stiff = 1 / (ideal * np.sqrt(degree[target]) * np.sqrt(degree[source]))
    for number in range(_ROUNDS):
        apart = at[:, None] - at[None, :]
        push = (apart / np.maximum(apart.real**2 + apart.imag**2, 1e-6)).sum(axis=1) * ideal**2
        along = at[source] - at[target]
        pull = along * np.abs(along) * stiff
        push += _sums(target, pull, len(at)) - _sums(source, pull, len(at)) - 1.5 * at * ideal
        length = np.maximum(np.abs(push), 1e-9)
        cool = 0.12 * (1 - number / _ROUNDS) + 0.002
        at = at + push / length * np.minimum(length, cool)
    # Both axes fill the square: the middle of the picture is where the room is.
    plane = np.stack([at.real, at.imag], axis=1)
    low, high = plane.min(axis=0), plane.max(axis=0)
    plane = (plane - low) / np.maximum(high - low, 1e-9) * (_SIDE - 28) + 14
    plane = _apart(plane, count)
    return plane[:count], plane[count:]


def _sums(place: NDArray[np.int64], value: NDArray[np.complex128], length: int) -> NDArray[np.complex128]:
    real, imaginary = np.bincount(place, value.real, length), np.bincount(place, value.imag, length)
    return np.asarray(real + 1j * imaginary, dtype=np.complex128)


def _apart(plane: NDArray[np.float64], indicators: int) -> NDArray[np.float64]:
    """The places, moved by a fixed number of small steps until hardly a shape covers another."""
    radius = np.where(np.arange(len(plane)) < indicators, 9.5, 4.5)
    room = radius[:, None] + radius[None, :] + 1.5
    for _ in range(_NUDGES):
        gap = plane[:, None, :] - plane[None, :, :]
        length = np.sqrt((gap**2).sum(axis=2))
        np.fill_diagonal(length, np.inf)
        share = np.maximum(room - length, 0) / np.maximum(length, 1e-6)
        plane = plane + 0.25 * (gap * share[:, :, None]).sum(axis=1)
        plane = np.clip(plane, 12, _SIDE - 12)
    return plane


def _picture(
    chosen: list[Row],
    accounts: list[str],
    edges: list[tuple[int, int]],
    spots: NDArray[np.float64],
    dots: NDArray[np.float64],
    mixed: frozenset[str],
    identity: str,
    title: str,
    text: str,
) -> Markup:
    density = "network" if len(edges) > 500 else "network sparse"
    parts = [
        f'<svg class="{density}" viewBox="0 0 {_SIDE:.0f} {_SIDE:.0f}" role="img" '
        f'aria-labelledby="{identity}-title {identity}-text">'
        f'<title id="{identity}-title">{escape(title)}</title>'
        f'<desc id="{identity}-text">{escape(text)}</desc>'
    ]
    for name in sorted({row["family"] for row in chosen}, key=family_order):
        path = "".join(
            f"M{dots[number][0]:.0f} {dots[number][1]:.0f}L{spots[at][0]:.0f} {spots[at][1]:.0f}"
            for number, at in edges
            if chosen[at]["family"] == name
        )
        parts.append(f'<path class="line family-{_tone(name)}" d="{path}"/>')
    for held, style in ((False, "dot"), (True, "dot mixed")):
        path = "".join(
            f"M{dots[number][0] - 4:.1f} {dots[number][1]:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z"
            for number, name in enumerate(accounts)
            if (name in mixed) is held
        )
        if path:
            parts.append(f'<path class="{style}" d="{path}"/>')
    most = max(row["accounts"] for row in chosen)
    for place, row in enumerate(chosen):
        size = 5.5 + 5 * math.sqrt(row["accounts"] / max(most, 1))
        label = f"{family(row['family'])}, {words(row['kind'])}: {plural(row['accounts'], 'account')}"
        parts.append(
            f'<path class="shape family-{_tone(row["family"])}" '
            f'd="{_shape(row["family"], spots[place][0], spots[place][1], size)}">'
            f"<title>{escape(label)}</title></path>"
        )
    return Markup("".join([*parts, "</svg>"]))


def _tone(name: str) -> int:
    """The number of a family's colour in the page's style, 1 to 8; a family without one takes the last."""
    return FAMILIES.index(name) + 1 if name in FAMILIES else len(FAMILIES)


def _shape(name: str, x: float, y: float, size: float) -> str:
    """The outline of a family's shape as a path: colour alone never tells families apart."""
    corners: dict[int, tuple[tuple[float, float], ...]] = {
        1: ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
        2: ((-1, -0.8), (1, -0.8), (0, 1)),
        3: ((0, -1), (1, 0.8), (-1, 0.8)),
        4: ((0, -1.15), (1, 0), (0, 1.15), (-1, 0)),
        5: tuple((math.cos(turn * math.pi / 3), math.sin(turn * math.pi / 3)) for turn in range(6)),
        6: tuple(
            (
                (1.15 if turn % 2 == 0 else 0.5) * math.sin(turn * math.pi / 5),
                -(1.15 if turn % 2 == 0 else 0.5) * math.cos(turn * math.pi / 5),
            )
            for turn in range(10)
        ),
        7: (
            *((-0.35, -1.0), (0.35, -1.0), (0.35, -0.35), (1.0, -0.35), (1.0, 0.35), (0.35, 0.35)),
            *((0.35, 1.0), (-0.35, 1.0), (-0.35, 0.35), (-1.0, 0.35), (-1.0, -0.35), (-0.35, -0.35)),
        ),
        8: ((-1.1, -0.5), (1.1, -0.5), (1.1, 0.5), (-1.1, 0.5)),
    }
    points = " ".join(f"{x + dx * size:.1f} {y + dy * size:.1f}" for dx, dy in corners[_tone(name)])
    return f"M{points}Z"
