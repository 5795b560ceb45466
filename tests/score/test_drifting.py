"""Who fills a certain campaign's templates in wording of its own belongs to it; who shares phrases with it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from prints import CAMPAIGN, CROWD, Group, Load, traffic
from stillwatch.engines.duck import DuckEngine
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.asking import drifting
from stillwatch.score.core import Core
from stillwatch.score.drifting import who_shows_more
from stillwatch.score.stage import Scored, score
from stillwatch.score.wording import Wording, read_wording, telling, told_once

PIECES = 12
KEPT = 5
"""Pieces of the template, and how many of them a wording of one's own leaves standing."""

CAREFUL = Group(
    "careful", 16, per_account=40, own_topics=False, follow_ups=0.0, capability="software_engineering"
)
"""Human hours, a rate, an address, an age and a purse of its own; what it sends is given to it below."""


def named(scored: Scored, truth: dict[str, str]) -> Counter[str]:
    """Accounts named in any actionable campaign, by group."""
    ids = scored.campaigns.filter(scored.campaigns["actionable"])["campaign_id"]
    rows = scored.members.filter(pc.is_in(scored.members["campaign_id"], value_set=ids.combine_chunks()))
    return Counter(truth[a] for a in rows["account_id"].to_pylist())


Sends = Callable[[np.random.Generator, list[int], str], list[int]]
"""Random numbers, the campaign's pieces and an account → what an exchange of it shows beside its own passages."""


def linked(
    load: Load,
    *others: tuple[Group, Sends],
    system: Callable[[str, int], list[int]] = lambda *_: [],
    relayed: Sequence[int] = (),
    members: Sends = lambda rng, pieces, _: [p for p in pieces if rng.random() < 0.4],
) -> tuple[DuckEngine, dict[str, str]]:
    """A campaign whose wording varies beside groups, each with what it sends, linked; and the group of each account.

    system   for the group and the number of an account in it the system text that goes with all that it sends
    relayed  what a tenth of the campaign's exchanges show instead of its pieces
    members  what the others of them show
    """
    sends = {group.name: (group, each) for group, each in others}
    groups = [CROWD, replace(CAMPAIGN, template=PIECES), *(group for group, _ in others)]
    prints, accounts, truth = traffic(groups)
    rows: list[dict[str, Any]] = prints.to_pylist()
    mine = [row["passages"] for row in rows if truth[row["account_id"]] == "campaign"]
    pieces = sorted(set(mine[0]).intersection(*mine))
    assert len(pieces) == PIECES
    stream = [row["semantic"] for row in rows if truth[row["account_id"]] == "campaign"]
    rng = np.random.default_rng(6)
    for row in rows:
        kind = truth[row["account_id"]]
        if text := system(kind, int(row["account_id"].rpartition("-")[2])):
            row["system_hash"] = sum(text)
            row["system_passages"] = text
        if kind == "campaign":
            own = [p for p in row["passages"] if p not in pieces]
            kept = members(rng, pieces, row["account_id"])
            row["passages"] = [*(relayed if len(relayed) and rng.random() < 0.1 else kept), *own]
        elif kind in sends:
            group, each = sends[kind]
            row["passages"] = each(rng, pieces, row["account_id"]) + row["passages"]
            if not group.own_topics:
                row["semantic"] = stream[int(rng.integers(0, len(stream)))]
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    return engine, truth


def found(
    load: Load,
    *others: tuple[Group, Sends],
    **linked_by: Any,
) -> tuple[Scored, Counter[str]]:
    """What is found of a campaign beside groups, as of `linked`."""
    engine, truth = linked(load, *others, **linked_by)
    scored = score(engine, frozenset(), 0.01)
    return scored, named(scored, truth)


def kept_by(pieces: list[int], account: str) -> list[int]:
    """The pieces that an account's own wording leaves standing."""
    chosen = np.random.default_rng(list(account.encode())).permutation(len(pieces))[:KEPT]
    return [pieces[k] for k in np.sort(chosen)]


