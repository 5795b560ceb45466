"""Registration: sign-ups in a burst, purses and phones shared without a shared organisation."""

from __future__ import annotations

import numpy as np

from stillwatch.model.exchanges import DAY
from stillwatch.score.carving import FEWEST_STAFF
from stillwatch.score.endings import broken_off, one_age
from stillwatch.score.observation import ESTABLISH_ACCOUNTS, VALID_ACCOUNTS, Observation, percent
from stillwatch.score.scene import Ints, Population, Scene, shares_with_strangers
from stillwatch.score.vouched import OPEN_PATHWAY
from stillwatch.stats.evidence import around, concentration_factor, share_factor, shift_factor

BREAKS = 8
"""Fewer accounts that break off tell nothing,"""

BREAKS_SHARE = 0.25
"""nor does a smaller part of the group."""

MOST_ON_RECORD = 0.5
"""Where so many accounts have an organisation on record, having one tells nothing."""

FEWEST_KNOWN = 5
"""Of fewer accounts whose way in is known it tells nothing."""


def signup_burst(scene: Scene, people: Population) -> Observation | None:
    """The accounts were created within days or weeks, where others' creation is spread over years."""
    created = people.created_at[scene.members]
    known = np.sort(created[created >= 0])
    if len(known) < 5:
        return None
    best = (-1.0, 0, 0, 0, 0.0)
    factors = []
    for stretches in people.usual.created:
        own = stretches.among(known)
        usual = stretches.usual(own, people.usual.created_known - len(known))
        # Accounts are made when accounts are made; and, as likely, at any time.
        likely = usual / usual.sum() + 1.0 / len(usual)
        factors.append(concentration_factor(own, usual, 10.0, total=len(known), prior=likely))
        top = int(np.argmax(own / len(known) - usual))
        excess = float(own[top] / len(known) - usual[top])
        if excess > best[0] + 0.02:
            best = (excess, stretches.days, int(stretches.begins[top]), int(own[top]), float(usual[top]))
    _, days, start, count, share = best
    return Observation(
        "registration",
        "signup_burst",
        float(np.mean(factors)),
        count,
        f"{percent(count / len(known))} of the accounts ({count:,}) were created within {days} days from "
        f"{_day(start)}; of the other accounts {percent(share)} were.",
        ESTABLISH_ACCOUNTS,
    )


def trial_end(scene: Scene, people: Population) -> Observation | None:
    """The accounts send hard until one age since their sign-up, and break off: their free trial is used up.

    People fade, each at an age of his own; what ends for all on one date, ends at many ages.
    """
    who, last = broken_off(scene.ts, scene.who, scene.size, people.until)
    created = people.created_at[scene.members[who]]
    told = (created >= 0) & (created < last) & (people.banned_at[scene.members[who]] < 0)
    if told.sum() < max(BREAKS, BREAKS_SHARE * scene.size):
        return None
    ends = one_age(created[told], last[told])
    return Observation(
        "registration",
        "trial_end",
        min(shift_factor(ends.value, ends.shaken), shift_factor(ends.value, ends.permuted)),
        ends.accounts,
        f"{int(told.sum()):,} of {scene.size:,} accounts break off while sending hard; {ends.accounts:,} of them "
        f"{ends.age / DAY:.1f} days after their sign-up, give or take a twentieth. Of the pairs of them "
        f"{percent(ends.value)} break off at one age; where ages are free to differ {percent(float(ends.shaken.mean()))} "
        f"would, where only the date is shared {percent(float(ends.permuted.mean()))}.",
        ESTABLISH_ACCOUNTS,
    )


def shared_purse(scene: Scene, people: Population) -> Observation | None:
    """Accounts of different owners pay from one purse, or gave one phone.

    What counts is how many they are, or how much of the group's exchanges comes from them, whichever is less: who carries
    many people's requests sends a little of everything that any of them uses.
    """
    if {"payment_hash", "phone_hash"} <= people.missing:
        return None
    owner = people.owner[scene.members]
    purse, phone = (
        shares_with_strangers(column[scene.members], owner) for column in (people.payment, people.phone)
    )
    mine = purse | phone
    others = people.totals.shares_purse - int(people.shares_purse[scene.members].sum())
    base = others / max(people.size - scene.size, 1)
    count, sent = int(mine.sum()), scene.sent_by(mine)
    share = min(count / scene.size, sent)
    return Observation(
        "registration",
        "shared_purse",
        share_factor(share * scene.size, scene.size, (2.0, 2.0), around(base, 20.0)),
        count,
        f"{count:,} of {scene.size:,} accounts share a means of payment or a phone with another of them "
        f"without sharing an owner on record, and sent {percent(sent)} of these exchanges; of all other accounts "
        f"{percent(base)} share one with anybody.",
        ESTABLISH_ACCOUNTS,
    )


