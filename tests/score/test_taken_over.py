"""Which refused exchanges another account took over: held against a look at every pair, and linear in one prompt's senders."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest

from prints import Load
from stillwatch.engines.plan import Engine
from stillwatch.model.fingerprints import ACCOUNT_PRINTS, FINGERPRINTS
from stillwatch.score.steps import FAILOVER, taken_over

Sent = tuple[int, int, int, int | None]
"""Account, prompt, time in hundreds of seconds, status."""

STATUSES = (None, 200, 399, 400, 529)


def loaded(load: Load, rows: list[Sent], dropped: set[int]) -> Engine:
    """An engine with the rows, as the link room leaves them."""
    who, prompt, when, status = (np.array(column) for column in zip(*rows, strict=True))
    n = len(rows)
    told = {
        "exchange_id": pa.array([f"x{i}" for i in range(n)]),
        "id_derived": pa.array(np.zeros(n, bool)),
        "ts": pa.array(when.astype(np.int64) * 100_000_000).cast(FINGERPRINTS.field("ts").type),
        "account_id": pa.array([f"a{number:06}" for number in who]),
        "prompt_hash": pa.array(prompt + 1),
        "status": pa.array(status.tolist(), pa.int32()),
        "source": pa.array(["here"] * n),
        "line": pa.array(np.arange(1, n + 1)),
    }
    columns = [told.get(field.name, pa.nulls(n, field.type)) for field in FINGERPRINTS]
    engine = load(pa.Table.from_arrays(columns, schema=FINGERPRINTS), ACCOUNT_PRINTS.empty_table())
    engine.put("dropped", pa.table({"row": pa.array(sorted(dropped), pa.int64())}))
    engine.put("verbatim", pa.table({"prompt_hash": pa.array(np.unique(prompt) + 1)}))
    return engine


def found(engine: Engine) -> list[int]:
    engine.run(taken_over())
    return list(engine.to_arrow("taken_over", '"row"')["row"].to_pylist())


def every_pair(rows: list[Sent], dropped: set[int]) -> list[int]:
    """The definition: somebody else's answered exchange with the same prompt within ten minutes."""
    by_prompt: dict[int, list[tuple[int, int, int, bool]]] = {}
    for i, (who, prompt, when, status) in enumerate(rows):
        if i not in dropped:
            by_prompt.setdefault(prompt, []).append((i, who, when, (status or 200) >= 400))
    return [
        i
        for sent in by_prompt.values()
        for i, who, when, failed in sent
        if failed
        and any(
            other != who and not refused and 0 <= (at - when) * 100_000_000 <= FAILOVER
            for _, other, at, refused in sent
        )
    ]


def test_it_is_what_a_look_at_every_pair_finds(load: Load) -> None:
    draw = np.random.default_rng(3)
    rows: list[Sent] = [
        (
            int(draw.integers(0, 4)),
            prompt,
            int(draw.integers(0, 25)),
            STATUSES[draw.integers(0, len(STATUSES))],
        )
        for prompt in range(600)
        for _ in range(draw.integers(1, 12))
    ]
    dropped = set(draw.integers(0, len(rows), 200).tolist())
    told = found(loaded(load, rows, dropped))
    assert 300 < len(told) < len(rows) / 3
    assert told == every_pair(rows, dropped)


@pytest.mark.parametrize("one_answers", [True, False])
def test_a_prompt_of_twenty_thousand_accounts_costs_as_many_rows(load: Load, one_answers: bool) -> None:
    """Every account is refused ten times within minutes; pairs of them would be forty thousand million."""
    accounts, times = 20_000, 10
    rows = [(who, 0, at % 6, 429) for who in range(accounts) for at in range(times)]
    rows += [(0, 0, 6, 200)] if one_answers else [(who, 0, 6, 200) for who in range(accounts)]
    engine = loaded(load, rows, set())
    began = time.perf_counter()
    mine = 0 if one_answers else times  # nobody else answers the one who alone is answered
    assert len(found(engine)) == (accounts - 1) * times + mine
    assert time.perf_counter() - began < 20