def test_careful_accounts_of_a_certain_campaign_are_added(load: Load) -> None:
    scored, accounts = found(load, (CAREFUL, lambda _, pieces, account: kept_by(pieces, account)))
    assert set(accounts) == {"campaign", "careful"}
    assert accounts["careful"] >= 0.9 * CAREFUL.accounts
    told = scored.evidence.filter(pc.equal(scored.evidence["signal"], "operator"))["observation"][0].as_py()
    assert f"{accounts['careful']} of its {accounts.total()} accounts were added when it was certain" in told


def test_who_shares_the_wording_of_those_who_were_added_is_added(load: Load) -> None:
    """Two of the campaign's pieces are too few; beside others that only careful accounts keep, they are a wording."""
    drifted = list(range(1 << 41, (1 << 41) + 4))
    far = replace(CAREFUL, name="far", accounts=6)

    def sends(kept: int, drifts: bool) -> Sends:
        return lambda rng, pieces, account: [
            *kept_by(pieces, account)[:kept],
            *(rng.permutation(drifted)[:2].tolist() if drifts else ()),
        ]

    _, accounts = found(load, (CAREFUL, sends(KEPT, True)), (far, sends(2, True)))
    assert set(accounts) == {"campaign", "careful", "far"}
    assert accounts["far"] >= 0.8 * far.accounts
    _, accounts = found(load, (CAREFUL, sends(KEPT, True)), (far, sends(2, False)))
    assert set(accounts) == {"campaign", "careful"}


def test_who_passes_on_what_members_send_now_and_then_is_not(load: Load) -> None:
    """Three in a hundred exchanges fill the template, as those of a reseller with a careful account for a customer."""
    reseller = replace(CAREFUL, name="reseller", per_account=300, own_topics=True)

    def passes_on(rng: np.random.Generator, pieces: list[int], account: str) -> list[int]:
        return kept_by(pieces, account) if rng.random() < 0.03 else []

    _, accounts = found(load, (reseller, passes_on))
    assert set(accounts) == {"campaign"}


def test_users_of_a_public_text_that_shares_sentences_with_it_are_not(load: Load) -> None:
    """They show the very same pieces at once, and the rest of the public text, which others show, too."""
    text = list(range(1 << 40, (1 << 40) + 6))
    pack = replace(CAREFUL, name="pack", own_topics=True, follow_ups=0.2)
    _, accounts = found(load, (pack, lambda _, pieces, account: [*kept_by(pieces, account), *text]))
    assert set(accounts) == {"campaign"}


PACKS = [[(1 << 42) + 10 * part + k for k in range(4)] for part in range(8)]
"""Eight parts of system texts that members use."""


def packed(kind: str, number: int) -> list[int]:
    """Two members send with all eight, as all fans do; the others with one of them and words of their own."""
    if kind == "fans" or (kind == "campaign" and number < 2):
        return [p for part in PACKS for p in part]
    return PACKS[number % 8] + [1 << 43 | number] if kind == "campaign" else []


def test_a_system_text_that_is_passed_around_is_one_thing(load: Load) -> None:
    fans = replace(CAREFUL, name="fans", accounts=3, own_topics=True)
    _, accounts = found(load, (fans, lambda *_: []), system=packed)
    assert set(accounts) == {"campaign"}


PUBLIC = [(1 << 45) + k for k in range(8)]
"""A public system text that the campaign uses beside its template."""


@pytest.mark.parametrize("edited", [0, 2], ids=["word for word", "edited"])
@pytest.mark.parametrize(
    "fills", [True, False], ids=["members fill a template", "the text is all they share"]
)
def test_who_shows_the_system_text_alone_is_no_member_where_members_show_more(
    load: Load, edited: int, fills: bool
) -> None:
    """However many of its passages are shown, it is one thing."""
    users = replace(CAREFUL, name="users", accounts=4, own_topics=True)

    def system(kind: str, number: int) -> list[int]:
        if kind == "users":
            return [*PUBLIC[edited:], *((1 << 46) + 8 * number + k for k in range(edited))]
        return PUBLIC if kind == "campaign" else []

    def shows(_: np.random.Generator, pieces: list[int], account: str) -> list[int]:
        return kept_by(pieces, account) if fills else []

    engine, truth = linked(load, (users, lambda *_: []), system=system, members=shows)
    ids = engine.query("SELECT account_id FROM people ORDER BY ix")["account_id"].to_pylist()
    kind = np.array([truth[each] for each in ids])
    core = np.flatnonzero(np.isin(kind, ["campaign", "users"]))
    kept = who_shows_more(engine, {0: Core(core, np.full(len(core), 20.0))}, len(ids))[0]
    assert Counter(kind[kept.members].tolist()) == Counter(
        {"campaign": CAMPAIGN.accounts} | ({} if fills else {"users": users.accounts})
    )


