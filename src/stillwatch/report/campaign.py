"""One campaign as the page and the terminal show it: every value already worded."""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.report.dossier import Dossier
from stillwatch.report.network import Network, network
from stillwatch.report.rivals import Contest, contest
from stillwatch.report.timeline import Timeline, timeline
from stillwatch.report.waterfall import Waterfall, waterfall
from stillwatch.report.words import (
    PERCENT,
    UNKNOWN,
    about,
    capability,
    count,
    interval,
    large,
    likelihood,
    minute,
    moment,
    percent,
    plain,
    plural,
    ratio,
    rival,
    sentence,
    signed,
    span,
    support,
    times,
    words,
)


@dataclass(frozen=True)
class Fact:
    """A term and what is known of it, with a remark."""

    term: str
    value: str
    remark: str = ""


@dataclass(frozen=True)
class Member:
    """An account of a campaign as a row of its table."""

    account_id: str
    probability: str
    role: str
    exchanges: int
    total: int
    share: str
    first_seen: str
    last_seen: str
    first_value: int
    last_value: int


@dataclass(frozen=True)
class RoleTotal:
    """A role with its totals, worded."""

    name: str
    accounts: int
    exchanges: int
    total: int
    share: str


@dataclass(frozen=True)
class CampaignView:
    """A campaign, worded. Pictures are None where there is nothing to draw or none was asked for."""

    anchor: str
    name: str
    campaign_id: str
    actionable: bool
    probability: str
    likelihood: str
    confidence: str
    accounts: str
    accounts_interval: str
    exchanges: str
    exchanges_interval: str
    capability: str
    rival: str
    facts: tuple[Fact, ...]
    first_seen: str
    last_seen: str
    observed: str
    inferred: str
    timeline: Timeline | None
    network: Network | None
    waterfall: Waterfall
    contest: Contest
    members: tuple[Member, ...]
    members_total: int
    roles: tuple[RoleTotal, ...]
    related: str
    related_anchor: str


def view(dossier: Dossier, number: int, anchors: dict[str, str], pictures: bool = True) -> CampaignView:
    """The campaign as it is shown.

    number    its place in the report from 1, which names its anchor
    anchors   anchor of every campaign that has a section, by id
    pictures  whether to draw the timeline and the network, which the terminal can't show
    """
    row = dossier.row
    identity = f"c{number}"
    capabilities = [capability(name) for name in row["capabilities"]]
    accounts_interval = interval(row["accounts_low"], row["accounts_high"], exact=True)
    exchanges_interval = interval(row["exchanges_low"], row["exchanges_high"])
    related = row["related_campaign_id"] or ""
    return CampaignView(
        anchor=identity,
        name=plain(row["name"]),
        campaign_id=plain(row["campaign_id"]),
        actionable=row["actionable"],
        probability=percent(row["probability"]),
        likelihood=likelihood(row["probability"]),
        confidence=words(row["confidence"]),
        accounts=count(row["accounts"]),
        accounts_interval=accounts_interval,
        exchanges=large(row["exchanges"]),
        exchanges_interval=exchanges_interval,
        capability=capabilities[0] if capabilities else UNKNOWN,
        rival=rival(row["top_rival"]),
        facts=_facts(dossier, capabilities, accounts_interval, exchanges_interval),
        first_seen=minute(dossier.first_seen),
        last_seen=minute(dossier.last_seen),
        observed=_observed(dossier),
        inferred=_inferred(dossier),
        timeline=timeline(dossier, f"{identity}-timeline") if pictures else None,
        network=network(dossier, f"{identity}-network") if pictures else None,
        waterfall=waterfall(dossier),
        contest=contest(dossier),
        members=tuple(
            Member(
                account_id=plain(member["account_id"]),
                probability=percent(member["probability"]),
                role=_role(member["role"], row["actionable"]),
                exchanges=member["exchanges"],
                total=member["total_exchanges"],
                share=ratio(member["exchanges"], member["total_exchanges"]),
                first_seen=minute(moment(member["first_seen"])),
                last_seen=minute(moment(member["last_seen"])),
                first_value=member["first_seen"],
                last_value=member["last_seen"],
            )
            for member in dossier.members
        ),
        members_total=sum(role.accounts for role in dossier.roles),
        roles=tuple(
            RoleTotal(
                _role(role.name, row["actionable"]),
                role.accounts,
                role.exchanges,
                role.total_exchanges,
                ratio(role.exchanges, role.total_exchanges),
            )
            for role in dossier.roles
        ),
        related=plain(dossier.related or related) if related else "",
        related_anchor=anchors.get(related, ""),
    )


