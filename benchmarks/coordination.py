"""How real coordinated accounts of other platforms come out: `python benchmarks/coordination.py coordination.parquet`.

The file holds source, account_id, ts (seconds), text, object and label. What an account did to an object (starred
a repository, retweeted a post, changed a file) becomes an exchange whose prompt names the object, so that accounts
that act on the same rare objects send the same rare prompts. Comments are prompts as they are.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.costs import COSTS
from stillwatch.engines.duck import DuckEngine
from stillwatch.fingerprint import FingerprintKey
from stillwatch.ingest import open_exchanges
from stillwatch.link.content import COMMON_SHARE, MIN_ACCOUNTS
from stillwatch.link.membership import HABIT_TEMPLATES
from stillwatch.link.stage import link
from stillwatch.pipeline import Progress, Window, fingerprint
from stillwatch.score.stage import score

ACTS = {
    "github_fake_stars": "stars the repository",
    "git_commits_benign": "changes the file",
    "russian_coord_tweets": "retweets the post",
}
"""Source → what its accounts did to an object. The words make the prompt long enough to be no greeting."""

MIXES = (
    ("github_fake_stars", "git_commits_benign"),
    ("github_fake_stars",),
    ("git_commits_benign",),
    ("reddit_ira_2018",),
    ("russian_coord_tweets",),
    ("github_fake_stars", "git_commits_benign", "reddit_ira_2018", "russian_coord_tweets"),
)

KEY = FingerprintKey(bytes(range(32)))
ENOUGH = 5
"""Accounts of a cluster that counts."""


@dataclass(frozen=True)
class Row:
    """What came out for one mix of sources.

    linkable    coordinated accounts with enough rare things in common with others for content to link them,
                `linked` of them are in clusters
    clusters    of ENOUGH accounts or more; `members` are the accounts in any of them
    clustered   of the coordinated accounts
    organic     accounts known to be organic, `organic_clustered` of them in clusters
    purity      members of one kind in clusters where more than half are of that kind, over all members;
                None where the sources hold one kind alone
    across      clusters with accounts of more than one source
    campaigns   groups that a scan would list, `actionable` of them to be acted on
    """

    sources: tuple[str, ...]
    accounts: int
    coordinated: int
    linkable: int
    linked: int
    clusters: int
    members: int
    clustered: int
    organic: int
    organic_clustered: int
    purity: float | None
    across: int
    campaigns: int
    actionable: int


def exchanges(table: pa.Table) -> pa.Table:
    """The rows as the contract's exchanges; rows without a time, an account or anything to say are left out."""
    acts = [ACTS.get(source, "") for source in table["source"].to_pylist()]
    prompts = [
        text or (f"{act} {thing}" if thing else None)
        for act, text, thing in zip(acts, table["text"].to_pylist(), table["object"].to_pylist(), strict=True)
    ]
    ts = pc.multiply(table["ts"], 1e6).cast(pa.int64(), safe=False).cast(pa.timestamp("us", tz="UTC"))
    out = pa.table({"account_id": table["account_id"], "ts": ts, "prompt": pa.array(prompts, pa.string())})
    return out.filter(pc.and_(pc.is_valid(out["prompt"]), pc.is_valid(out["ts"])))


def linkable(table: pa.Table) -> set[str]:
    """Accounts that content can link at all: with HABIT_TEMPLATES things or more that few others have as well."""
    thing = pc.fill_null(pc.coalesce(table["text"], table["object"]), "")
    pairs = (
        pa.table({"account": table["account_id"], "thing": thing})
        .group_by(["account", "thing"])
        .aggregate([])
    )
    wide = pairs.group_by("thing").aggregate([("account", "count")])
    most = COMMON_SHARE * len(pc.unique(pairs["account"]))
    rare = pc.and_(
        pc.greater_equal(wide["account_count"], MIN_ACCOUNTS), pc.less_equal(wide["account_count"], most)
    )
    things = wide.filter(rare)["thing"].combine_chunks()
    held = (
        pairs.filter(pc.is_in(pairs["thing"], value_set=things))
        .group_by("account")
        .aggregate([("thing", "count")])
    )
    return set(held.filter(pc.greater_equal(held["thing_count"], HABIT_TEMPLATES))["account"].to_pylist())


def measured(table: pa.Table, sources: Sequence[str]) -> Row:
    """Links and judges the exchanges of some sources."""
    rows = table.filter(pc.is_in(table["source"], value_set=pa.array(list(sources))))
    kinds = dict(zip(rows["account_id"].to_pylist(), rows["label"].to_pylist(), strict=True))
    places = dict(zip(rows["account_id"].to_pylist(), rows["source"].to_pylist(), strict=True))
    coordinated = {a for a, label in kinds.items() if str(label).startswith("coordinated")}
    organic = {a for a, label in kinds.items() if str(label).startswith("benign")}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exchanges.parquet"
        pq.write_table(exchanges(rows), path)
        engine = DuckEngine(Path(folder) / "engine", threads=2, memory=768 << 20)
        try:
            reader = open_exchanges([path])
            fingerprint(engine, reader, None, KEY, Window(), Progress())
            link(engine, lambda _: None)
            found = engine.query(f"""
                SELECT cluster, list(account_id) AS who FROM clusters JOIN people USING (ix)
                GROUP BY cluster HAVING count(*) >= {ENOUGH} ORDER BY cluster""")
            scored = score(engine, missing(reader.columns_present), 0.01)
        finally:
            engine.close()
    clusters = [set(who) for who in found["who"].to_pylist()]
    members = set().union(*clusters)
    majority = sum(max(len(one & coordinated), len(one & organic)) for one in clusters)
    known = sum(len(one & (coordinated | organic)) for one in clusters)
    within = linkable(rows) & coordinated
    mixed = bool(coordinated) and bool(organic)
    return Row(
        sources=tuple(sources),
        accounts=len(kinds),
        coordinated=len(coordinated),
        linkable=len(within),
        linked=len(within & members),
        clusters=len(clusters),
        members=len(members),
        clustered=len(members & coordinated),
        organic=len(organic),
        organic_clustered=len(members & organic),
        purity=majority / known if mixed and known else None,
        across=sum(len({places[a] for a in one}) > 1 for one in clusters),
        campaigns=scored.campaigns.num_rows,
        actionable=int(np.sum(scored.campaigns["actionable"].to_numpy(zero_copy_only=False))),
    )


def missing(present: set[str]) -> frozenset[str]:
    """Columns that a scan of these exchanges would call missing."""
    return frozenset(name.removeprefix("accounts.") for name in COSTS if name not in present)


def printed(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    head = (
        "| sources | accounts | clusters | accounts in them | coordinated | clustered | linkable | clustered | "
        "organic | clustered | purity | across sources | listed | actionable |"
    )
    lines = [head, "|---|" + "---:|" * 13]
    for row in rows:
        lines.append(
            f"| {', '.join(row.sources)} | {row.accounts:,} | {row.clusters:,} | {row.members:,} | "
            f"{row.coordinated:,} | {_share(row.clustered, row.coordinated)} | {row.linkable:,} | "
            f"{_share(row.linked, row.linkable)} | {row.organic:,} | "
            f"{_share(row.organic_clustered, row.organic)} | {'–' if row.purity is None else f'{row.purity:.3f}'} | "
            f"{row.across} | {row.campaigns} | {row.actionable} |"
        )
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})" if whole else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "data", type=Path, help="Parquet file with source, account_id, ts, text, object, label"
    )
    table = pq.read_table(parser.parse_args().data)
    print(printed([measured(table, sources) for sources in MIXES]))


if __name__ == "__main__":
    main()
