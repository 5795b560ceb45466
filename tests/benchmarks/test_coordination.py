"""Real coordinated accounts, the benchmark: acts on objects become exchanges, and who acts on the same is clustered."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from coordination import exchanges, linkable, measured

BUYERS, DEVELOPERS, BOUGHT = 12, 300, 8
START = 1_700_000_000.0


@pytest.fixture(scope="module")
def acts() -> pa.Table:
    """A dozen accounts star the same few repositories, in an order of their own; developers change their own files."""
    bought = [(f"buyer{who}", START + 3600.0 * (who * 7 % 11) + 60 * n, f"owner{n}/tool{n * n}")
              for who in range(BUYERS) for n in range(BOUGHT)]  # fmt: skip
    changed = [(f"dev{who}", START + 1800.0 * n + who, f"project{who}:src/part{n}_{who * 31 % 97}.c")
               for who in range(DEVELOPERS) for n in range(6)]  # fmt: skip
    rows = [("github_fake_stars", *act, "coordinated:fake_star") for act in bought]
    rows += [("git_commits_benign", *act, "benign") for act in changed]
    source, account, ts, thing, label = zip(*rows, strict=True)
    return pa.table({
        "source": source, "account_id": account, "ts": pa.array(ts, pa.float64()),
        "text": pa.nulls(len(rows), pa.string()), "object": thing, "label": label,
    })  # fmt: skip


def test_an_act_is_a_prompt_that_names_its_object(acts: pa.Table) -> None:
    table = exchanges(acts)
    assert table.num_rows == acts.num_rows
    assert table["prompt"][0].as_py() == "stars the repository owner0/tool0"
    assert table["prompt"][-1].as_py().startswith("changes the file project299:src/part5")


def test_rows_that_say_nothing_are_left_out(acts: pa.Table) -> None:
    nothing = acts.slice(0, 3).set_column(4, "object", pa.nulls(3, pa.string()))
    assert exchanges(nothing).num_rows == 0


def test_buyers_can_be_linked_and_developers_of_other_files_can_not(acts: pa.Table) -> None:
    assert linkable(acts) == {f"buyer{who}" for who in range(BUYERS)}


def test_buyers_are_clustered_apart_from_developers_and_nobody_is_acted_on(acts: pa.Table) -> None:
    row = measured(acts, ("github_fake_stars", "git_commits_benign"))
    assert (row.coordinated, row.organic, row.linkable) == (BUYERS, DEVELOPERS, BUYERS)
    assert row.linked == row.clustered == BUYERS
    assert (row.organic_clustered, row.purity, row.across, row.actionable) == (0, 1.0, 0, 0)
