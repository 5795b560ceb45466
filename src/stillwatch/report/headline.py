"""The first screen: what was found, in a sentence that needs no training to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stillwatch.model.result import Findings
from stillwatch.report.dossier import Dossier
from stillwatch.report.words import (
    PERCENT,
    UNKNOWN,
    about,
    count,
    day,
    instant,
    interval,
    is_number,
    large,
    listed,
    plain,
    plural,
    span,
)


@dataclass(frozen=True)
class Figure:
    """One number of the first screen: what it counts, the number, and a remark under it."""

    label: str
    value: str
    remark: str


@dataclass(frozen=True)
class Headline:
    """The first screen.

    sentence  what was found
    meaning   sentences on what that does and doesn't mean
    figures   the numbers behind the sentence; empty where no campaign was found
    scope     what was read, as one line
    """

    sentence: str
    meaning: tuple[str, ...]
    figures: tuple[Figure, ...]
    scope: str


def headline(findings: Findings, dossiers: Sequence[Dossier]) -> Headline:
    """The first screen of a scan. Only actionable campaigns are counted as found."""
    found = [one for one in dossiers if one.row["actionable"]]
    watched = len(dossiers) - len(found)
    counts: Mapping[str, Any] = findings.summary.get("counts", {})
    scope = _scope(findings.summary, counts)
    if not found:
        return Headline(_nothing(counts, watched), _silence(findings.summary, counts, watched), (), scope)
    accounts = _total(found, "accounts")
    exchanges = _total(found, "exchanges")
    models = list(dict.fromkeys(plain(name) for one in found for name in one.row["models"]))
    first, last = min(one.first_seen for one in found), max(one.last_seen for one in found)
    noun = "answer" if exchanges[0] == 1 else "answers"
    sentence = (
        f"{plural(len(found), 'campaign')} found: {about(accounts[0])} accounts{_bracket(accounts)} drew "
        f"{about(exchanges[0])} {noun}{_bracket(exchanges)} {span(first, last)}."
    )
    fdr = findings.summary.get("fdr")
    meaning = [
        "A campaign is a group of accounts that act together to collect a model’s answers in bulk, as "
        "training another model on them needs. Every innocent explanation tried fits far less well."
    ]
    if is_number(fdr):
        meaning.append(
            f"The bar is set so that at most {float(str(fdr)) * 100:g}{PERCENT} of the campaigns named are "
            "expected to be mistakes."
        )
    if watched:
        meaning.append(
            f"{plural(watched, 'other group')} {'is' if watched == 1 else 'are'} watched but not actionable, "
            "and not counted above."
        )
    meaning.extend(_carried_on(findings.summary.get("standing")))
    inputs, outputs = _tokens(found, "input_tokens"), _tokens(found, "output_tokens")
    figures = (
        Figure("Accounts", large(accounts[0]), _remark(accounts)),
        Figure("Answers drawn", large(exchanges[0]), _remark(exchanges)),
        Figure(
            "Tokens drawn",
            UNKNOWN if outputs is None else large(outputs),
            "these logs name no usage"
            if outputs is None
            else "in answers"
            if inputs is None
            else f"in answers, to {large(inputs)} in requests",
        ),
        Figure(
            "Models targeted",
            listed(models, 2) or UNKNOWN,
            plural(len(models), "model") if models else "these logs name no model",
        ),
    )
    return Headline(sentence, tuple(meaning), figures, scope)


def _total(found: Sequence[Dossier], column: str) -> tuple[int, int, int]:
    """Sum and bounds over campaigns. Adding the bounds is wider than needed, never narrower."""
    return (
        sum(one.row[column] for one in found),
        sum(one.row[f"{column}_low"] for one in found),
        sum(one.row[f"{column}_high"] for one in found),
    )


def _tokens(found: Sequence[Dossier], column: str) -> int | None:
    known = [one.row[column] for one in found if one.row[column] is not None]
    return sum(known) if known else None


def _bracket(total: tuple[int, int, int]) -> str:
    bounds = interval(total[1], total[2])
    return f" (95{PERCENT} interval {bounds})" if bounds else ""


def _remark(total: tuple[int, int, int]) -> str:
    bounds = interval(total[1], total[2])
    return f"95{PERCENT} interval {bounds}" if bounds else "counted, not estimated"


def _scope(summary: Mapping[str, Any], counts: Mapping[str, Any]) -> str:
    window: Mapping[str, Any] = summary.get("window", {}) or {}
    since, until = instant(window.get("since")), instant(window.get("until"))
    when = "All of the input"
    if since and until:
        seen = until - timedelta(microseconds=1)  # `until` is the first moment after
        first, last = day(since, since.year != seen.year), day(seen)
        when = f"{last if since.date() == seen.date() else f'{first} to {last}'} (UTC)"
    read = f"{count(counts.get('exchanges'))} exchanges of {count(counts.get('accounts'))} accounts"
    return f"{when}: {read} read"


def _carried_on(standing: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What a scan adds that goes on where an earlier one ended."""
    until = instant(standing.get("until")) if standing else None
    if not standing or not standing.get("campaigns") or until is None:
        return ()
    new = standing.get("new_accounts", 0)
    last = until - timedelta(microseconds=1)  # `until` is the first moment that nothing was known of
    return (
        f"Of these, {plural(standing['campaigns'], 'campaign')} {'was' if standing['campaigns'] == 1 else 'were'} known "
        f"by {day(last)}: the evidence is what was seen until then. What came since is counted in, with "
        f"{plural(new, 'account') if new else 'no account'} that joined; days before are not drawn.",
    )


