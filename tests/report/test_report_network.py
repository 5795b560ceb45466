from dataclasses import replace

import sample

from stillwatch.report.dossier import Dossier, open_dossiers
from stillwatch.report.network import ACCOUNTS_SHOWN, INDICATORS_SHOWN, network


def dossier(plan: sample.Plan = sample.LARGE) -> Dossier:
    return open_dossiers(sample.findings((plan,)))[0]


def test_no_more_is_drawn_than_a_reader_can_see_and_it_is_said() -> None:
    drawn = network(dossier(), "n")
    assert drawn is not None
    assert len(drawn.lines) <= INDICATORS_SHOWN
    dots = sum(part.count("a4 4 0 1 0 8 0a") for part in str(drawn.picture).split('class="dot')[1:])
    assert 0 < dots <= ACCOUNTS_SHOWN
    assert f"{dots} accounts of 600" in drawn.drawn
    assert f"{len(drawn.lines)} indicators of 72" in drawn.drawn


def test_every_family_has_its_share_and_its_own_shape() -> None:
    drawn = network(dossier(), "n")
    assert drawn is not None
    assert [mark.name for mark in drawn.legend] == [
        "Content",
        "Reasoning",
        "Network",
        "Registration",
        "Client",
        "Timing",
        "Purpose",
        "Succession",
    ]
    assert sum(mark.indicators for mark in drawn.legend) == len(drawn.lines)
    shapes = [str(mark.picture).partition(' d="')[2] for mark in drawn.legend]
    assert len(set(shapes)) == len(shapes)


def test_the_same_rows_give_the_same_picture() -> None:
    one = dossier(sample.MIDDLE)
    assert network(one, "n") == network(replace(one, shared=tuple(one.shared)), "n")


def test_nothing_shared_means_no_picture() -> None:
    assert network(replace(dossier(sample.WATCHED), shared=()), "n") is None


def test_two_accounts_and_one_indicator_can_be_drawn() -> None:
    one = dossier(sample.WATCHED)
    row = {**one.shared[0], "accounts": 2, "account_ids": ["a", "b"]}
    drawn = network(replace(one, shared=(row,)), "n")
    assert drawn is not None
    assert "nan" not in str(drawn.picture)
