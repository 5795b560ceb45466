"""docs/peers.md, from what was measured."""

from __future__ import annotations

from collections import Counter
from typing import Any


def page(result: dict[str, Any]) -> str:
    """The page, with the figures as they came out."""
    rows, machine = result["rows"], result["machine"]
    scale = "" if result["scale"] == 1 else f" OPTIONS='--scale {result['scale']:g}'"
    return f"""# Beside what others use

The same traffic, the same run, the same counting: Stillwatch as it is shipped, and ten methods that people use or
propose against coordinated abuse and model extraction.

```
make bench-peers{scale}
```

Preset `{result["scenario"]}`, seed {result["seed"]}, scale {result["scale"]:g}: {result["accounts"]:,} accounts,
{result["exchanges"]:,} exchanges, from the bundled text. {machine["cores"]} cores ({machine["processor"]}), Python
{machine["python"]}; the load average was {machine["load"][0]}, and on a busy machine seconds are too long.

{_main(rows)}

* *Found*, *recall*, *precision* and *innocents* are counted as [the evaluation](evaluation.md) does, each group that
  a method names as one actionable campaign.
* *At most 1 innocent in 10,000* is the best that any setting of the method reaches under that bound: campaigns found
  and account recall. It is what Stillwatch is held to.
* Time and memory are those of one run with the best setting, a process of its own. Choosing the setting is not in
  them.

## Innocents named, by kind

{_kinds(rows)}

## In whose favour

The peers are helped in ways that nobody has in practice; Stillwatch is not.

- **Settings are chosen with the truth in hand**, on the very traffic that they are judged on: the setting that finds
  the most campaigns, then the one with the best harmonic mean of account precision and recall.
- Methods that flag accounts one by one name no campaigns. Their flagged accounts are put together by the best of four
  ways (one group, main network, main client, week of sign-up), again chosen with the truth.
- The window test's clean history is drawn from accounts that the truth calls innocent. Every second innocent account
  is in it, and is tested all the same.
- Organisations' own purses may be left out, things that many show may be capped, and groups under five accounts are
  never named.

The simulator is our own, and Stillwatch was developed against it. That favours Stillwatch, and no table here can take it
away: [real coordinated accounts](coordination.md) are one check, other people's traffic is the better one.

## The methods and their best settings

{_settings(rows)}

{_SOURCES}"""


def _main(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| method | found | account recall | precision | innocents | at most 1 innocent in 10,000 | time | peak memory |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        strict, recall = row["strict"]
        bound = f"{strict} found, recall {recall:.3f}" if row["setting"] else "–"
        lines.append(
            f"| {row['name']} | {len(row['found'])} of {row['campaigns']} | {row['recall']:.3f} | "
            f"{_share(row['precision'])} | {sum(row['innocents'].values()):,} | {bound} | "
            f"{row['seconds']:,.0f} s | {row['peak_mib']:,} MiB |"
        )
    return "\n".join(lines)


def _kinds(rows: list[dict[str, Any]]) -> str:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row["innocents"])
    kinds = [kind for kind, _ in sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))]
    if not kinds:
        return "None by any method."
    lines = [
        "| kind | " + " | ".join(row["name"] for row in rows) + " |",
        "|---|" + "---:|" * len(rows),
    ]
    for kind in kinds:
        held = (str(row["innocents"].get(kind, 0)) for row in rows)
        lines.append(f"| {kind.replace('_', ' ')} | " + " | ".join(held) + " |")
    return "\n".join(lines)


def _settings(rows: list[dict[str, Any]]) -> str:
    lines = ["| method | best of | setting | campaigns |", "|---|---:|---|---|"]
    for row in rows:
        setting = ", ".join(f"{key} {value}" for key, value in row["setting"].items()) or "as shipped"
        lines.append(f"| {row['name']} | {row['tried']} | {setting} | {', '.join(row['found']) or '–'} |")
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


_SOURCES = """\
- **Rate rules**: one account's most requests in a minute, an hour, a day; its total; output tokens a day; hours of the
  day in which it is seen. What gateways have.
- **Isolation forest** on 29 features of an account. Liu, Ting, Zhou, ICDM 2008; scikit-learn.
- **Shared purses, shared addresses**: connected components, with caps on what many share.
- **coordination-network-toolkit** 1.5.2 (MIT): accounts that post the same text, similar text or the same link within
  seconds. A request is a post, its address the link. Graham and QUT Digital Observatory.
- **MinHash-LSH**: near-duplicate prompts by datasketch 2.0 (MIT), components of accounts over them. Broder,
  SEQUENCES 1997.
- **Dense subgraphs**: greedy peeling with logarithmic weights, written here from the paper. Hooi and others, FRAUDAR,
  KDD 2016.
- **MMD window test** over 100 and 500 queries: Liu, Guo, Dong, arXiv:2606.05725, 2026; Gretton and others, JMLR 13,
  2012. Windows of one account, or of a network, a client or a day of sign-up. WordLlama's vectors stand in for the
  paper's embedding model, which has to be fetched from a hub.
- **honeypotllm** 0.1.3 (Apache-2.0): its suspicion score for each key, replayed at the logs' own times.

The packages that only this page needs are in `requirements/peers.lock`; `make bench-peers` installs them into an
environment of its own, and nothing that is shipped depends on them. All are under permissive licences, apart from
certifi and tqdm (MPL-2.0), which others of them need for downloads that are not made here.
"""
