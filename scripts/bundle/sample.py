"""Write the simulator's bundled text sample and its list of origins, from folders of open prompt collections.

    python scripts/bundle/sample.py COLLECTIONS

Takes only collections under permissive, attribution or public-domain licences: nothing share-alike, nothing
non-commercial, and nothing whose licence names either for a part. A fixed seed chooses the rows.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.scenarios.sources import documents

OUT = Path(__file__).parents[2] / "src" / "stillwatch" / "scenarios" / "data"

ROWS = {
    "clinc_oos": 4500, "restaurant8k": 900, "taskmaster4_coffee": 600, "wildchat_convotopo": 1700,
    "oasst1_en_validation": 778, "oasst_en_100_tree": 480, "awesome_chatgpt_prompts": 420,
    "awesome_prompts_zh": 124, "fabric_patterns": 60, "gsm8k": 1500, "bbh_codex_runs": 800, "bfcl_v4": 1200,
    "gpteacher_toolformer": 1200, "gpteacher_codegen": 1800, "gorilla_apibench": 700, "toolalpaca_eval": 214,
    "self_instruct_seeds": 175, "huatuo_med_zh": 1200, "humaneval": 163, "mbppplus": 398, "mt_bench": 160,
    "arena_hard_v01": 400, "lmcache_magagent": 200, "lmcache_miniswe": 160,
}  # fmt: skip
"""Rows taken a source. Sources that are not named here are not taken."""

REFUSED = re.compile(r"\bNC\b|-NC-|-SA-|BY-SA|BY-NC|no licence", re.IGNORECASE)


def licences(readme: str) -> dict[str, tuple[str, str]]:
    """Licence and origin (repository@commit) of each source, from the table rows of a collection's README."""
    found = {}
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and " @ " in cells[2]:
            found[cells[0]] = (cells[4], cells[2].replace(" @ ", "@"))
    return found


def main(folder: Path) -> None:
    known = licences((folder / "README.md").read_text(encoding="utf-8"))
    rng = np.random.default_rng(20260901)
    parts = []
    for path in sorted(folder.glob("prompts_*.parquet")):
        table = documents(pq.read_table(path))
        kind = path.stem.removeprefix("prompts_")
        for source in sorted(set(table["source"].to_pylist()) & set(ROWS)):
            licence, origin = known[source]
            if REFUSED.search(licence):
                raise SystemExit(f"{source}: licence {licence} is not one that may be bundled")
            mine = table.filter(pc.equal(table["source"], source))
            size = pc.utf8_length(mine["prompt"])
            masked = pc.match_substring_regex(mine["prompt"], "<EMAIL>|<PHONE>|<SECRET>|https?://")
            mine = mine.filter(
                pc.and_(pc.invert(masked), pc.less_equal(size, 1500 if source != "fabric_patterns" else 6000))
            )
            for answers in (False, True):
                group = mine.filter(pc.equal(pc.equal(mine["domain"], "answers"), answers))
                wanted = ROWS[source] // (3 if answers else 1)
                order = rng.permutation(group.num_rows)[:wanted]
                chosen = group.take(pa.array(np.sort(order)))
                keep_system = source in ("fabric_patterns", "toolalpaca_eval")
                system = (
                    pc.utf8_slice_codeunits(chosen["system_prompt"], 0, 2400)
                    if keep_system
                    else (pa.nulls(chosen.num_rows, pa.string()))
                )
                chosen = chosen.set_column(
                    chosen.column_names.index("system_prompt"), "system_prompt", system
                )
                for name, value in (("kind", kind), ("licence", licence), ("origin", origin)):
                    chosen = chosen.append_column(name, pa.array([value] * chosen.num_rows, pa.string()))
                parts.append(chosen)
    sample = pa.concat_tables(parts)
    OUT.mkdir(parents=True, exist_ok=True)
    pq.write_table(sample, OUT / "sample.parquet", compression="zstd", compression_level=19)
    lines = [
        "# Origins of the bundled text sample",
        "",
        "`sample.parquet` holds a small part of these collections. Each row names its licence and origin.",
        "",
        "| collection | rows | origin (repository@commit) | licence |",
        "|---|---:|---|---|",
    ]
    for source in sorted(ROWS):
        count = pc.sum(pc.equal(sample["source"], source)).as_py()
        lines.append(f"| {source} | {count:,} | {known[source][1]} | {known[source][0]} |")
    lines += [
        "",
        "`arrivals.parquet` is fitted to the per-client load of ServeGen"
        " (alibaba/ServeGen@f891d1189eb3, Apache-2.0); it holds no recorded request.",
        "",
    ]
    (OUT / "ORIGINS.md").write_text("\n".join(lines), encoding="utf-8")
    print(sample.num_rows, (OUT / "sample.parquet").stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