def test_a_careful_account_may_have_a_system_text_of_its_own(load: Load) -> None:
    """Nobody else sends with it, and each piece of the campaign's wording tells."""
    _, accounts = found(
        load,
        (CAREFUL, lambda _, pieces, account: kept_by(pieces, account)),
        system=lambda kind, number: (
            [(1 << 44) + 8 * number + k for k in range(8)] if kind == "careful" else []
        ),
    )
    assert set(accounts) == {"campaign", "careful"}
    assert accounts["careful"] >= 0.9 * CAREFUL.accounts


def test_a_phrase_of_the_trade_that_ties_strangers_clears_nobody(load: Load) -> None:
    """It makes its users a cluster that speaks for innocents, and most of them fill none of the campaign's templates."""
    phrase = list(range(1 << 40, (1 << 40) + 3))
    trade = replace(CAREFUL, name="trade", accounts=24, own_topics=True, follow_ups=0.2)
    _, accounts = found(
        load,
        (CAREFUL, lambda _, pieces, account: [*kept_by(pieces, account), *phrase]),
        (trade, lambda *_: phrase),
    )
    assert set(accounts) == {"campaign", "careful"}
    assert accounts["careful"] >= 0.9 * CAREFUL.accounts


def test_who_uses_its_phrases_one_at_a_time_is_not(load: Load) -> None:
    busy = replace(CAREFUL, name="busy", per_account=200, own_topics=True)
    _, accounts = found(
        load, (busy, lambda rng, pieces, account: [int(rng.choice(kept_by(pieces, account)))])
    )
    assert set(accounts) == {"campaign"}


def only_once(pieces_of: Callable[[list[int], str], list[int]]) -> Sends:
    """An account's first exchange shows these of the pieces, and no other."""
    sent: set[str] = set()

    def sends(_: np.random.Generator, pieces: list[int], account: str) -> list[int]:
        if account in sent:
            return []
        sent.add(account)
        return pieces_of(pieces, account)

    return sends


THIN = replace(CAREFUL, name="thin", accounts=10, per_account=4)
"""Four exchanges each, too few for a habit."""


def test_who_fills_the_template_once_and_sends_little_is_added(load: Load) -> None:
    _, accounts = found(load, (THIN, only_once(lambda pieces, _: pieces[:9])))
    assert set(accounts) == {"campaign", "thin"}
    assert accounts["thin"] >= 0.8 * THIN.accounts


@pytest.mark.parametrize(
    ("group", "pieces"),
    [
        (THIN, 2),
        (replace(THIN, per_account=200, own_topics=True), 9),
        (replace(THIN, org=True), 9),
    ],
    ids=["two phrases", "one exchange of many", "staff"],
)
def test_who_shows_a_part_once_is_not(load: Load, group: Group, pieces: int) -> None:
    _, accounts = found(load, (group, only_once(lambda every, _: every[:pieces])))
    assert set(accounts) == {"campaign"}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("phrases", [True, False], ids=["phrases of a trade", "a wording"])
def test_pieces_of_which_none_tells_enough_make_nobody_a_member_by_a_few_exchanges(
    load: Load, times: int, phrases: bool
) -> None:
    """Two in seven of those who show each piece are a trade's, who use one after the other: a dozen of them add up."""
    trade = replace(CAREFUL, name="trade", accounts=70, per_account=20, own_topics=True, follow_ups=0.2)
    sent: Counter[str] = Counter()

    def fills(_: np.random.Generator, pieces: list[int], account: str) -> list[int]:
        sent[account] += 1
        return pieces[:8] if sent[account] <= times else []

    groups: list[tuple[Group, Sends]] = [(replace(THIN, accounts=6, per_account=6), fills)]
    if phrases:
        groups.append((trade, lambda rng, pieces, account: [int(rng.choice(kept_by(pieces, account)))]))
    _, accounts = found(load, *groups)
    assert set(accounts) == ({"campaign"} if phrases else {"campaign", "thin"})


