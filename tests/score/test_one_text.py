"""A campaign of which half fill a second text as well: the other half is named with it, and users of a phrase are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from prints import CAMPAIGN, CAREFUL_CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.one_text import one_text, read_one_text
from stillwatch.score.stage import score

TEXT, MORE = 8, 4
"""Passages of the text that all fill, and of the one that some fill besides."""

PLAIN = replace(CAMPAIGN, name="plain", accounts=60, template=TEXT)
FULL = replace(CAMPAIGN, name="full", accounts=50, template=TEXT + MORE)
USERS = Group("users", 60, template=TEXT, follow_ups=0.1, capability="software_engineering", client=5)


def found(load: Load, other: Group) -> tuple[pa.Table, Counter[str]]:
    """The actionable campaigns, and who is named in any, where `other` shows one text of the campaign that fills two."""
    prints, accounts, truth = traffic([replace(CROWD, accounts=1_500), FULL, other])
    rows = prints.to_pylist()
    mine = [row for row in rows if truth[row["account_id"]] == "full"]
    pieces = sorted(set(mine[0]["passages"]).intersection(*(row["passages"] for row in mine)))
    stream = [row["semantic"] for row in mine]
    rng = np.random.default_rng(2)
    for row in rows:
        own = [passage for passage in row["passages"] if passage not in pieces]
        if truth[row["account_id"]] == "full":
            row["passages"] = pieces[:TEXT] + (pieces[TEXT:] if rng.random() < 0.5 else []) + own
        elif truth[row["account_id"]] == other.name:
            row["passages"] = pieces[:TEXT] + own[other.template :]
            if not other.own_topics:
                row["semantic"] = stream[int(rng.integers(0, len(stream)))]
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    scored = score(engine, frozenset(), 0.01)
    acted = scored.campaigns.filter(scored.campaigns["actionable"])
    rows = scored.members.filter(
        pc.is_in(scored.members["campaign_id"], acted["campaign_id"].combine_chunks())
    )
    return acted, Counter(truth[account] for account in rows["account_id"].to_pylist())


def test_those_who_fill_one_of_two_texts_are_named_with_the_others(load: Load) -> None:
    acted, named = found(load, PLAIN)
    assert named == {"full": FULL.accounts, "plain": PLAIN.accounts}
    assert acted.num_rows == 1  # one campaign


@pytest.mark.parametrize("accounts", [60, 140, 400])
def test_users_of_a_text_that_it_fills_are_not(load: Load, accounts: int) -> None:
    """People with topics, hours and purses of their own, as many as the campaign's or everybody."""
    _, named = found(load, replace(USERS, accounts=accounts))
    assert named == {"full": FULL.accounts}


def test_a_careful_half_is_not_named_for_the_text_alone(load: Load) -> None:
    """What tells nothing else is not enough, whoever fills the text besides."""
    _, named = found(load, replace(CAREFUL_CAMPAIGN, accounts=60))
    assert named["full"] == FULL.accounts
    assert set(named) <= {"full"}


def pairs(
    load: Load, *held: tuple[int, range], more: tuple[tuple[int, int], ...] = ()
) -> frozenset[tuple[int, int]]:
    """Which of two clusters, accounts 0 to 39 and 40 to 89, fill one text, where templates are held so.

    more  cluster and template of what ties one besides
    """
    engine = load(FINGERPRINTS.empty_table(), pa.table({"none": pa.array([], pa.int64())}))
    rows = [(t, ix) for t, accounts in held for ix in accounts]
    engine.put("holdings", pa.table({"t": [t for t, _ in rows], "ix": [ix for _, ix in rows]}))
    engine.put("clusters", pa.table({"cluster": [3] * 40 + [8] * 50, "ix": list(range(90))}))
    ties = [(3, 1, 4.0), (3, 2, 9.0), (8, 1, 9.0), *((cluster, t, 9.0) for cluster, t in more)]
    engine.put(
        "cluster_templates",
        pa.table(
            {
                name: list(values)
                for name, values in zip(("cluster", "t", "bits"), zip(*ties, strict=True), strict=True)
            }
        ),
    )
    engine.run(one_text())
    return read_one_text(engine)


@pytest.mark.parametrize(
    ("shown_by", "told"),
    [
        (range(90), True),
        (range(5, 95), True),
        (range(0, 120), False),
        (range(20, 90), False),
        (range(60), False),
    ],
)
def test_a_text_is_theirs_where_most_of_both_show_it_and_hardly_anybody_else(
    load: Load, shown_by: range, told: bool
) -> None:
    assert pairs(load, (1, shown_by), (2, range(40))) == (frozenset({(3, 8)}) if told else frozenset())


def test_two_groups_that_share_a_phrase_and_fill_a_text_each_are_not_one(load: Load) -> None:
    own = ((2, range(40)), (3, range(40, 90)))
    assert pairs(load, (1, range(90)), *own) == {(3, 8)}  # what hardly ties the second group is not its text
    assert pairs(load, (1, range(90)), *own, more=((8, 3),)) == frozenset()
    # What few of its members show is no text of all.
    assert pairs(load, (1, range(90)), (2, range(40)), (3, range(40, 60)), more=((8, 3),)) == {(3, 8)}
