"""Real text for the simulator: the bundled sample or a folder of collections, as one table of documents."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.errors import InvalidInput

DOCUMENTS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("domain", pa.string(), nullable=False),  # what the text is about, in the simulator's terms
        pa.field("topic", pa.string()),  # a known narrower topic; null: found from the words
        pa.field("lang", pa.string(), nullable=False),
        pa.field("system_prompt", pa.string()),
        pa.field("prompt", pa.string(), nullable=False),
    ]
)

_DOMAINS = {
    "clinc_oos": "everyday",
    "restaurant8k": "everyday",
    "taskmaster4_coffee": "everyday",
    "wildchat_convotopo": "chat",
    "oasst1_en_validation": "chat",
    "oasst_en_100_tree": "chat",
    "dolly_15k": "chat",
    "arena_hard_v01": "chat",
    "mt_bench": "chat",
    "alpaca_eval_questions": "chat",
    "alpaca_52k_en": "instruction",
    "self_instruct_seeds": "instruction",
    "alpaca_zh_part": "chat",
    "awesome_prompts_zh": "chat",
    "huatuo_med_zh": "medicine",
    "gpteacher_codegen": "code",
    "code_alpaca_2k": "code",
    "humaneval": "code",
    "mbppplus": "code",
    "gpteacher_toolformer": "tools",
    "gorilla_apibench": "tools",
    "bfcl_v4": "tools",
    "toolalpaca_eval": "tools",
    "lmcache_magagent": "agent",
    "lmcache_miniswe": "agent",
    "gsm8k": "mathematics",
    "math_test": "mathematics",
    "svamp": "mathematics",
    "asdiv": "mathematics",
    "bbh_codex_runs": "reasoning",
    "awesome_chatgpt_prompts": "roles",
    "fabric_patterns": "manuals",
}
"""Sources that are used, and what about. Those left out hold one fixed wording thousands of times over."""

_ANSWER_SOURCES = ("gsm8k", "bbh_codex_runs", "math_test", "oasst1_en_validation", "lmcache_magagent")
_LONGEST = 1_500

FEWEST = 100
"""Of fewer prompts no topics can be made for several people to talk about."""


def _own_words(source: str, prompt: str) -> str:
    """The part of a recorded prompt that its writer varied: without the fixed preamble of the recording."""
    if source == "bbh_codex_runs":
        question = prompt.rpartition("\nQ:")[2]
        return question.partition("\nA:")[0].strip()
    if source == "gpteacher_toolformer":
        return prompt.rstrip().rpartition("\n")[2].strip()
    if source == "mbppplus":
        return prompt.partition("Your code should")[0].strip()
    if source.startswith("lmcache_"):
        return prompt[-900:].strip()
    return prompt[:_LONGEST].strip()


def read_documents(text: Path | None) -> pa.Table:
    """The documents (schema DOCUMENTS) of a folder of prompt collections, or of the bundled sample.

    text    folder that holds prompts_*.parquet with source, lang, system_prompt, prompt, response and
            conversation_id; None takes the sample inside the package
    raises  InvalidInput when the folder holds no such file
    """
    if text is None:
        return _bundled()
    found = sorted(Path(text).glob("prompts_*.parquet"))
    if not found:
        raise InvalidInput(
            f"{text}: no prompts_*.parquet in this folder",
            hint="Name a folder of prompt collections, or leave the option out to use the bundled sample.",
        )
    tables = []
    for path in found:
        try:
            tables.append(documents(pq.read_table(path)))
        except (OSError, pa.ArrowInvalid, KeyError) as error:
            raise InvalidInput(
                f"{path}: no prompt collection: {str(error).splitlines()[0]}",
                hint="Its columns are source, lang, system_prompt, prompt, response and conversation_id.",
            ) from error
    table = pa.concat_tables(tables)
    if table.num_rows < FEWEST:
        raise InvalidInput(
            f"{text}: {table.num_rows} usable prompts, too few to compose traffic of",
            hint=f"Name a folder with {FEWEST} at least, or leave the option out to use the bundled sample.",
        )
    return table


def _bundled() -> pa.Table:
    with (files("stillwatch.scenarios") / "data" / "sample.parquet").open("rb") as handle:
        table = pq.read_table(handle)
    return table.select(DOCUMENTS.names).cast(DOCUMENTS)


def documents(table: pa.Table) -> pa.Table:
    """The usable documents (schema DOCUMENTS) of one prompt collection, in its order."""
    rows: list[dict[str, str | None]] = []
    columns = ("source", "lang", "system_prompt", "prompt", "response", "conversation_id")
    for row in table.select(list(columns)).to_pylist():
        source = row["source"]
        domain = _DOMAINS.get(source)
        if domain is None:
            continue
        system = row["system_prompt"]
        prompt = (
            (system or "")[: _LONGEST * 4] if domain == "manuals" else _own_words(source, row["prompt"] or "")
        )
        if len(prompt) >= 4:
            conversation = row["conversation_id"]
            intent = conversation if conversation and conversation.startswith("intent:") else None
            rows.append(_document(source, domain, intent, row["lang"], system, prompt))
        answer = row["response"]
        if source in _ANSWER_SOURCES and answer and len(answer) >= 60:
            tidy = re.sub(r"<<[^>]*>>", "", answer)
            rows.append(_document(source, "answers", None, row["lang"], None, tidy[:_LONGEST]))
    return pa.Table.from_pylist(rows, schema=DOCUMENTS)


def _document(
    source: str, domain: str, topic: str | None, lang: str | None, system: str | None, prompt: str
) -> dict[str, str | None]:
    return {
        "source": source,
        "domain": domain,
        "topic": topic,
        "lang": lang or _guess_language(prompt),
        "system_prompt": system,
        "prompt": prompt,
    }


def _guess_language(text: str) -> str:
    """A language by script alone: enough to keep scripts apart in a chain of words."""
    letters = [c for c in text[:400] if c.isalpha()]
    if not letters:
        return "en"
    share_cjk = sum("\u4e00" <= c <= "\u9fff" for c in letters) / len(letters)
    share_cyrillic = sum("\u0400" <= c <= "\u04ff" for c in letters) / len(letters)
    if share_cjk > 0.3:
        return "zh"
    return "ru" if share_cyrillic > 0.3 else "en"