@pytest.mark.parametrize("beside", [True, False], ids=["public text", "own text"])
def test_who_uses_a_public_text_with_its_sentences_once_is_not(load: Load, beside: bool) -> None:
    """As users of the text do who send it often."""
    text = list(range(1 << 40, (1 << 40) + 6))
    users = replace(CAREFUL, name="users", own_topics=True, follow_ups=0.2)
    thin = replace(THIN, accounts=5)

    def uses(_: np.random.Generator, pieces: list[int], account: str) -> list[int]:
        return [*kept_by(pieces, account), *text]

    once = only_once(lambda pieces, account: [*kept_by(pieces, account), *(text if beside else ())])
    _, accounts = found(load, (users, uses), (thin, once))
    assert set(accounts) == ({"campaign"} if beside else {"campaign", "thin"})


def test_staff_of_one_organisation_explain_themselves(load: Load) -> None:
    staff = replace(CAREFUL, name="staff", org=True)
    _, accounts = found(load, (staff, lambda _, pieces, account: kept_by(pieces, account)))
    assert set(accounts) == {"campaign"}


@pytest.mark.parametrize("often", [True, False], ids=["in all it sends", "in its own wording"])
@pytest.mark.parametrize("pathway", ["enterprise", "self-serve"])
def test_who_has_an_owner_on_record_for_whom_somebody_vouches_is_not(
    load: Load, pathway: str, often: bool
) -> None:
    """Organisations that make data in the open fill the template that an operator fills, too."""
    house = replace(CAREFUL, name="house", accounts=4, own_orgs=True, pathways=(pathway,))
    _, accounts = found(
        load, (house, lambda _, pieces, account: pieces if often else kept_by(pieces, account))
    )
    assert set(accounts) == ({"campaign"} if pathway == "enterprise" else {"campaign", "house"})


def told_by(shows: csr_array, core: Any) -> Wording:
    """The pieces of a group, all of them kept by whoever shows them."""
    inside, total = shows[np.flatnonzero(core)].sum(axis=0), shows.sum(axis=0)
    nobody = np.zeros(shows.shape[1], np.int64)
    sizes = int(core.sum()), int((~core).sum())
    return telling(np.arange(shows.shape[1]), inside, total - inside, (nobody, nobody), *sizes)


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_pieces_by_chance_add_nobody(share: float) -> None:
    """Strangers who show any piece with a chance of their own, in a hundred draws."""
    rng = np.random.default_rng(3)
    added = told = 0
    for _ in range(100):
        chance = np.full((600, 20), 0.01)
        chance[:60] = share
        shows = csr_array((rng.random((600, 20)) < chance).astype(np.int64))
        core = np.arange(600) < 60
        wording = told_by(shows, core)
        kept = csr_array(shows[:, wording.templates])
        added += len(drifting(wording, kept, ~core, np.log2(540 / 60) + 6.6)[0])
        told += len(wording.templates)
    assert told >= 1000
    assert added <= 3


def test_what_strangers_show_as_often_is_no_piece() -> None:
    """By hand: kept by one alone, shown by mostly strangers, hardly rarer outside; and two that tell."""
    keepers, strangers, nobody = (
        np.array([1, 10, 2, 10, 2]),
        np.array([0, 11, 1, 10, 0]),
        np.zeros(5, np.int64),
    )
    told = telling(np.arange(5), keepers, strangers, (nobody, nobody), 20, 40)
    assert told.templates.tolist() == [4]
    told = telling(np.arange(5), keepers, strangers, (nobody, nobody), 20, 4000)
    assert told.templates.tolist() == [2, 3, 4]
    assert told.inside[1] == pytest.approx(10.5 / 21)
    assert told.outside[1] == pytest.approx(10.5 / 4001)


