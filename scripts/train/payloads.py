"""What the grammars' slots are filled with: real permissive texts, and made-up tables, logs and traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from corpus import Row, share

HELD_OUT = 0.2

_HESITATIONS = (
    "Wait, let me check that again.",
    "Hmm, that is not right.",
    "Okay, so",
    "Let me try another way.",
    "Actually, no.",
    "Let me re-read the question.",
    "So far so good.",
    "Hold on.",
    "等等，我再检查一下。",
    "Moment, das stimmt nicht.",
    "Подождите, проверю ещё раз.",
    "Attends, je vérifie.",
    "Espera, lo reviso.",
    "待って、もう一度確認します。",
)
_TURNS = (
    ("Thought:", "Action:", "Observation:"),
    ("assistant:", "tool:", "assistant:"),
    ("Step", "Step", "Step"),
    ("<think>", "", "</think>"),
    ("THOUGHT:", "COMMAND:", "OUTPUT:"),
)
_CELLS = (
    "region",
    "month",
    "product",
    "sales",
    "revenue",
    "units",
    "date",
    "city",
    "age",
    "score",
    "price",
    "visits",
    "channel",
    "id",
    "country",
    "group",
    "temp",
    "weight",
    "地区",
    "销售额",
    "月份",
    "Umsatz",
    "Monat",
    "ventas",
    "mes",
    "ventes",
    "mois",
    "доход",
    "месяц",
    "vendas",
    "売上",
    "月",
)
_VALUES = (
    "North",
    "South",
    "A",
    "B",
    "2024-01-03",
    "2023-11-20",
    "shoes",
    "Berlin",
    "Tokyo",
    "web",
    "store",
    "NA",
    "华东",
    "Nord",
    "Sur",
    "Москва",
    "東京",
    "Lyon",
)
_LOGS = (
    "Failed password for root from 10.0.0.{a} port {b} ssh2",
    "GET /index.php?id=1%27%20OR%201=1 HTTP/1.1 200",
    "EventID=4625 LogonType=3 Account=svc_{a}",
    "powershell.exe -enc SQBFAFgAIAAo",
    "DROP IN=eth0 SRC=203.0.113.{a} DPT={b}",
    "dns query {b}.badhost.example TXT",
    "lsass.exe opened by procdump64.exe",
    "sudo: user{a} : command not allowed",
)


def held_out(row: Row) -> bool:
    """Whether a row stands on the test side; rows of one group stand together."""
    group = row.prompt if row.source == "clinc_oos" else row.group  # there the group is the intent
    return share("split", row.source, group) < HELD_OUT


def cut(text: str, draw: np.random.Generator, longest: int = 700) -> str:
    """The head of a text, of random length (characters), at a space where there is one near."""
    length = int(np.exp(draw.uniform(np.log(40), np.log(longest))))
    if len(text) <= length:
        return text.strip()
    end = text.rfind(" ", max(length - 30, 1), length)
    return text[: end if end > 0 else length].strip()


def payload_slots(
    rows: Mapping[str, list[Row]], test: bool
) -> dict[str, Callable[[np.random.Generator], str]]:
    """Fillers of the slots code, question, answer, qa, pair, text, trace, table and log.

    rows  permissive rows by source
    test  take the texts of the test side, else those of the training side
    """
    side = {source: [row for row in chosen if held_out(row) == test] for source, chosen in rows.items()}

    def pool(*sources: str, response: bool = False) -> list[list[str]]:
        texts = ([row.response if response else row.prompt for row in side.get(s, [])] for s in sources)
        return [[t for t in ts if len(t) > 15] for ts in texts]

    def pick(pools: list[list[str]], draw: np.random.Generator) -> str:
        chosen = pools[int(draw.integers(len(pools)))]
        return chosen[int(draw.integers(len(chosen)))] if chosen else ""

    codes = [*pool("gpteacher_codegen", response=True)]
    questions = pool(
        "gsm8k",
        "math_test",
        "oasst1_en_validation",
        "gpteacher_codegen",
        "wildchat_convotopo",
        "huatuo_med_zh",
        "clinc_oos",
        "hh_harmless_test",
    )
    answered = [
        [
            (row.prompt, row.response)
            for row in side.get(s, [])
            if len(row.prompt) > 15 and len(row.response) > 15
        ]
        for s in (
            "gsm8k",
            "math_test",
            "oasst1_en_validation",
            "gpteacher_codegen",
            "wildchat_convotopo",
            "huatuo_med_zh",
            "hh_harmless_test",
            "oasst_en_100_tree",
        )
    ]
    prose = pool(
        "wildchat_convotopo", "oasst1_en_validation", "hh_harmless_test", "huatuo_med_zh", response=True
    )
    prose += pool("awesome_chatgpt_prompts", "awesome_prompts_zh", "wildchat_convotopo")
    solutions = pool(
        "gsm8k", "math_test", "bbh_codex_runs", "gpteacher_toolformer", "gpteacher_codegen", response=True
    )

    def code(draw: np.random.Generator) -> str:
        text = cut(pick(codes, draw), draw, 900)
        return f"```\n{text}\n```" if draw.random() < 0.3 else text

    def question(draw: np.random.Generator) -> str:
        return cut(pick(questions, draw), draw, 500)

    def answer(draw: np.random.Generator) -> str:
        pairs = answered[int(draw.integers(len(answered)))]
        return cut(pairs[int(draw.integers(len(pairs)))][1], draw, 500)

    def qa(draw: np.random.Generator) -> str:
        pairs = answered[int(draw.integers(len(answered)))]
        q, a = pairs[int(draw.integers(len(pairs)))]
        heads = (
            ("Question:", "Answer:"),
            ("Q:", "A:"),
            ("Prompt:", "Response:"),
            ("Task:", "Student answer:"),
            ("Instruction:", "Output:"),
            ("", ""),
            ("问题：", "回答："),
            ("User:", "Assistant:"),
            ("Aufgabe:", "Antwort:"),
            ("Вопрос:", "Ответ:"),
            ("Pregunta:", "Respuesta:"),
        )
        head = heads[int(draw.integers(len(heads)))]
        return f"{head[0]} {cut(q, draw, 400)}\n{head[1]} {cut(a, draw, 500)}"

    def pair(draw: np.random.Generator) -> str:
        first, second = (
            ("Response A:", "Response B:"),
            ("1.", "2."),
            ("(a)", "(b)"),
            ("Output 1:", "Output 2:"),
        )[int(draw.integers(4))]
        return f"{qa(draw)}\n{first} {answer(draw)}\n{second} {answer(draw)}"

    def text(draw: np.random.Generator) -> str:
        return cut(pick(prose, draw), draw, 600)

    def trace(draw: np.random.Generator) -> str:
        steps = [
            s.strip()
            for s in cut(pick(solutions, draw), draw, 700).replace(". ", ".\n").split("\n")
            if s.strip()
        ]
        turns = _TURNS[int(draw.integers(len(_TURNS)))] if draw.random() < 0.5 else ("",)
        out = []
        for i, step in enumerate(steps):
            if draw.random() < 0.25:
                out.append(_HESITATIONS[int(draw.integers(len(_HESITATIONS)))])
            out.append(f"{turns[i % len(turns)]} {step}".strip())
        return "\n".join(out)

    def table(draw: np.random.Generator) -> str:
        width, height = int(draw.integers(2, 6)), int(draw.integers(2, 9))
        separator = (",", ";", "\t", " | ")[int(draw.integers(4))]
        lines = [separator.join(_CELLS[int(c)] for c in draw.integers(0, len(_CELLS), width))]
        for _ in range(height):
            cells = [
                _VALUES[int(draw.integers(len(_VALUES)))]
                if draw.random() < 0.3
                else str(round(draw.gamma(2, 300), 1))
                for _ in range(width)
            ]
            lines.append(separator.join(cells))
        return "\n".join(lines)

    def log(draw: np.random.Generator) -> str:
        lines = []
        for _ in range(int(draw.integers(1, 6))):
            line = _LOGS[int(draw.integers(len(_LOGS)))]
            lines.append(
                line.replace("{a}", str(draw.integers(255))).replace("{b}", str(draw.integers(65535)))
            )
        return "\n".join(lines)

    return {
        "code": code,
        "question": question,
        "answer": answer,
        "qa": qa,
        "pair": pair,
        "text": text,
        "trace": trace,
        "table": table,
        "log": log,
    }
