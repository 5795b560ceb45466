"""What a signal says of the cluster of a planted group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from prints import CROWD, Group, Load, traffic
from stillwatch.engines.parts import ranges
from stillwatch.link.stage import link
from stillwatch.model.fingerprints import FINGERPRINTS
from stillwatch.score.degrees import Degrees, read_degrees
from stillwatch.score.observation import Observation
from stillwatch.score.one_text import one_text
from stillwatch.score.scene import Population, Scene, population
from stillwatch.score.scenes import scenes
from stillwatch.score.steps import address_outsiders, find_signatures, outsiders, taken_over

Change = Callable[[list[dict[str, Any]], np.random.Generator], None]


def observed(
    load: Load,
    group: Group,
    signal: Callable[..., Observation | None],
    change: Change,
    crowd: Group = CROWD,
    seed: int = 1,
) -> Observation | None:
    """What the signal says of the cluster of a group: see `drawn`."""
    scene, people, _ = drawn(load, group, change, crowd, seed)
    return signal(scene, people)


def unchanged(rows: list[dict[str, Any]], rng: np.random.Generator) -> None:
    """Leaves the rows as they are."""


def drawn(
    load: Load, group: Group, change: Change = unchanged, crowd: Group = CROWD, seed: int = 1
) -> tuple[Scene, Population, Degrees]:
    """The cluster of a group, after `change` was done to the group's rows, and all that it is compared with.

    crowd  the accounts around it, which set what is usual
    """
    prints, accounts, truth = traffic([crowd, group], seed)
    planted = pc.is_in(prints["account_id"], pa.array([a for a, kind in truth.items() if kind == group.name]))
    mine = prints.filter(planted).to_pylist()
    change(mine, np.random.default_rng(5))
    changed = pa.Table.from_pylist(mine, FINGERPRINTS)
    engine = load(pa.concat_tables([prints.filter(pc.invert(planted)), changed]), accounts)
    link(engine, lambda _: None)
    for step in (one_text(), outsiders(), address_outsiders(), taken_over()):
        engine.run(step)
    find_signatures(engine)
    people = population(engine, frozenset())
    with scenes(engine, ranges(engine)) as filmed:
        for scene in filmed.first():
            names = Counter(truth[people.account_id[int(ix)].as_py()] for ix in scene.members)
            if names.most_common(1)[0][0] == group.name:
                return scene, people, read_degrees(engine)
    raise AssertionError("the group is no cluster")