def _nothing(counts: Mapping[str, Any], watched: int) -> str:
    if not counts.get("exchanges"):
        outside = counts.get("outside_window")
        if outside:
            return f"Nothing could be judged: all {plural(outside, 'exchange')} of the input lie outside the window."
        return "Nothing could be judged: no readable exchange was found in the input."
    text = (
        f"No campaign found among {count(counts.get('accounts'))} accounts and "
        f"{about(counts.get('exchanges'))} exchanges"
    )
    if not watched:
        return f"{text}."
    return f"{text}; {plural(watched, 'group')} {'is' if watched == 1 else 'are'} watched, not actionable."


def _silence(summary: Mapping[str, Any], counts: Mapping[str, Any], watched: int) -> tuple[str, ...]:
    """What an empty result does and doesn't mean."""
    if not counts.get("exchanges"):
        why = "" if counts.get("outside_window") else " The end of the report says why rows were refused."
        return (f"This is no statement about anybody’s conduct.{why}",)
    tested = counts.get("clusters_tested")
    fdr = summary.get("fdr")
    bar = f" at a false-discovery bound of {float(str(fdr)) * 100:g}{PERCENT}" if is_number(fdr) else ""
    tried = f"{plural(tested, 'group')} of accounts" if isinstance(tested, int) else "The groups of accounts"
    means = (
        f"What this means: {tried} that share something rare {'was' if tested == 1 else 'were'} tried "
        f"against innocent explanations, and none is better explained by coordinated extraction{bar}."
    )
    if tested == 0:
        means = "What this means: no group of accounts shares anything rare enough to be tried."
    gaps = [plain(gap.get("column", "")) for gap in summary.get("missing", ())]
    blind = (
        "What it doesn’t mean: that nobody copies the model. One account alone, a handful of accounts, or an "
        "operator whose accounts share nothing that these logs record would not be seen."
    )
    if gaps:
        blind += f" The logs lack {listed(gaps, 4)}; the end of the report says what that costs."
    extra = (
        (
            "The groups below are watched because extraction explains them in part, but not well enough. "
            "Treat their accounts as innocent.",
        )
        if watched
        else ()
    )
    return (means, blind, *extra)
