"""Counting what was found against the truth, as the documentation defines every figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from stillwatch.evaluate.folders import Found, Truth, read_found, read_truth
from stillwatch.model.numbers import ENOUGH, PURE


@dataclass(frozen=True)
class CampaignRow:
    """One true campaign: what came closest to it. Shares go from 0 to 1; None: nothing to divide by.

    match               id of the detected campaign that finds it, or else of the one that holds most of it
    purity              share of that campaign's accounts that are this one's
    account_recall      share of this campaign's accounts in that detected campaign
    exchange_recall     share of this campaign's exchanges attributed to any detected campaign
    leaked              share of this campaign's exchanges sent before it was first found; 1 when it
                        never was; None without a replay
    delay_hours         from its first exchange to the run that first found it; None when none did, or
                        without a replay
    """

    campaign: str
    found: bool
    accounts: int
    exchanges: int
    match: str | None
    purity: float | None
    account_recall: float
    exchange_recall: float | None
    leaked: float | None
    delay_hours: float | None


@dataclass(frozen=True)
class Evaluation:
    """How well a result found the campaigns of a scenario. Shares are None where nothing can be divided by.

    detected                actionable campaigns of the result
    found                   true campaigns that one of them finds
    leaked                  share of all campaigns' exchanges sent before theirs was first found; None without
                            a replay
    innocents               named accounts that belong to no true campaign, by archetype
    innocents_ever          the same of accounts that any run of a replay named; None without a replay
    rows                    one a true campaign, by name
    """

    campaigns: int
    detected: int
    found: int
    accounts: int
    named_accounts: int
    account_recall: float | None
    account_precision: float | None
    innocents: Mapping[str, int]
    innocents_ever: Mapping[str, int] | None
    exchanges: int
    attributed_exchanges: int
    exchange_recall: float | None
    exchange_precision: float | None
    leaked: float | None
    rows: tuple[CampaignRow, ...]

    @property
    def innocent_accounts(self) -> int:
        """Named accounts that belong to no true campaign, of all kinds."""
        return sum(self.innocents.values())

    def to_dict(self) -> dict[str, object]:
        """Every figure as plain values, ready for JSON."""
        plain = asdict(self)
        plain["innocents"] = dict(self.innocents)
        plain["innocents_ever"] = None if self.innocents_ever is None else dict(self.innocents_ever)
        plain["innocent_accounts"] = self.innocent_accounts
        return plain


def evaluate(scenario_dir: Path, found_dir: Path) -> Evaluation:
    """How well the result in `found_dir` found the campaigns of `scenario_dir`.

    Only actionable campaigns count. A detected campaign finds a true one when at least four fifths of its
    accounts belong to it and it holds at least a fifth of that one's accounts; each finds at most one and is
    found at most once.
    raises  InvalidInput when a file or column is missing
    """
    return count(read_truth(scenario_dir), read_found(found_dir))


def count(truth: Truth, found: Found) -> Evaluation:
    """The evaluation of findings against a truth."""
    true_members = _sets(truth.members["campaign"].to_pylist(), truth.members["account_id"].to_pylist())
    named = _sets(found.members["campaign_id"].to_pylist(), found.members["account_id"].to_pylist())
    for campaign in found.campaigns["campaign_id"].to_pylist():
        named.setdefault(campaign, frozenset())
    match = _match(true_members, named)
    bad = frozenset().union(*true_members.values())
    everyone = frozenset().union(*named.values())
    archetype = dict(
        zip(
            truth.archetypes["account_id"].to_pylist(), truth.archetypes["archetype"].to_pylist(), strict=True
        )
    )

    def kinds(accounts: Iterable[str]) -> dict[str, int]:
        many = Counter(archetype.get(account) or "unknown" for account in accounts)
        return dict(sorted(many.items(), key=lambda pair: (-pair[1], pair[0])))

    ever = None if found.ever is None else frozenset(found.ever["account_id"].to_pylist())
    sent = frozenset(truth.exchanges["exchange_id"].to_pylist())
    attributed = frozenset(found.attributed["exchange_id"].to_pylist())
    rows = _rows(truth, found, true_members, named, match, attributed)
    lost = [row.leaked * row.exchanges for row in rows if row.leaked is not None]
    return Evaluation(
        campaigns=len(true_members),
        detected=found.campaigns.num_rows,
        found=len(match),
        accounts=len(bad),
        named_accounts=len(everyone),
        account_recall=_share(len(everyone & bad), len(bad)),
        account_precision=_share(len(everyone & bad), len(everyone)),
        innocents=kinds(everyone - bad),
        innocents_ever=None if ever is None else kinds(ever - bad),
        exchanges=len(sent),
        attributed_exchanges=len(attributed),
        exchange_recall=_share(len(attributed & sent), len(sent)),
        exchange_precision=_share(len(attributed & sent), len(attributed)),
        leaked=sum(lost) / len(sent) if lost and sent else None,
        rows=rows,
    )


def _sets(campaigns: Sequence[str], items: Sequence[str]) -> dict[str, frozenset[str]]:
    gathered: dict[str, set[str]] = {}
    for campaign, item in zip(campaigns, items, strict=True):
        gathered.setdefault(campaign, set()).add(item)
    return {campaign: frozenset(held) for campaign, held in sorted(gathered.items())}


def _match(true_members: Mapping[str, frozenset[str]], named: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """True campaign → the detected one that finds it, those with the most accounts in common first.

    A pure campaign qualifies for one true campaign only, as two can't both hold four fifths of it (accounts
    in two true campaigns aside), so taking the largest overlap first gives a best one-to-one matching.
    """
    fits = []
    for campaign, members in true_members.items():
        for one, accounts in named.items():
            common = len(accounts & members)
            if accounts and common >= PURE * len(accounts) and common >= ENOUGH * len(members):
                fits.append((-common, campaign, one))
    match: dict[str, str] = {}
    for _, campaign, one in sorted(fits):
        if campaign not in match and one not in match.values():
            match[campaign] = one
    return match


def _rows(
    truth: Truth,
    found: Found,
    true_members: Mapping[str, frozenset[str]],
    named: Mapping[str, frozenset[str]],
    match: Mapping[str, str],
    attributed: frozenset[str],
) -> tuple[CampaignRow, ...]:
    exchanges = _sets(truth.exchanges["campaign"].to_pylist(), truth.exchanges["exchange_id"].to_pylist())
    times: dict[str, list[datetime]] = {}
    for campaign, ts in zip(
        truth.exchanges["campaign"].to_pylist(), truth.exchanges["ts"].to_pylist(), strict=True
    ):
        times.setdefault(campaign, []).append(ts)
    when = _first(found)
    rows = []
    for campaign, members in true_members.items():
        nearest = max(sorted(named), key=lambda one: len(named[one] & members), default=None)
        if nearest is not None and not named[nearest] & members:
            nearest = None
        best = match.get(campaign, nearest)
        common = len(named[best] & members) if best is not None else 0
        mine = exchanges.get(campaign, frozenset())
        known = when.get(match.get(campaign, "")) if when is not None else None
        begun = min(times.get(campaign, ()), default=None)
        rows.append(
            CampaignRow(
                campaign=campaign,
                found=campaign in match,
                accounts=len(members),
                exchanges=len(mine),
                match=best,
                purity=_share(common, len(named[best])) if best is not None else None,
                account_recall=common / len(members),
                exchange_recall=_share(len(attributed & mine), len(mine)),
                leaked=_leaked(known, times.get(campaign, [])) if when is not None else None,
                delay_hours=(known - begun).total_seconds() / 3_600 if known and begun else None,
            )
        )
    return tuple(rows)


def _first(found: Found) -> dict[str, datetime] | None:
    """Detected campaign → when it could first be acted on; None where nothing was replayed."""
    if found.first is None:
        return None
    return {
        one: at
        for one, at in zip(
            found.first["campaign_id"].to_pylist(),
            found.first["first_actionable_at"].to_pylist(),
            strict=True,
        )
        if at is not None
    }


def _leaked(known: datetime | None, times: Sequence[datetime]) -> float | None:
    """The share of `times` before `known`; all of it where that never came."""
    if not times:
        return None
    return 1.0 if known is None else sum(ts < known for ts in times) / len(times)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
