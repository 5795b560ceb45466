# ruff: noqa: E501 (the rules are tables of wording)
"""Which class each open source stands for: weak labels by source, task or a strict wording rule."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corpus import Row

Labelled = tuple[str, str, str, str]
"""(text, class, source, group)"""

CAPS = {
    "clinc_oos": 4000,
    "restaurant8k": 900,
    "taskmaster4_coffee": 700,
    "gsm8k": 2400,
    "math_test": 2400,
    "bbh_codex_runs": 1500,
    "gpteacher_codegen": 3300,
    "mbppplus": 400,
    "gpteacher_toolformer": 2200,
    "bfcl_v4": 2400,
    "gorilla_apibench": 1500,
    "lmcache_miniswe": 400,
    "lmcache_magagent": 700,
    "huatuo_med_zh": 700,
    "alpaca_requests_reconstructed": 60,
}
"""Most rows of a source in training: no source is a class by itself."""

_BY_SOURCE = {
    "restaurant8k": "everyday_chat",
    "taskmaster4_coffee": "everyday_chat",
    "gsm8k": "reasoning_mathematics",
    "svamp": "reasoning_mathematics",
    "asdiv": "reasoning_mathematics",
    "math_test": "reasoning_mathematics",
    "gpteacher_codegen": "software_engineering",
    "mbppplus": "software_engineering",
    "humaneval": "software_engineering",
    "code_alpaca_2k": "software_engineering",
    "gorilla_apibench": "agentic_tool_use",
    "lmcache_miniswe": "agentic_tool_use",
    "lmcache_magagent": "agentic_tool_use",
    "huatuo_med_zh": "knowledge",
    "alpaca_requests_reconstructed": "task_writing",
    "evol_requests_reconstructed": "task_writing",
    "alpaca_eval_judge_runs": "grading_judging",
}

_CLINC = {"intent:translate": "translation_language", "intent:calculator": "reasoning_mathematics"}
_CLINC_SKIPPED = {
    "intent:oos",
    "intent:definition",
    "intent:fun_fact",
    "intent:spelling",
    "intent:measurement_conversion",
    "intent:change_language",
    "intent:meaning_of_life",
    "intent:exchange_rate",
}

_BBH = {
    "boolean_expressions",
    "formal_fallacies",
    "date_understanding",
    "geometric_shapes",
    "multistep_arithmetic_two",
    "navigate",
    "object_counting",
    "reasoning_about_colored_objects",
    "temporal_sequences",
    "web_of_lies",
    "logical_deduction_five_objects",
    "logical_deduction_seven_objects",
    "logical_deduction_three_objects",
    "tracking_shuffled_objects_five_objects",
    "tracking_shuffled_objects_seven_objects",
    "tracking_shuffled_objects_three_objects",
    "penguins_in_a_table",
    "dyck_languages",
}

_MT_BENCH = {
    8: "creative_writing",
    9: "creative_writing",
    10: "reasoning_mathematics",
    11: "reasoning_mathematics",
    12: "software_engineering",
    14: "knowledge",
    15: "knowledge",
}

_FABRIC = {
    "grading_judging": "analyze_answers analyze_candidates judge_output label_and_rate rate_ai_response rate_ai_result "
    "rate_content rate_value check_agreement analyze_presentation",
    "cyber": "analyze_incident analyze_logs analyze_malware analyze_threat_report analyze_threat_report_cmds "
    "analyze_threat_report_trends ask_secure_by_design_questions create_cyber_summary create_network_threat_landscape "
    "create_report_finding create_security_update create_sigma_rules create_stride_threat_model create_threat_scenarios "
    "extract_ctf_writeup extract_poc improve_report_finding t_red_team_thinking t_threat_model_plans "
    "write_hackerone_report write_nuclei_template_rule write_semgrep_rule analyze_email_headers",
    "software_engineering": "coding_master create_coding_feature create_coding_project create_command explain_code "
    "create_git_diff_commit review_code summarize_git_changes summarize_git_diff summarize_pull-requests "
    "write_pull-request analyze_terraform_plan generate_code_rules explain_project create_mermaid_visualization_for_github "
    "recommend_pipeline_upgrades",
    "creative_writing": "create_npc create_rpg_summary write_essay create_story_explanation create_aphorisms tweet "
    "create_show_intro summarize_rpg_session create_art_prompt",
    "translation_language": "translate improve_writing improve_academic_writing analyze_prose humanize fix_typos",
    "reasoning_mathematics": "explain_math find_logical_fallacies solve_with_cot",
    "task_writing": "create_quiz create_pattern improve_prompt suggest_pattern create_flash_cards to_flashcards",
    "data_analysis": "export_data_as_csv create_graph_from_input create_ttrc_graph t_check_metrics analyze_sales_call",
}
_FABRIC_CLASS = {name: label for label, names in _FABRIC.items() for name in names.split()}

_TEMPLATES = (
    ("critique", "grading_judging"),
    ("preference", "grading_judging"),
    ("generate_evol", "task_writing"),
    ("stanford_alpaca", "task_writing"),
    ("codealpaca", "task_writing"),
)

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "creative_writing",
        re.compile(
            r"^(please )?(can you )?(write|compose|create|tell me|make)\b.{0,60}\b(story|poem|song|lyrics|haiku|fanfic\w*|"
            r"screenplay|dialogue|sonnet|limerick|skit|novel|joke|transcript|rap)\b|^写.{0,20}(小说|故事|诗|歌词|剧本)|"
            r"^(напиши|сочини).{0,30}(рассказ|стих|песн|сказк|истори)",
            re.I,
        ),
    ),
    (
        "translation_language",
        re.compile(
            r"^(please )?(translate|proofread|paraphrase|rephrase|correct (the )?grammar)\b|^(请)?(翻译|润色)|翻译成|^переведи",
            re.I,
        ),
    ),
    (
        "software_engineering",
        re.compile(
            r"\b(python|javascript|typescript|java|c\+\+|html|css|sql|react|django|flask|golang|php|matlab|api|docker|linux|"
            r"mysql|node\.?js|numpy|pandas)\b.{0,80}\b(code|function|script|error|implement|class|program|query|install)\b|"
            r"\b(write|fix|debug|implement|create)\b.{0,60}\b(code|function|script|program)\b.{0,60}\b(python|javascript|java|"
            r"c\+\+|html|css|sql|react|php|c#|matlab|rust)\b|(python|java|代码|函数|报错).{0,30}(代码|如何|怎么|实现|报错)",
            re.I | re.S,
        ),
    ),
    (
        "knowledge",
        re.compile(
            r"^(what (is|are|was|were|causes)|who (is|was|were|invented|wrote)|when (was|did)|why (do|does|did|is|are|was)|"
            r"where (is|was)|explain (what|why|how|the)|how (does|do|did) (the|a|an|\w+s)|什么是|为什么|介绍|что такое|почему)\b",
            re.I,
        ),
    ),
    (
        "everyday_chat",
        re.compile(
            r"^(hi|hello|hey|thanks?|thank you|ok(ay)?|good morning|great|你好|谢谢|привет|спасибо)\b.{0,40}$",
            re.I,
        ),
    ),
)
_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "software_engineering",
        re.compile(
            r"developer|programmer|software (engineer|architect)|coding|code review|devops|web design|frontend|backend|full.?stack|"
            r"javascript|python|react|terminal|interpreter|\bsql\b|\bphp\b|solidity|unity|swift|kubernetes|终端|解释器|程序员|开发|代码|"
            r"工程师",
            re.I,
        ),
    ),
    (
        "data_analysis",
        re.compile(
            r"data (analyst|scientist|analysis)|statistician|excel sheet|dashboard|统计员|数据分析", re.I
        ),
    ),
    (
        "cyber",
        re.compile(
            r"cyber.?security|penetration|hacker|malware|vulnerabilit|security auditor|网络安全", re.I
        ),
    ),
    (
        "creative_writing",
        re.compile(
            r"\bpoet\b|novelist|storyteller|screenwriter|rapper|comedian|composer|songwriter|narrator|fiction|character from|"
            r"\brole.?play|image prompt|lyric|诗人|小说家|讲故事|编剧|作曲家|说唱|喜剧",
            re.I,
        ),
    ),
    (
        "translation_language",
        re.compile(
            r"translator|proofread|spelling|grammar|pronunciation|etymolog|language (teacher|tutor|learn)|synonym|翻译|发音|词源",
            re.I,
        ),
    ),
    ("reasoning_mathematics", re.compile(r"math(ematician|s? teacher|ematical)|logician|数学", re.I)),
    (
        "grading_judging",
        re.compile(r"grader|examiner|(essay|debate) judge|scoring rubric|评委|考官|评分", re.I),
    ),
    (
        "task_writing",
        re.compile(
            r"prompt (generator|engineer|enhancer)|quiz (maker|generator)|question generator|提示生成器", re.I
        ),
    ),
    (
        "knowledge",
        re.compile(
            r"historian|encyclop|\bdoctor\b|physician|philosopher|biologist|legal advisor|律师|历史学家|医生|哲学",
            re.I,
        ),
    ),
)
"""Who a role prompt asks the model to be, read from its head alone."""

_PERSONAL = re.compile(
    r"\b(you|your|my|me|i|we|this|that|it|above|code|function|error|python|sql)\b|[{}=]", re.I
)
_TOOLFORMER = re.compile(r"^toolformer[^\n]*\n", re.M)


def rule_label(text: str) -> str | None:
    """The one class whose strict wording rule a real prompt meets; None where none or several do."""
    found = [label for label, rule in _RULES if rule.search(text[:400])]
    if found == ["knowledge"] and (len(text) > 200 or _PERSONAL.search(text)):
        return None
    return found[0] if len(found) == 1 else None


def role_label(text: str) -> str | None:
    """The one class that the role in a role prompt's head names; None where none or several do."""
    found = [label for label, role in _ROLES if role.search(text[:200])]
    return found[0] if len(found) == 1 else None


