"""Strangers' text beside the pieces of a group's wording clears an account where it brings them, a phrase does not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_array

from prints import Load
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.beside import Shown, of_others
from stillwatch.score.scene import Ints
from stillwatch.score.ties import Ties

PEOPLE, EXCHANGES = 100, 6
MEMBERS, CANDIDATE, STRANGERS = np.arange(10), 10, range(20, 30)
PIECES, TEXT = np.arange(2), 2


def sent(accounts: Ints, beside: int) -> Shown:
    """Exchanges of accounts that show both pieces, and the text in the first of each account's."""
    who = np.repeat(np.arange(len(accounts)), EXCHANGES)
    place = np.flatnonzero(np.tile(np.arange(EXCHANGES) < beside, len(accounts)))
    return Shown(accounts, who, csr_array(np.ones((len(who), 2), np.int8)), place, np.full(len(place), TEXT))


@pytest.mark.parametrize(
    ("with_pieces", "keepers", "beside", "cleared"),
    [
        (10, 0, 6, True),  # a public text that has the pieces in it
        (5, 0, 6, True),
        (4, 0, 6, False),  # a phrase of the trade, which a few of the campaign's use as well
        (0, 0, 6, False),
        (10, 0, 4, True),
        (10, 0, 3, False),  # it stands in half of these exchanges
        (10, 0, 0, False),
        (10, 8, 6, False),  # members keep it far more often than strangers: wording of their own
    ],
)
def test_text_clears_who_shows_it_where_it_brings_the_pieces(
    load: Load, with_pieces: int, keepers: int, beside: int, cleared: bool
) -> None:
    told = [
        *((t, ix) for ix in [*MEMBERS.tolist(), CANDIDATE] for t in PIECES.tolist()),
        *((t, ix) for ix in STRANGERS[:with_pieces] for t in PIECES.tolist()),
        *((TEXT, ix) for ix in [CANDIDATE, *STRANGERS, *MEMBERS[:keepers].tolist()]),
    ]
    engine = load(FINGERPRINTS.empty_table(), pa.table({"none": pa.array([], pa.int64())}))
    engine.put(
        "holdings",
        pa.table(
            {
                "t": pa.array([t for t, _ in told], pa.int32()),
                "ix": pa.array([ix for _, ix in told], pa.int32()),
                "contexts": pa.array([5] * len(told), pa.int64()),
            }
        ),
    )
    none = np.zeros(0, np.int64)
    out = of_others(
        engine,
        0,
        MEMBERS,
        sent(np.array([CANDIDATE]), beside),
        PIECES,
        Ties(np.zeros(PEOPLE + 1, np.int64), none, np.zeros(0), np.zeros(1, np.int64), none),
        np.arange(PEOPLE) < len(MEMBERS),
        frozenset(),
    )
    assert out.tolist() == [cleared]
