"""Which templates of a campaign its members carry for other people: strangers live by them, and members hardly do."""

from __future__ import annotations

import pyarrow as pa
import pytest

from prints import Load
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.score.steps import carried_texts

MEMBERS, STRANGERS = 40, 20
OWN, PACK = 1, 2


def carried(load: Load, members: tuple[int, int, int], strangers: tuple[int, int, int]) -> list[int]:
    """Templates that are left out.

    members, strangers  of each account: exchanges that show OWN, that show PACK, and all that it sends
    """
    engine = load(FINGERPRINTS.empty_table(), ACCOUNT_PRINTS.empty_table())
    sends = [members] * MEMBERS + [strangers] * STRANGERS
    held = [(t, ix, n) for ix, (own, pack, _) in enumerate(sends) for t, n in ((OWN, own), (PACK, pack)) if n]
    number = pa.int64()
    tables = {
        "holdings": {
            "t": pa.array([t for t, _, _ in held], pa.int32()),
            "ix": pa.array([ix for _, ix, _ in held], pa.int32()),
            "exchanges": pa.array([n for _, _, n in held], number),
            "contexts": pa.array([n for _, _, n in held], number),
        },
        "sighting_bits": {"t": pa.array([OWN, PACK], pa.int32()), "cluster": pa.array([7, 7], number)},
        "listed_clusters": {"cluster": pa.array([7], number), "campaign": pa.array([7], number)},
        "listed_members": {
            "cluster": pa.array([7] * MEMBERS, number),
            "ix": pa.array(range(MEMBERS), pa.int32()),
        },
        "people": {
            "ix": pa.array(range(len(sends)), pa.int32()),
            "exchanges": pa.array([total for _, _, total in sends], number),
        },
    }
    for name, columns in tables.items():
        engine.put(name, pa.table(columns))
    engine.run(carried_texts())
    return list(engine.query("SELECT t FROM carried_texts ORDER BY t")["t"].to_pylist())


@pytest.mark.parametrize(
    ("members", "strangers", "left_out"),
    [
        ((40, 4, 80), (0, 20, 25), [PACK]),
        ((6, 4, 300), (0, 20, 25), [PACK]),
        ((6, 4, 20), (0, 20, 25), []),
        ((0, 20, 80), (0, 20, 25), []),
        ((16, 0, 320), (16, 0, 16), []),
        ((40, 4, 80), (0, 1, 25), []),
    ],
    ids=["now and then", "among much else", "as plainly", "their own as well", "careful and unmixed", "once"],
)
def test_what_members_carry_for_others_is_left_out(
    load: Load, members: tuple[int, int, int], strangers: tuple[int, int, int], left_out: list[int]
) -> None:
    """A pack that its users fill in most of their exchanges, and members in few; not a template that others show as well."""
    assert carried(load, members, strangers) == left_out
