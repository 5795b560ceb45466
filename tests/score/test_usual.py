"""What all accounts show, beside the same in plain loops over those outside a group."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.model.exchanges import DAY
from stillwatch.score.usual import (
    FEWEST_ADDRESSED,
    RESTLESS,
    RHYTHM_EXCHANGES,
    ROAMING,
    SPANS,
    rhythm,
    usual,
)

ACCOUNTS, WINDOW = 200, 30


def test_a_group_s_rhythm_is_that_of_its_accounts_and_none_dominates() -> None:
    draw = np.random.default_rng(1)
    counts = draw.integers(0, 200, ACCOUNTS)
    angles = [draw.normal(1.0, 1.5, count) for count in counts]
    cosine, sine = (np.array([turn(each).sum() for each in angles]) for turn in (np.cos, np.sin))
    strength, weight = rhythm(cosine, sine, counts)
    told, of = 0.0, 0.0
    for each in angles:
        if len(each) >= 2:
            apart = np.cos(each[:, None] - each[None, :])
            mean = (apart.sum() - len(each)) / (len(each) * (len(each) - 1))
            share = min(len(each) - 1, RHYTHM_EXCHANGES)
            told, of = told + mean * share, of + share
    assert weight.sum() == of
    assert strength.sum() == pytest.approx(told, rel=1e-9)
    assert not strength[counts < 2].any()


def test_what_all_accounts_show_is_counted() -> None:
    draw = np.random.default_rng(2)
    exchanges = draw.integers(1, 90, ACCOUNTS)
    first = draw.integers(0, WINDOW * DAY, ACCOUNTS)
    addressed = np.minimum(exchanges, draw.integers(0, 20, ACCOUNTS))
    same = draw.integers(0, 40, ACCOUNTS)
    known = draw.integers(1, exchanges + 1)
    tokens = draw.integers(0, 3, ACCOUNTS) * 700 * known * draw.integers(1, 4, ACCOUNTS)
    created = np.where(draw.random(ACCOUNTS) < 0.2, -1, draw.integers(0, WINDOW * DAY, ACCOUNTS))
    mail = draw.integers(0, 9, ACCOUNTS)
    found = usual(
        exchanges,
        first,
        np.minimum(exchanges, 12),
        (np.zeros(ACCOUNTS), np.zeros(ACCOUNTS)),
        (addressed, same),
        (exchanges, same),
        (tokens, known),
        created,
        (0, WINDOW * DAY - 1),
        {"email_domain": mail},
    )
    assert found.begins.tolist() == [int((first // DAY == day).sum()) for day in range(WINDOW)]
    told = [int(each) for each in created if each >= 0]
    assert found.created_known == len(told)
    for days, stretches in zip(SPANS, found.created, strict=True):
        inside = [sum(begin <= each < begin + days * DAY for each in told) for begin in stretches.begins]
        assert stretches.accounts.tolist() == stretches.among(np.sort(told)).tolist() == inside
        assert (stretches.begins[0], stretches.days) == (min(told), days)
        assert stretches.begins[-1] + days * DAY > max(told)
    churns = [
        n >= FEWEST_ADDRESSED and 1 - s / (n * (n - 1)) > RESTLESS
        for n, s in zip(addressed.tolist(), same.tolist(), strict=True)
    ]
    assert found.churns.tolist() == churns
    roams = [
        n >= FEWEST_ADDRESSED and 1 - s / (n * (n - 1)) > ROAMING
        for n, s in zip(exchanges.tolist(), same.tolist(), strict=True)
    ]
    assert found.roams.tolist() == roams
    answers = [np.log10(t / n) for t, n in zip(tokens.tolist(), known.tolist(), strict=True) if t]
    assert found.answers == pytest.approx((np.median(answers), max(np.std(answers), 0.1)))
    names = np.array([3, 8, 1])
    assert found.holders_of("email_domain", names).tolist() == [int((mail == name).sum()) for name in names]