def test_what_strangers_live_by_and_members_hardly_is_no_piece() -> None:
    """By hand: kept by thirty members each, three of whom live by it, and by so many strangers; one may be a member yet."""
    strangers = np.array([3, 4, 5, 29, 1])
    members_live, keepers = np.array([3, 3, 3, 30, 0]), np.array([30, 30, 30, 30, 4])
    told = telling(np.arange(5), keepers, strangers, (members_live, strangers), 60, 4000)
    assert told.templates.tolist() == [0, 1, 3, 4]


def test_a_pack_that_members_pass_on_is_no_piece(load: Load) -> None:
    """A tenth of what most of the campaign's accounts send fills a public pack; its few users fill hardly anything else."""
    pack = list(range(1 << 44, (1 << 44) + 6))
    users = replace(CAREFUL, name="users", accounts=20, own_topics=True)
    engine, truth = linked(load, (users, lambda *_: pack), relayed=pack)
    ids = engine.query("SELECT account_id FROM people ORDER BY ix")["account_id"].to_pylist()
    ours = np.array([truth[each] == "campaign" for each in ids])
    wording = read_wording(engine, np.flatnonzero(ours), ours)
    shown = engine.query(
        "SELECT DISTINCT o.p, o.t FROM template_of o JOIN holdings h ON h.t = o.t ORDER BY o.p"
    )
    of = dict(zip(shown["p"].to_pylist(), shown["t"].to_pylist(), strict=True))
    assert not {of[p] for p in pack}.intersection(wording.templates.tolist())
    assert len(wording.templates) >= PIECES


@given(st.randoms(use_true_random=False))
def test_the_order_of_accounts_changes_nothing(random: Any) -> None:
    rng = np.random.default_rng(8)
    chance = np.full((200, 15), 0.02)
    chance[:30], chance[30:45] = 0.8, 0.35
    shows, core = (rng.random((200, 15)) < chance).astype(np.int64), np.arange(200) < 30
    order = np.array(random.sample(range(200), 200))
    wording, moved_wording = told_by(csr_array(shows), core), told_by(csr_array(shows[order]), core[order])
    assert moved_wording.templates.tolist() == wording.templates.tolist()
    kept = shows[:, wording.templates]
    plain, bits = drifting(wording, csr_array(kept), ~core, 7.0)
    moved, again = drifting(moved_wording, csr_array(kept[order]), ~core[order], 7.0)
    assert len(plain) > 5
    assert sorted(zip(order[moved], again, strict=True)) == sorted(zip(plain, bits, strict=True))


def test_of_a_text_passed_on_the_strongest_piece_tells() -> None:
    """By hand: three pieces shown, two of them of one text, and a fourth that is not shown."""
    wording = Wording(np.arange(4), np.array([0.5, 0.2, 0.9, 0.3]), np.array([0.01, 0.001, 0.01, 0.01]))
    shows = csr_array(np.array([[1, 1, 1, 0], [1, 1, 1, 0]], np.int8))
    one_text = csr_array(np.array([[1, 1, 0, 1], [0, 1, 0, 1]], np.int8))
    kept, untold = told_once(wording, shows, one_text)
    assert kept.toarray().tolist() == [[0, 1, 1, 0], [1, 1, 1, 0]]
    assert untold.toarray().tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]
    # What tells nothing more tells nothing against it either.
    three = Wording(wording.templates[1:], wording.inside[1:], wording.outside[1:])
    assert wording.bits(kept, untold)[0] == pytest.approx(three.bits(csr_array(shows[:, 1:]))[0])


def test_bits_are_the_mean_over_what_wording_keeps() -> None:
    """One piece, by hand: the mean of (q m / u) over q, and of (1 - q m) / (1 - u)."""
    told = Wording(np.array([0]), np.array([0.9]), np.array([0.01]))
    q = np.linspace(0.04, 1.0, 25)
    expected = [np.log2(np.mean((1.0 - 0.9 * q) / 0.99)), np.log2(np.mean(0.9 * q / 0.01))]
    assert told.bits(csr_array(np.array([[0], [1]]))) == pytest.approx(expected, abs=0.002)
