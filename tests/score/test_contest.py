"""The contest: extraction as a mixture of kinds of operator."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.model.links import FAMILIES
from stillwatch.score.contest import Match, contest
from stillwatch.score.extraction import (
    AGENTIC,
    CAREFUL,
    EXTRACTION,
    OPERATORS,
    PACED,
    PROXIED,
    RELAYED,
    SUPPLIED,
    SUPPLY,
)
from stillwatch.score.observation import Observation
from stillwatch.score.rivals import RIVALS
from stillwatch.stats.evidence import cap, likelihood

BOUGHT = {"signup_burst": 0.01, "shared_purse": 0.02, "shared_address": 0.02, "address_churn": 0.01}
WORKED = {"no_night": 30.0, "alike_rates": 20.0, "no_day_off": 5.0, "one_client": 8.0}
FAMILY = {
    **dict.fromkeys(("signup_burst", "shared_purse"), "registration"),
    **dict.fromkeys(("shared_address", "address_churn", "many_countries"), "infrastructure"),
    **dict.fromkeys(("no_night", "alike_rates", "no_day_off", "heavy_use"), "timing"),
    "one_client": "client",
    "one_stream": "content",
    "no_conversation": "purpose",
    "no_sittings": "timing",
}


def observations(**factors: float) -> tuple[Observation, ...]:
    return tuple(Observation(FAMILY[name], name, value, 100, "", "") for name, value in factors.items())


def test_kinds_of_operator_are_as_common_as_all_together() -> None:
    assert sum(share for _, share in OPERATORS) == pytest.approx(1.0)


def test_extraction_is_the_mixture_of_its_kinds() -> None:
    """Twin: each kind by itself, added up."""
    seen = observations(**BOUGHT, **WORKED, one_stream=50.0)
    factors = np.array([o.factor for o in seen])
    by_name = {rival.name: rival for rival in RIVALS}
    for match in contest(seen):
        rival, whole = by_name[match.rival.name], 0.0
        for kind, share in OPERATORS:
            parts = np.log10(
                likelihood(factors, np.array([kind.expects(o.signal) for o in seen]))
                / likelihood(factors, np.array([rival.expects(o.signal) for o in seen]))
            )
            families = [[n for n, o in enumerate(seen) if o.family == family] for family in FAMILIES]
            whole += share * 10.0 ** sum(float(cap(parts[each], 4.0).sum()) for each in families if each)
        assert match.log10_lr == pytest.approx(np.log10(whole / rival.common), abs=1e-3)
        assert sum(match.parts) + match.prior == pytest.approx(match.log10_lr, abs=1e-3)


@pytest.mark.parametrize(
    ("bought", "worked", "kind"),
    [
        (False, True, SUPPLIED),
        (True, True, EXTRACTION),
        (True, False, PACED),
        (False, False, CAREFUL),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_each_kind_is_told_by_what_it_leaves_undone(bought: bool, worked: bool, kind: object) -> None:
    supply = {name: 1.0 / value if bought else value for name, value in BOUGHT.items()}
    program = {name: value if worked else 1.0 / value for name, value in WORKED.items()}
    program["heavy_use"] = 30.0 if worked else 1.0 / 30.0
    tool = next(m for m in contest(observations(**supply, **program)) if m.rival.name == "public_tool")
    assert tool.operator is kind


def test_bought_accounts_behind_rotating_proxies_are_a_kind_of_their_own() -> None:
    """No burst of sign-ups and no shared purse, and every exchange from another country: neither acquits of the other."""
    bought = dict.fromkeys(("signup_burst", "shared_purse"), 0.02)
    rotating = {"address_churn": 50.0, "many_countries": 50.0}

    def tool(**factors: float) -> Match:
        return next(m for m in contest(observations(**factors)) if m.rival.name == "public_tool")

    program = {**WORKED, "one_stream": 50.0}
    assert tool(**program, **bought, **rotating).operator is PROXIED
    gained = tool(**program, **bought, **rotating).log10_lr - tool(**program, **bought).log10_lr
    assert gained > tool(**program, **rotating).log10_lr - tool(**program).log10_lr - 0.2


def test_human_hours_in_accounts_that_carry_many_peoples_share_are_relayed() -> None:
    idle = {name: 1.0 / value for name, value in WORKED.items()}
    together = {name: 1.0 / value for name, value in BOUGHT.items()}
    told = contest(observations(**together, **idle, heavy_use=100.0))
    assert next(m for m in told if m.rival.name == "public_tool").operator is RELAYED


def test_conversations_do_not_acquit_who_plays_an_agents_world() -> None:
    """An agent's steps are turns of one conversation, seconds apart; people's conversations still speak for people."""

    def tool(**factors: float) -> float:
        return next(m for m in contest(observations(**factors)) if m.rival.name == "public_tool").log10_lr

    program = {**WORKED, "one_stream": 50.0}
    steps = {"no_conversation": 1e-3, "no_sittings": 1e-3}
    told = next(m for m in contest(observations(**program, **steps)) if m.rival.name == "public_tool")
    assert told.operator is AGENTIC
    assert tool(**program, **steps) > tool(**program) - 0.7
    assert tool(**steps) < tool() - 0.3


def test_a_reseller_is_not_convicted_for_being_heavily_used() -> None:
    def against(**factors: float) -> float:
        return next(m for m in contest(observations(**factors)) if m.rival.name == "reseller").log10_lr

    assert against(one_stream=50.0, heavy_use=100.0) - against(one_stream=50.0) < 0.3


def test_bought_accounts_do_not_acquit_a_plain_program() -> None:
    """What is bought one by one shows no burst, no shared purse, no shared address: that is no sign of innocence."""

    def tool(**factors: float) -> float:
        return next(m for m in contest(observations(**factors)) if m.rival.name == "public_tool").log10_lr

    unknown = tool(**WORKED, one_stream=50.0)
    assert tool(**BOUGHT, **WORKED, one_stream=50.0) > unknown - 0.2
    assert set(BOUGHT) <= set(SUPPLY)
    # And without the program's signs it is no sign of guilt.
    assert tool(**BOUGHT) < 0.1


def test_one_fact_is_not_charged_twice_to_a_class() -> None:
    """Students who sign up from private mail have no owner on record for the same reason."""

    def class_of(*signals: str) -> float:
        seen = [Observation("registration", signal, 1e-4, 30, "", "") for signal in signals]
        return next(m for m in contest(seen) if m.rival.name == "class_of_students").log10_lr

    both, mail = class_of("mail_domain", "one_owner"), class_of("mail_domain")
    assert 0.3 < mail < both < 1.0
