"""One peer in a process of its own: `python -m peers.one NAME SCENARIO OUT [--setting JSON]`.

With a setting it runs once, and writes what it named. Without one it tries its whole grid and writes for each setting
how well that came out: that is how the best setting is chosen, with the truth in hand.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path
from typing import Any

from peers.judging import PEERS, found, judged, tried
from peers.traffic import read_traffic
from stillwatch.budget import peak_memory
from stillwatch.evaluate.folders import read_truth


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=list(PEERS))
    parser.add_argument("scenario", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--setting", type=json.loads, default=None)
    options = parser.parse_args()
    peer = PEERS[options.name]
    traffic = read_traffic(options.scenario, peer.module.COLUMNS)
    result: Any
    if options.setting is not None:
        groups = found(peer, traffic, options.setting)
        named = {name: sorted(held) for name, held in sorted(groups.items())}
        result = {"groups": named, "peak_mib": peak()}
    else:
        truth = read_truth(options.scenario)
        result = []
        for setting, groups in tried(peer, traffic):
            told = judged(truth, groups)
            result.append(
                {
                    "setting": setting,
                    "found": told.found,
                    "recall": told.account_recall or 0.0,
                    "precision": told.account_precision or 0.0,
                    "innocents": told.innocent_accounts,
                }
            )
            print(json.dumps(result[-1]), file=sys.stderr)
    options.out.write_text(json.dumps(result) + "\n", encoding="utf-8")


def peak() -> int:
    """The most memory that this process or one that it started has held, in MiB.

    What the kernel tells a parent includes the parent's own size at the start, so the process looks for itself.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    own = peak_memory() >> 10
    return max(own, children) // 1024


if __name__ == "__main__":
    main()