def _role(name: str, actionable: bool) -> str:
    """A role as words. Nobody is called an operator in a group that may be innocent."""
    return "this group only" if name == "operator" and not actionable else words(name)


def _facts(
    dossier: Dossier, capabilities: list[str], accounts_interval: str, exchanges_interval: str
) -> tuple[Fact, ...]:
    row = dossier.row
    seconds = (dossier.last_seen - dossier.first_seen).total_seconds()
    days = max(1, round(seconds / 86_400))
    facts = [
        Fact(
            "Window (UTC)",
            f"{minute(dossier.first_seen)} to {minute(dossier.last_seen)}",
            plural(days, "day"),
        ),
        Fact(
            "Accounts",
            count(row["accounts"]),
            f"95{PERCENT} interval {accounts_interval}, unseen accounts included"
            if accounts_interval
            else "",
        ),
        Fact(
            "Exchanges",
            large(row["exchanges"]),
            f"95{PERCENT} interval {exchanges_interval}" if exchanges_interval else "",
        ),
        Fact("Tokens", *_tokens(row["input_tokens"], row["output_tokens"])),
        Fact("Models", ", ".join(plain(name) for name in row["models"]) or UNKNOWN),
        Fact(
            "Capabilities",
            sentence(", ".join(capabilities) or UNKNOWN),
            "most asked first" if len(capabilities) > 1 else "",
        ),
        Fact("Probability", f"{sentence(likelihood(row['probability']))} ({percent(row['probability'])})"),
        Fact(
            "Strength of evidence",
            sentence(words(row["confidence"])),
            f"log10 likelihood ratio {signed(row['log10_lr'])}",
        ),
    ]
    if dossier.first is not None:
        hours = dossier.first["delay_hours"]
        facts.append(
            Fact(
                "First actionable (UTC)",
                minute(moment(dossier.first["first_actionable_at"])),
                f"{hours:,.1f} hours after its first exchange; {percent(dossier.first['leaked'])} of its "
                "exchanges had leaked",
            )
        )
    return tuple(facts)


def _tokens(inputs: int | None, outputs: int | None) -> tuple[str, str]:
    if outputs is None and inputs is None:
        return sentence(UNKNOWN), "these logs name no usage"
    if outputs is None:
        return f"{large(inputs)} in requests", "these logs name none for answers"
    return f"{large(outputs)} in answers", f"to {large(inputs)} in requests" if inputs is not None else ""


def _observed(dossier: Dossier) -> str:
    """What the logs show, without a word on why."""
    row = dossier.row
    text = (
        f"{plural(row['accounts'], 'account')} sent {about(row['exchanges'])} exchanges "
        f"{span(dossier.first_seen, dossier.last_seen)}"
    )
    totals: dict[str, int] = {}
    for _, name, exchanges in dossier.daily:
        if name:
            totals[name] = totals.get(name, 0) + exchanges
    whole = sum(exchanges for _, _, exchanges in dossier.daily)
    most = sorted(totals, key=lambda name: (-totals[name], name))[:2]
    if most:
        text += ": " + ", ".join(f"{ratio(totals[name], whole)} {capability(name)}" for name in most)
    families = {part["family"] for part in dossier.evidence}
    return (
        f"{text}. The evidence below holds {plural(len(dossier.evidence), 'observation')} from "
        f"{plural(len(families), 'family', 'families')}, each with its weight."
    )


def _inferred(dossier: Dossier) -> str:
    """What follows from it, and how surely."""
    row = dossier.row
    name = rival(row["top_rival"])
    probable = f"{likelihood(row['probability'])} ({percent(row['probability'])})"
    if row["actionable"]:
        return (
            f"One operator collecting the model’s answers in bulk is {probable}. What was observed is "
            f"{times(row['log10_lr'])} more probable under that explanation than under the best innocent "
            f"one, {name}: {support(row['log10_lr'])}."
        )
    return (
        f"Whether one operator stands behind these accounts stays open: {probable}. The best innocent "
        f"explanation, {name}, has not been ruled out, so nothing should be done to these accounts "
        "on this evidence."
    )
