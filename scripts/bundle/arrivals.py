"""Write the simulator's table of machine arrival shapes, fitted to recorded per-client load.

    python scripts/bundle/arrivals.py COLLECTIONS

One row a client that was busy on at least 100 windows: the median coefficient of variation of its
inter-arrival times, and its load by hour of the day as 24 shares that sum to one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).parents[2] / "src" / "stillwatch" / "scenarios" / "data" / "arrivals.parquet"


def main(folder: Path) -> None:
    clients: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for row in pq.read_table(folder / "traces.parquet").to_pylist():
        if row["source"].startswith("servegen"):
            extra = json.loads(row["extra"])
            if extra.get("cv"):
                window = (row["ts_seconds"], extra["rate"], extra["cv"])
                clients.setdefault((row["source"], row["session_id"]), []).append(window)
    shapes = []
    for key in sorted(clients):
        windows = np.array(clients[key])
        if len(windows) < 100:
            continue
        hour = (windows[:, 0] % 86_400 // 3_600).astype(int)
        load = np.bincount(hour, weights=windows[:, 1], minlength=24)
        shapes.append(
            {
                "cv": round(float(np.median(windows[:, 2])), 3),
                "hours": [round(float(share), 4) for share in load / load.sum()],
            }
        )
    pq.write_table(pa.Table.from_pylist(shapes), OUT, compression="zstd")
    print(len(shapes), OUT.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
