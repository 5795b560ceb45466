"""How each innocent explanation fares against extraction, and where the best of them falls short."""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.report.dossier import Dossier, family_order
from stillwatch.report.words import family, listed, rival, times

# A family tells a rival apart once it makes extraction twice as likely (log10 of 2).
_TELLING = 0.3


@dataclass(frozen=True)
class Cell:
    """Extraction against one rival on one family: log10 likelihood ratio and what the rival predicts."""

    family: str
    log10_lr: float
    because: str

    @property
    def shade(self) -> str:
        """A class of the page's style: `n1`–`n3` favour the rival, `p1`–`p4` extraction, `z` neither."""
        size = abs(self.log10_lr)
        step = sum(size >= bound for bound in (_TELLING, 1.0, 2.0, 4.0))
        if step == 0:
            return "z"
        return f"p{step}" if self.log10_lr > 0 else f"n{min(step, 3)}"


@dataclass(frozen=True)
class Contender:
    """One innocent explanation: its cells in the order of the families and extraction's lead over it."""

    name: str
    cells: tuple[Cell | None, ...]
    total: float
    best: bool

    @property
    def known(self) -> tuple[Cell, ...]:
        """The cells that the contest stored."""
        return tuple(cell for cell in self.cells if cell is not None)


@dataclass(frozen=True)
class Contest:
    """Every innocent explanation tried, the strongest first, against every family of evidence.

    verdict  how far extraction leads the best of them
    short    where the best of them holds up and where it falls short
    reasons  the families that tell most against it
    """

    families: tuple[str, ...]
    contenders: tuple[Contender, ...]
    verdict: str
    short: str
    reasons: tuple[Cell, ...]


def contest(dossier: Dossier) -> Contest:
    """The contest of a campaign; the campaign's own `top_rival` stands first whatever the sums say."""
    families = tuple(sorted({row["family"] for row in dossier.contest}, key=family_order))
    names = sorted({row["rival"] for row in dossier.contest})
    contenders = []
    for name in names:
        rows = [row for row in dossier.contest if row["rival"] == name]
        cells = []
        for column in families:
            own = [row for row in rows if row["family"] == column]
            value = sum(float(row["log10_lr"]) for row in own)
            reasons = " ".join(dict.fromkeys(row["because"] for row in own))
            cells.append(Cell(column, value, reasons) if own else None)
        total = sum(cell.log10_lr for cell in cells if cell)
        contenders.append(Contender(name, tuple(cells), total, name == dossier.row["top_rival"]))
    contenders.sort(key=lambda one: (not one.best, one.total, one.name))
    best = next((one for one in contenders if one.best), None)
    return Contest(families, tuple(contenders), _verdict(dossier, best), _short(best), _reasons(best))


def _verdict(dossier: Dossier, best: Contender | None) -> str:
    name = rival(dossier.row["top_rival"])
    lead = best.total if best else float(dossier.row["log10_lr"])
    if lead < 0:
        return f"The best innocent explanation is {name}; it fits {times(-lead)} better than extraction."
    text = f"The best innocent explanation is {name}. Extraction fits what was seen {times(lead)} better."
    if not dossier.row["actionable"]:
        text += " That is too little to act on: treat these accounts as innocent unless more evidence comes."
    return text


def _short(best: Contender | None) -> str:
    """Where the best rival fits and where it doesn't, from its own rows."""
    if best is None or not best.known:
        return ""
    against = _reasons(best, limit=len(best.cells))
    fits = [family(cell.family).lower() for cell in best.known if cell.log10_lr < _TELLING]
    parts = []
    if fits:
        parts.append(f"It holds up on {listed(fits, 6)}: what was seen there suits it about as well.")
    if not against:
        parts.append("No family of evidence tells it apart from extraction.")
        return " ".join(parts)
    places = listed([family(cell.family).lower() for cell in against], 6)
    parts.append(f"It falls short on {places}.")
    return " ".join(parts)


def _reasons(best: Contender | None, limit: int = 3) -> tuple[Cell, ...]:
    known = () if best is None else best.known
    telling = [cell for cell in known if cell.log10_lr >= _TELLING]
    return tuple(sorted(telling, key=lambda cell: -cell.log10_lr)[:limit])