def bbh_question(prompt: str) -> str:
    """The last question of a few-shot prompt."""
    return prompt.rsplit("\n\nQ:", 1)[-1].strip()


def labelled(row: Row) -> list[Labelled]:
    """The row's texts with their class; empty where the source says nothing about it. Source artefacts are masked."""
    source, prompt = row.source, row.prompt
    if source == "clinc_oos":
        if row.group in _CLINC_SKIPPED:
            return []
        return [(prompt, _CLINC.get(row.group, "everyday_chat"), source, prompt)]
    if source == "bbh_codex_runs":
        if row.group not in _BBH:
            return []
        return [(bbh_question(prompt), "reasoning_mathematics", source, row.group)]
    if source == "gpteacher_toolformer":
        items = [(_TOOLFORMER.sub("", prompt), "agentic_tool_use", source, row.group)]
        head, tool, question = prompt.rpartition("\nwikipedia(query)\n")
        if tool and "access: wikipedia\n" in head and "wikipedia" not in question.lower():
            items.append(
                (question, "knowledge", source, row.group)
            )  # without its tool it is a plain question
        return items
    if source in ("bfcl_v4", "toolalpaca_eval"):
        return [(f"{row.system[:1200].strip()}\n{prompt}", "agentic_tool_use", source, row.group)]
    if source == "mt_bench":
        number = int(row.group.removeprefix("mt_"))
        label = (
            _MT_BENCH.get((number - 1) // 10) if row.turn == 0 else None
        )  # a second turn says little alone
        return [(prompt, label, source, row.group)] if label else []
    if source == "fabric_patterns":
        label = _FABRIC_CLASS.get(row.group)
        return [(row.system, label, source, row.group)] if label else []
    if source == "distill_templates":
        label = next((name for part, name in _TEMPLATES if part in row.group), None)
        return [(prompt, label, source, row.group)] if label else []
    if source in (
        "wildchat_convotopo",
        "oasst1_en_validation",
        "oasst_en_100_tree",
        "dolly_15k",
        "alpaca_eval_questions",
        "arena_hard_v01",
        "self_instruct_seeds",
    ):
        label = rule_label(prompt)
        return [(prompt, label, source, row.group)] if label else []
    label = role_label(prompt) if source.startswith("awesome_") else _BY_SOURCE.get(source)
    return [(prompt, label, source, row.group)] if label else []


UNSEEN = (
    "svamp",
    "toolalpaca_eval",
    "mt_bench",
    "fabric_patterns",
    "oasst_en_100_tree",
    "arena_hard_v01",
    "dolly_15k",
    "asdiv",
    "code_alpaca_2k",
    "evol_requests_reconstructed",
    "alpaca_eval_judge_runs",
    "alpaca_eval_questions",
)
"""Whole sources that no model is trained on, permissive or not."""


def labelled_rows(rows: Mapping[str, list[Row]], *sources: str) -> list[Labelled]:
    """Labelled texts of the named sources, in the order of the rows."""
    return [item for source in sources for row in rows.get(source, []) for item in labelled(row)]
