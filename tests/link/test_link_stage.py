"""From exchanges to clusters: groups are found whole, apart, and by their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import hand
import numpy as np

from prints import Load
from stillwatch.link.stage import link

Row = Mapping[str, Any]


def people(name: str, accounts: int, each: int, draw: np.random.Generator, passages: Any = None) -> list[Row]:
    """Accounts that send passages of their own and, of each, those that `passages(account, exchange)` names."""
    return [
        {
            "account": f"{name}{a:03}",
            "prompt": int(draw.integers(1, 2**62)),
            "passages": [*(passages(a, k) if passages else ()), *draw.integers(1, 2**62, 4).tolist()],
        }
        for a in range(accounts)
        for k in range(each)
    ]


def groups(load: Load, rows: Sequence[Row]) -> list[set[str]]:
    engine = load(hand.exchanges(rows), hand.nobody())
    link(engine, lambda _: None)
    table = engine.query("""
        SELECT cluster, list(account_id) AS who FROM clusters JOIN people USING (ix)
        GROUP BY cluster ORDER BY cluster""")
    return [set(who) for who in table["who"].to_pylist()]


def names(name: str, accounts: int) -> set[str]:
    return {f"{name}{a:03}" for a in range(accounts)}


def test_strangers_are_no_group(load: Load) -> None:
    assert groups(load, people("p", 300, 6, np.random.default_rng(1))) == []


def test_a_campaign_whose_wording_drifts_stays_one(load: Load) -> None:
    """Forty accounts word their frame anew every few exchanges; each account uses many of the wordings."""
    draw = np.random.default_rng(2)
    wordings = [draw.integers(1, 2**62, 6).tolist() for _ in range(8)]
    rows = people("c", 40, 24, draw, lambda a, k: wordings[(k // 3 + a // 20) % 8])
    found = groups(load, [*people("p", 300, 6, draw), *rows])
    assert found[0] == names("c", 40)
    assert all(len(one) >= 36 for one in found)


def test_three_quarters_of_other_traffic_hide_no_member(load: Load) -> None:
    draw = np.random.default_rng(3)
    frame = draw.integers(1, 2**62, 8).tolist()
    rows = people("c", 40, 24, draw, lambda a, k: frame if k % 4 == 0 else ())
    found = groups(load, [*people("p", 300, 6, draw), *rows])
    assert found == [names("c", 40)]


def test_frames_that_several_groups_use_do_not_make_them_one(load: Load) -> None:
    """Three groups put words of their own into one public frame; others use the frame alone."""
    draw = np.random.default_rng(4)
    public = draw.integers(1, 2**62, 5).tolist()
    own = {name: draw.integers(1, 2**62, 8).tolist() for name in "abc"}
    rows = [
        row
        for name in "abc"
        for row in people(name, 30, 8, draw, lambda a, k, name=name: [*public, *own[name]])
    ]
    found = groups(load, [*people("p", 400, 4, draw), *people("f", 60, 4, draw, lambda a, k: public), *rows])
    for name in "abc":
        assert names(name, 30) in found


def test_wordings_of_one_campaign_do_not_come_apart(load: Load) -> None:
    """Each account uses two of four wordings inside one frame: parts are handed on, never without the whole."""
    draw = np.random.default_rng(8)
    public = draw.integers(1, 2**62, 5).tolist()
    own = [draw.integers(1, 2**62, 8).tolist() for _ in range(4)]
    rows = people("c", 48, 10, draw, lambda a, k: [*public, *own[(a + k % 2) % 4]])
    found = groups(load, [*people("p", 400, 4, draw), *rows])
    assert found[0] == names("c", 48)


def test_accounts_that_send_everything_tie_no_groups(load: Load) -> None:
    draw = np.random.default_rng(5)
    frames = [draw.integers(1, 2**62, 8).tolist() for _ in range(4)]
    rows = [row for g in range(4) for row in people("abcd"[g], 25, 6, draw, lambda a, k, g=g: frames[g])]
    hubs = people("h", 4, 40, draw, lambda a, k: frames[k % 4])
    found = groups(load, [*people("p", 300, 5, draw), *rows, *hubs])
    for name in "abcd":
        assert any(names(name, 25) <= one and one - names("h", 4) == names(name, 25) for one in found)


def test_new_names_of_passages_change_no_group(load: Load) -> None:
    """What a passage is called is the key's doing."""
    draw = np.random.default_rng(6)
    frame, other = (draw.integers(1, 2**62, 6).tolist() for _ in range(2))
    rows = [
        *people("p", 150, 4, draw),
        *people("c", 20, 6, draw, lambda a, k: frame),
        *people("d", 20, 6, draw, lambda a, k: [*frame[:2], *other]),
    ]
    rename = np.random.default_rng(7)
    new: dict[int, int] = {}

    def renamed(value: int) -> int:
        return new.setdefault(value, int(rename.integers(1, 2**62)))

    again = [
        {**row, "prompt": renamed(row["prompt"]), "passages": [renamed(p) for p in row["passages"]]}
        for row in rows
    ]
    assert groups(load, rows) == groups(load, again)
