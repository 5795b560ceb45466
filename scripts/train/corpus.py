"""The open texts that the training scripts read, with each source's licence and what it permits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

TRAIN = "train"
EVALUATE = "evaluate only"

LICENCES: dict[str, tuple[str, str]] = {
    "awesome_chatgpt_prompts": ("CC0-1.0", TRAIN),
    "awesome_prompts_zh": ("MIT", TRAIN),
    "fabric_patterns": ("MIT", TRAIN),
    "clinc_oos": ("CC-BY-3.0", TRAIN),
    "restaurant8k": ("CC-BY-4.0", TRAIN),
    "taskmaster4_coffee": ("CC-BY-4.0", TRAIN),
    "wildchat_convotopo": ("ODC-BY", TRAIN),
    "oasst1_en_validation": ("Apache-2.0", TRAIN),
    "oasst_en_100_tree": ("Apache-2.0", TRAIN),
    "gsm8k": ("MIT", TRAIN),
    "bbh_codex_runs": ("MIT", TRAIN),
    "math_test": ("MIT", TRAIN),
    "svamp": ("MIT", TRAIN),
    "bfcl_v4": ("Apache-2.0", TRAIN),
    "lmcache_magagent": ("Apache-2.0", TRAIN),
    "lmcache_miniswe": ("Apache-2.0", TRAIN),
    "arena_hard_v01": ("Apache-2.0", TRAIN),
    "mbppplus": ("CC-BY-4.0, Apache-2.0", TRAIN),
    "humaneval": ("MIT", TRAIN),
    "mt_bench": ("Apache-2.0", TRAIN),
    "huatuo_med_zh": ("Apache-2.0", TRAIN),
    "gpteacher_toolformer": ("MIT", TRAIN),
    "gpteacher_codegen": ("MIT", TRAIN),
    "gorilla_apibench": ("Apache-2.0", TRAIN),
    "alpaca_requests_reconstructed": ("Apache-2.0", TRAIN),
    "toolalpaca_eval": ("Apache-2.0", TRAIN),
    "self_instruct_seeds": ("Apache-2.0", TRAIN),
    "distill_templates": ("Apache-2.0 / MIT", TRAIN),
    "hh_harmless_test": ("MIT", TRAIN),
    "jailbreak_self_reminder": ("MIT", TRAIN),
    "dolly_15k": ("CC-BY-SA-3.0", EVALUATE),
    "asdiv": ("CC-BY-NC-4.0", EVALUATE),
    "alpaca_eval_judge_runs": ("CC-BY-NC-4.0", EVALUATE),
    "alpaca_eval_questions": ("CC-BY-NC-4.0", EVALUATE),
    "alpaca_52k_en": ("CC-BY-NC-4.0", EVALUATE),
    "alpaca_zh_part": ("CC-BY-NC-4.0", EVALUATE),
    "evol_requests_reconstructed": ("seeds CC-BY-NC-4.0", EVALUATE),
    "code_alpaca_2k": ("CC-BY-NC-4.0", EVALUATE),
}
"""Licence of each source; a source that is missing here is not read at all."""

FILES = ("app_template", "benign", "evaluation", "extraction", "jailbreak")


@dataclass(frozen=True)
class Row:
    """One open text: the prompt, the system text before it ("" where there is none), the answer's head."""

    source: str
    group: str  # rows of one group never stand on both sides of a split
    prompt: str
    system: str
    response: str
    turn: int  # place in the conversation


def read_corpus(folder: Path) -> dict[str, list[Row]]:
    """Rows of every listed source, in the order of the files.

    folder  holds prompts_<kind>.parquet with columns source, conversation_id, prompt, system_prompt, response
    raises  FileNotFoundError when none of the files is there
    """
    import pyarrow.parquet as pq

    paths = [folder / f"prompts_{name}.parquet" for name in FILES]
    if not any(path.exists() for path in paths):
        raise FileNotFoundError(f"{folder} holds none of {', '.join(path.name for path in paths)}")
    rows: dict[str, list[Row]] = {}
    columns = ["source", "conversation_id", "prompt", "system_prompt", "response", "turn"]
    for path in paths:
        if not path.exists():
            continue
        for record in pq.read_table(path, columns=columns).to_pylist():
            source, prompt = record["source"], record["prompt"] or ""
            if source not in LICENCES:
                continue
            rows.setdefault(source, []).append(
                Row(
                    source,
                    record["conversation_id"] or prompt,
                    prompt,
                    record["system_prompt"] or "",
                    record["response"] or "",
                    record["turn"] or 0,
                )
            )
    return rows


def share(*parts: str) -> float:
    """A number in [0, 1) that depends on the parts alone: no text's split depends on another text."""
    digest = hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def permissive(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The sources whose licence permits training, in name order."""
    return {source: rows[source] for source in sorted(rows) if LICENCES[source][1] == TRAIN}
