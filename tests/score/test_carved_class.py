"""Who only shares phrases with a campaign is left out of it, unless he would be acted on by himself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from test_judgement import named

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score import judging
from stillwatch.score.stage import score

PIECES, PHRASES, USUAL = 12, 12, 30
"""Passages of the operator's template, phrases around it, and phrases that anybody uses now and then."""

UPPER = replace(CAMPAIGN, name="upper", template=1)
"""Fills the template, and shows its phrases."""
LOWER = replace(CAMPAIGN, name="lower", template=1, accounts=50, countries=("DE", "US", "SG"))
"""More of the operator's accounts: purses, addresses in three countries, an age and hours of machines, and the phrases alone."""
TRADE = Group("lower", 50, template=1, alike=True, capability="software_engineering")
"""People of the trade who use the same phrases; nothing else ties them."""


def acted(load: Load, lower: Group, *, around: float, usual: float, seed: int) -> Counter[str]:
    """Accounts of each kind in actionable campaigns.

    around  how often an exchange of those who show the phrases shows each of them
    usual   how often one of the crowd shows each of those that anybody uses
    """
    prints, accounts, truth = traffic([CROWD, UPPER, lower], seed)
    rows: list[dict[str, Any]] = prints.to_pylist()
    rng = np.random.default_rng(4)
    pieces, phrases, common = (
        np.arange(k << 40, (k << 40) + size) for k, size in ((1, PIECES), (2, PHRASES), (4, USUAL))
    )
    names = sorted(account for account, kind in truth.items() if kind == "lower")
    # From hardly ever to nearly always: what their exchanges tell has no gap in it that would part them.
    often = dict(zip(names, np.linspace(0.1, 0.9, len(names)), strict=True))
    for row in rows:
        kind, account = truth[row["account_id"]], row["account_id"]
        own = row["passages"] if kind == "individual" else row["passages"][1:]
        if kind == "individual":
            shown = [common[rng.random(USUAL) < usual]]
        elif kind == "upper":
            shown = [
                phrases[rng.random(PHRASES) < around],
                common[rng.random(USUAL) < 0.1],
                pieces[rng.random(PIECES) < 0.5],
            ]
        elif rng.random() < often[account]:
            some = phrases[rng.random(PHRASES) < around]
            shown = [some if len(some) else phrases[:1]]
        else:
            shown = [rng.choice(common, 3, replace=False)]
        row["passages"] = np.concatenate(shown).tolist() + own
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    return named(score(engine, frozenset(), 0.01), truth)


@pytest.mark.parametrize("seed", [3, 4])
def test_a_class_that_convicts_itself_stays(load: Load, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    whole = {"upper": UPPER.accounts, "lower": LOWER.accounts}
    assert acted(load, LOWER, around=0.4, usual=0.002, seed=seed) == whole
    # Without a word of its own it is carved out.
    monkeypatch.setattr(judging, "stands", lambda *_: False)
    assert acted(load, LOWER, around=0.4, usual=0.002, seed=seed) == {"upper": UPPER.accounts}


def test_a_class_of_innocents_is_left_out(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    stands = judging.stands

    def heard(*each: Any) -> bool:
        told.append(stands(*each))
        return told[-1]

    monkeypatch.setattr(judging, "stands", heard)
    assert acted(load, TRADE, around=0.1, usual=0.03, seed=1) == {"upper": UPPER.accounts}
    assert told == [False]
    # Were it taken at its word, it would be named with the rest.
    monkeypatch.setattr(judging, "stands", lambda *_: True)
    assert acted(load, TRADE, around=0.1, usual=0.03, seed=1)["lower"] > 0.5 * TRADE.accounts
