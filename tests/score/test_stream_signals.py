"""One stream of tasks, a wording for each account, one owner, no day off: seen where planted, and not in the look-alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
from planted import Change, observed, unchanged

from prints import CAMPAIGN, CAREFUL_CAMPAIGN, CROWD, FLEET, TOOL, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.score.extraction import CAREFUL, EXTRACTION, OPERATORS
from stillwatch.score.looks import CERTAIN_MEMBERS, belonging
from stillwatch.score.observation import Observation
from stillwatch.score.rivals import RIVALS
from stillwatch.score.signals.content import one_stream, wording_drift
from stillwatch.score.signals.infrastructure import relayed_traffic
from stillwatch.score.signals.registration import one_owner
from stillwatch.score.signals.timing import no_day_off
from stillwatch.score.stage import Scored, score

RESTING = replace(CROWD, days_off=0.6)
SIXTEEN = 16
"""Passages of a template that is worded in several ways."""

Wording = Callable[[np.random.Generator, list[int]], list[int]]
"""Some passages of a template, as one wording of it shows them."""


def drawn_anew(rng: np.random.Generator, text: list[int]) -> list[int]:
    """Six of the passages, whichever."""
    return [int(each) for each in rng.choice(text, 6, replace=False)]


def one_of_three(rng: np.random.Generator, text: list[int]) -> list[int]:
    """What all versions of a public text have, and what one of three has beside it."""
    version = 10 + 2 * int(rng.integers(0, 3))
    return [*text[:10], *text[version : version + 2]]


def worded(wording: Wording, kept: bool) -> Change:
    """The template comes in wordings: a new one in each exchange, or one that an account keeps to."""

    def change(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
        text = max((row["passages"] for row in rows), key=len)[:SIXTEEN]
        held: dict[str, list[int]] = {}
        for row in rows:
            if text[0] not in row["passages"]:
                continue
            chosen = held.setdefault(row["account_id"], wording(rng, text)) if kept else wording(rng, text)
            row["passages"] = [p for p in row["passages"] if p not in text or p in chosen]

    return change


def numbers(said: Observation) -> list[float]:
    """The numbers of a fact, in order, percentages as such."""
    return [float(each.replace(",", "")) for each in re.findall(r"\d[\d,]*(?:\.\d+)?", said.fact)]


def judged(load: Load, group: Group, seed: int = 1) -> tuple[Scored, dict[str, str]]:
    """What the score room finds where this group is planted, and the group of each account."""
    prints, accounts, truth = traffic([CROWD, group], seed)
    engine = load(prints, accounts)
    link(engine, lambda _: None)
    return score(engine, frozenset(), 0.01), truth


@pytest.mark.parametrize("group", [CAMPAIGN, CAREFUL_CAMPAIGN], ids=lambda g: g.name)
def test_accounts_without_topics_of_their_own_draw_from_one_stream(load: Load, group: Group) -> None:
    said = observed(load, group, one_stream, unchanged)
    assert said is not None
    assert said.factor > 100
    alike, accounts, share = numbers(said)
    assert alike < 10
    assert share < 10
    assert accounts == said.accounts > 60


def test_people_who_share_a_tool_have_topics_of_their_own(load: Load) -> None:
    said = observed(load, TOOL, one_stream, unchanged)
    assert said is not None
    assert said.factor < 0.1
    alike, accounts, share = numbers(said)
    assert alike > 50
    assert share > 50
    assert accounts == said.accounts > 50


def test_accounts_that_keep_to_a_wording_of_their_own_drift(load: Load) -> None:
    careful = replace(CAREFUL_CAMPAIGN, template=SIXTEEN)
    said = observed(load, careful, wording_drift, worded(drawn_anew, kept=True))
    assert said is not None
    assert said.factor > 100
    times, accounts = numbers(said)
    assert times > 1.5
    assert accounts == said.accounts == 80
    assert said.fact.endswith("each keeps to a wording of its own.")


@pytest.mark.parametrize(
    ("template", "change"),
    [(9, unchanged), (SIXTEEN, worded(one_of_three, kept=False)), (SIXTEEN, worded(drawn_anew, kept=False))],
    ids=["one text", "three versions", "any wording"],
)
def test_people_who_use_one_text_in_its_versions_do_not_drift(
    load: Load, template: int, change: Change
) -> None:
    said = observed(load, replace(TOOL, template=template), wording_drift, change)
    assert said is not None
    assert said.factor < 0.3
    times, accounts = numbers(said)
    assert times == pytest.approx(1.0, abs=0.15)
    assert accounts == said.accounts > 50
    assert said.fact.endswith("they use one text, or versions of one.")


def test_agents_of_a_declared_organisation_have_one_owner(load: Load) -> None:
    said = observed(load, FLEET, one_owner, unchanged)
    assert said is not None
    assert said.factor > 1_000
    assert numbers(said)[:2] == [40, 40]
    assert said.accounts == 40


def test_a_campaign_that_pays_from_many_purses_has_no_owner(load: Load) -> None:
    said = observed(load, CAMPAIGN, one_owner, unchanged)
    assert said is not None
    assert said.factor < 0.01
    most, accounts = numbers(said)[:2]
    assert 2 <= most == said.accounts < 0.3 * accounts
    assert accounts == 80


def test_accounts_that_never_pause_among_people_who_do_are_seen(load: Load) -> None:
    said = observed(load, CAMPAIGN, no_day_off, unchanged, RESTING)
    assert said is not None
    # People pause in different measure, so that days alone never tell more than about ten to one.
    assert said.factor > 5
    own, usual = numbers(said)
    assert own > 95
    assert usual < 80
    assert said.accounts == 80


@pytest.mark.parametrize("group", [TOOL, CAMPAIGN], ids=lambda g: g.name)
def test_accounts_that_pause_as_people_do_have_days_off(load: Load, group: Group) -> None:
    said = observed(load, replace(group, days_off=0.6), no_day_off, unchanged, RESTING)
    assert said is not None
    assert said.factor < 0.3
    own, usual = numbers(said)
    assert own < usual + 15 < 90


def test_where_nobody_pauses_days_tell_nothing(load: Load) -> None:
    said = observed(load, CAMPAIGN, no_day_off, unchanged)
    assert said is not None
    assert said.factor == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("group", "operator"), [(CAREFUL_CAMPAIGN, CAREFUL), (CAMPAIGN, EXTRACTION)], ids=lambda v: v.name
)
def test_a_campaign_is_judged_as_the_kind_of_operator_that_it_has(
    load: Load, group: Group, operator: Any
) -> None:
    scored, truth = judged(load, group)
    assert scored.campaigns.num_rows == 1
    campaign = scored.campaigns.to_pylist()[0]
    assert {truth[name] for name in scored.members["account_id"].to_pylist()} == {group.name}
    whole = scored.evidence.filter(pc.is_null(scored.evidence["account_id"])).to_pylist()
    shares = {kind.name: common for kind, common in OPERATORS}
    prior = [row for row in whole if row["signal"] == "operator"]
    assert len(prior) == 1
    told = prior[0]["observation"]
    assert told.startswith(
        f"Extraction is tried as {len(OPERATORS)} kinds of operator; this one fits best ({operator.title})"
    )
    # Not knowing the kind costs no more than guessing it would, and something; a rare rival gives some of it back.
    (rival,) = [each for each in RIVALS if each.name == campaign["top_rival"]]
    cost = prior[0]["log10_lr"] + np.log10(rival.common)
    assert np.log10(shares[operator.name]) - 1e-3 <= cost < 0.0
    assert f", and not knowing which it is costs {-cost:.2f}" in told
    assert ("times rarer, adds" in told) == (rival.common < 1.0)
    assert sum(row["log10_lr"] for row in whole) == pytest.approx(campaign["log10_lr"], abs=1e-6)
    told = {row["signal"]: row["log10_lr"] for row in whole}
    if group is CAREFUL_CAMPAIGN:
        # The signs of common control are absent, and their absence acquits nobody who takes care.
        assert told["one_stream"] > 1
        assert all(told[sign] > -0.3 for sign in ("no_night", "alike_rates", "signup_burst", "shared_purse"))
        assert campaign["log10_lr"] > 1


def test_who_is_only_near_is_less_likely_a_member() -> None:
    near, inside = belonging(np.array([6.0, 20.0]), 1_000)
    assert near == pytest.approx(1.0 / (1.0 + 2.0**-6 * 499.0))
    assert near < CERTAIN_MEMBERS < inside


BESIDE = 60
"""Exchanges of each account, half of them besides the template."""


def test_traffic_that_is_relayed_for_others_has_no_topics_of_its_own(load: Load) -> None:
    mixed = replace(CAMPAIGN, themed=0.5, per_account=BESIDE)
    said = observed(load, mixed, relayed_traffic, unchanged)
    assert said is not None
    assert said.factor > 10
    _, accounts, share = numbers(said)
    assert share < 10
    assert accounts == said.accounts > 60


def test_people_who_share_a_tool_stay_themselves_besides(load: Load) -> None:
    said = observed(load, replace(TOOL, themed=0.5, per_account=BESIDE), relayed_traffic, unchanged)
    assert said is not None
    assert said.factor < 0.1
    assert numbers(said)[2] > 50


def test_who_sends_nothing_besides_is_not_asked(load: Load) -> None:
    assert observed(load, CAMPAIGN, relayed_traffic, unchanged) is None
