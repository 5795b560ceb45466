"""Nobody is named for one exchange, where repeating a text is a group's habit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from prints import CAMPAIGN, CROWD, Load, traffic
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.core import Core
from stillwatch.score.rolls import who_repeats
from stillwatch.score.stage import score

MEMBERS = np.arange(10)
BITS = np.linspace(5.0, 9.0, 10)


def repeating(load: Load, sent: list[int], echoed: list[int]) -> list[int]:
    """Who is left of ten members, of whom each account in `sent` and `echoed` sent one exchange."""
    engine = load(FINGERPRINTS.empty_table(), pa.table({"none": pa.array([], pa.int64())}))
    for name, accounts in (("listed_sightings", sent), ("echoes", echoed)):
        engine.put(
            name,
            pa.table(
                {"cluster": pa.array([4] * len(accounts), pa.int64()), "ix": pa.array(accounts, pa.int32())}
            ),
        )
    left = who_repeats(engine, {4: Core(MEMBERS, BITS)})[4]
    assert np.array_equal(left.bits, BITS[left.members])
    return list(left.members.tolist())


@pytest.mark.parametrize(
    ("sent", "echoed", "left"),
    [
        ([*range(10), *range(8)], [], [*range(8)]),
        ([*range(10), *range(8)], [9], [*range(8), 9]),
        ([*range(8), *range(8)], [], [*range(8)]),  # of two of them nothing is told
        ([*range(10), *range(4)], [], [*range(10)]),  # early in a window most have sent one
        ([*range(10)], [], [*range(10)]),
    ],
)
def test_members_of_whom_one_exchange_is_told_are_left_out_where_most_repeat(
    load: Load, sent: list[int], echoed: list[int], left: list[int]
) -> None:
    assert repeating(load, sent, echoed) == left


def test_who_sent_a_campaign_s_text_once_is_not_named(load: Load) -> None:
    """A stranger who tried it, whole and word for word."""
    prints, accounts, truth = traffic([CROWD, CAMPAIGN])
    rows = prints.to_pylist()
    (text, *_) = (row["passages"] for row in rows if truth[row["account_id"]] == "campaign")
    curious = {}
    for row in rows:
        if truth[row["account_id"]] == "individual" and len(curious) < 5 and row["account_id"] not in curious:
            curious[row["account_id"]] = row["passages"] = text[: CAMPAIGN.template] + row["passages"]
    engine = load(pa.Table.from_pylist(rows, FINGERPRINTS), accounts)
    link(engine, lambda _: None)
    scored = score(engine, frozenset(), 0.01)
    assert scored.campaigns["actionable"].to_pylist() == [True]
    named = set(scored.members["account_id"].to_pylist())
    assert named == {name for name, group in truth.items() if group == "campaign"}
    assert set(scored.attributed["account_id"].to_pylist()) == named