def declared_organisation(scene: Scene, people: Population) -> Observation | None:
    """The accounts belong to one organisation that says so."""
    if "org_id" in people.missing:
        return None
    count, organisations = _staff(people.org[scene.members])
    return Observation(
        "registration",
        "declared_organisation",
        share_factor(count, scene.size, (8.0, 1.5), (0.5, 12.0)),
        count,
        f"{count:,} of {scene.size:,} accounts belong to "
        f"{'one declared organisation' if organisations < 2 else f'{organisations:,} declared organisations'}.",
        VALID_ACCOUNTS,
    )


def customers_on_record(scene: Scene, people: Population) -> Observation | None:
    """Many of the accounts each belong to some organisation that is on record: customers, who can be asked."""
    if "org_id" in people.missing:
        return None
    mine = people.org[scene.members] != 0
    base = (people.totals.on_record - int(mine.sum())) / max(people.size - scene.size, 1)
    if base > MOST_ON_RECORD:
        return None
    count = int(mine.sum())
    return Observation(
        "registration",
        "customers_on_record",
        share_factor(count, scene.size, (4.0, 2.0), around(base, 10.0)),
        count,
        f"{count:,} of {scene.size:,} accounts belong to an organisation on record, whichever it is; of all other accounts "
        f"{percent(base)} do.",
        VALID_ACCOUNTS,
    )


def vouched_pathway(scene: Scene, people: Population) -> Observation | None:
    """The accounts came in one way for which somebody vouches: a university, an employer, a partner."""
    if "pathway" in people.missing or OPEN_PATHWAY not in people.pathways or len(people.pathways) < 2:
        return None
    pathways = np.arange(1, len(people.pathways) + 1)
    everywhere = people.usual.holders_of("pathway", pathways)
    own = np.bincount(people.pathway[scene.members], minlength=len(pathways) + 1)[1:]
    known = int(own.sum())
    if known < FEWEST_KNOWN:
        return None
    vouched = pathways[np.array(people.pathways) != OPEN_PATHWAY] - 1
    top = int(vouched[own[vouched].argmax()])
    count = int(own[top])
    base = (int(everywhere[top]) - count) / max(int(everywhere.sum()) - known, 1)
    return Observation(
        "registration",
        "vouched_pathway",
        share_factor(count, known, (6.0, 1.5), around(base, 10.0)),
        count,
        f"{count:,} of {known:,} accounts came in by one pathway that somebody vouches for, {people.pathways[top]}; of all "
        f"other accounts {percent(base)} did.",
        VALID_ACCOUNTS,
    )


def _staff(org: Ints) -> tuple[int, int]:
    """(accounts, organisations): those that share an organisation with enough others of the group.

    org  (n,) of each member, 0 where none is known; a group of several organisations is several innocents, not none
    """
    counts = np.unique(org[org != 0], return_counts=True)[1]
    shared = counts[counts >= FEWEST_STAFF]
    return (int(shared.sum()), len(shared)) if len(shared) else (int(counts.max(initial=0)), 1)


def mail_domain(scene: Scene, people: Population) -> Observation | None:
    """The accounts share a mail domain that few others have."""
    if "email_domain" in people.missing:
        return None
    own = people.mail_domain[scene.members]
    known = own[own != 0]
    if len(known) < 5:
        return None
    names, counts = np.unique(known, return_counts=True)
    everywhere = people.usual.holders_of("email_domain", names)
    rare = everywhere - counts <= 0.02 * people.size
    top = int(counts[rare].max()) if rare.any() else 0
    return Observation(
        "registration",
        "mail_domain",
        share_factor(top, scene.size, (6.0, 1.5), (0.5, 12.0)),
        top,
        f"{top:,} of {scene.size:,} accounts have a mail domain in common that at most 2 % of others have.",
        ESTABLISH_ACCOUNTS,
    )


def one_owner(scene: Scene, people: Population) -> Observation | None:
    """Most of the accounts have one owner on record: an organisation, a purse, a phone or a mail domain of its own.

    Staff of several declared organisations count as owned, too: each owner says so.
    """
    columns = {
        "org_id": people.org,
        "payment_hash": people.payment,
        "phone_hash": people.phone,
        "email_domain": people.mail_domain,
    }
    most, known = 0, False
    for name, column in columns.items():
        own = column[scene.members]
        if name in people.missing or not own.any():
            continue
        known = True
        if column is people.org:
            most, _ = _staff(own)
        values, counts = np.unique(own[own != 0], return_counts=True)
        # Not only the first few: of owners with as many members each, names would tell which these are.
        for place in np.argsort(-counts, kind="stable"):
            if counts[place] <= most:
                break
            outside = int(people.usual.holders_of(name, values[place])) - int(counts[place])
            if outside <= 0.02 * people.size:
                most = int(counts[place])
    if not known:
        return None
    return Observation(
        "registration",
        "one_owner",
        share_factor(most, scene.size, (8.0, 1.0), (0.7, 8.0)),
        most,
        f"{most:,} of {scene.size:,} accounts have an owner in common on record: an organisation, a means of "
        f"payment, a phone or a mail domain that at most 2 % of others have.",
        VALID_ACCOUNTS,
    )


def _day(microseconds: int) -> str:
    return str(np.datetime64(microseconds, "us").astype("datetime64[D]"))
