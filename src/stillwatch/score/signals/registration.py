"""Registration: sign-ups in a burst, purses and phones shared without a shared organisation."""

from __future__ import annotations

import numpy as np

from stillwatch.score.observation import ESTABLISH_ACCOUNTS, VALID_ACCOUNTS, Observation, percent
from stillwatch.score.scene import DAY, Ints, Population, Scene
from stillwatch.stats.evidence import around, concentration_factor, share_factor

WEEK = 7 * DAY


def signup_burst(scene: Scene, people: Population) -> Observation | None:
    """The accounts were created in few weeks, where others' creation is spread over years."""
    created = people.created_at[scene.members]
    known = created >= 0
    if known.sum() < 5:
        return None
    everyone = people.created_at[people.created_at >= 0] // WEEK
    weeks, counts = np.unique(everyone, return_counts=True)
    own = np.bincount(np.searchsorted(weeks, created[known] // WEEK), minlength=len(weeks))
    others = np.maximum(counts - own, 0) + 0.5
    busiest = int(np.argmax(own))
    share = float(own[busiest] / known.sum())
    usual = float(others[busiest] / others.sum())
    return Observation(
        "registration",
        "signup_burst",
        concentration_factor(own, others / others.sum(), 2.0, 10.0),
        int(own[busiest]),
        f"{percent(share)} of the accounts ({own[busiest]:,}) were created in the week of "
        f"{_day(int(weeks[busiest]) * WEEK)}; of the other accounts {percent(usual)} were.",
        ESTABLISH_ACCOUNTS,
    )


def shared_purse(scene: Scene, people: Population) -> Observation | None:
    """Accounts of different owners pay from one purse, or gave one phone."""
    if {"payment_hash", "phone_hash"} <= people.missing:
        return None
    inside = np.zeros(people.size, dtype=bool)
    inside[scene.members] = True
    shares = np.zeros(people.size, dtype=bool)
    for column in (people.payment, people.phone):
        shares |= _shares(column, people.org, scene.members)
    everyone = np.arange(people.size)
    usual = np.zeros(people.size, dtype=bool)
    for column in (people.payment, people.phone):
        usual |= _shares(column, people.org, everyone)
    base = float(usual[~inside].mean()) if (~inside).any() else 0.0
    count = int(shares[scene.members].sum())
    return Observation(
        "registration",
        "shared_purse",
        share_factor(count, scene.size, (2.0, 2.0), around(base, 20.0)),
        count,
        f"{count:,} of {scene.size:,} accounts share a means of payment or a phone with another of them "
        f"without sharing an organisation; of all other accounts {percent(base)} share one with anybody.",
        ESTABLISH_ACCOUNTS,
    )


def declared_organisation(scene: Scene, people: Population) -> Observation | None:
    """The accounts belong to one organisation that says so."""
    if "org_id" in people.missing:
        return None
    orgs = people.org[scene.members]
    named = orgs[orgs != 0]
    top = int(np.unique(named, return_counts=True)[1].max()) if len(named) else 0
    return Observation(
        "registration",
        "declared_organisation",
        share_factor(top, scene.size, (8.0, 1.5), (0.5, 12.0)),
        top,
        f"{top:,} of {scene.size:,} accounts belong to one declared organisation.",
        VALID_ACCOUNTS,
    )


def mail_domain(scene: Scene, people: Population) -> Observation | None:
    """The accounts share a mail domain that few others have."""
    if "email_domain" in people.missing:
        return None
    own = people.mail_domain[scene.members]
    known = own[own != 0]
    if len(known) < 5:
        return None
    names, counts = np.unique(known, return_counts=True)
    everywhere = np.array([int((people.mail_domain == name).sum()) for name in names])
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


def _shares(column: Ints, org: Ints, among: Ints) -> np.ndarray:
    """Which accounts share a value with another of `among` whose organisation is not the same."""
    out = np.zeros(len(column), dtype=bool)
    known = among[column[among] != 0]
    order = known[np.argsort(column[known], kind="stable")]
    values = column[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if len(order) else np.zeros(0, np.int64)
    for start, stop in zip(starts, np.r_[starts[1:], len(order)], strict=True):
        if stop - start < 2:
            continue
        group = order[start:stop]
        one_owner = org[group[0]] != 0 and (org[group] == org[group[0]]).all()
        out[group] = not one_owner
    return out


def _day(microseconds: int) -> str:
    return str(np.datetime64(microseconds, "us").astype("datetime64[D]"))
