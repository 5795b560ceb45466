"""report.html: one file that explains a scan to people, without network or anything beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stillwatch.model.result import Findings
from stillwatch.model.scales import ENFSI
from stillwatch.report import words
from stillwatch.report.campaign import view
from stillwatch.report.dossier import MEMBERS_SHOWN, open_dossiers, quarantined
from stillwatch.report.headline import headline

SECTIONS_SHOWN = 20
"""Campaigns that get a section of their own, the most probable first; the rest stand in a table."""


def render_html(findings: Findings) -> str:
    """The report as one HTML document, in UTF-8 when written.

    findings  tables with the schemas of `stillwatch.model`, rows in any order
    raises    SchemaMismatch when a table lacks what its schema promises

    Every text that comes from the logs is escaped, and shown on one line with control signs as their code.
    The document loads nothing and runs one small script of its own, which only sorts tables.
    """
    dossiers = open_dossiers(findings)
    anchors = {
        dossier.row["campaign_id"]: f"c{number}"
        for number, dossier in enumerate(dossiers[:SECTIONS_SHOWN], 1)
    }
    views = [
        view(dossier, number, anchors, pictures=number <= SECTIONS_SHOWN)
        for number, dossier in enumerate(dossiers, 1)
    ]
    style, script = _asset("report.css"), _asset("report.js")
    page = _environment().get_template("report.html.j2")
    return page.render(
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        headline=headline(findings, dossiers),
        found=[one for one in views[:SECTIONS_SHOWN] if one.actionable],
        watched=[one for one in views[:SECTIONS_SHOWN] if not one.actionable],
        others=views[SECTIONS_SHOWN:],
        quarantine=quarantined(findings),
        members_shown=MEMBERS_SHOWN,
        run=_run(findings.summary),
        family_meanings=[(words.FAMILY_NAMES[name], text) for name, text in words.FAMILY_MEANINGS.items()],
        probability_words=_scale(words.PROBABILITY_WORDS, 100, words.PERCENT),
        support_words=_support_scale(),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("stillwatch.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=words.count,
        signed=words.signed,
        plain=words.plain,
        family=words.family,
        rival=words.rival,
        day=words.day,
        short_day=words.short_day,
        shell=words.shell,
        size=words.size,
        seconds=words.seconds,
        capitalised=words.sentence,
    )
    return environment


def _run(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says of the run itself; anything the summary lacks is said to be missing."""
    inputs = [
        {
            "name": words.plain(one["name"]),
            "bytes": one.get("bytes"),
            "sha256": words.plain(one.get("sha256", "")),
        }
        for one in summary.get("inputs") or ()
    ]
    fdr = summary.get("fdr")
    counts: Mapping[str, Any] = summary.get("counts") or {}
    return {
        "version": words.plain(summary.get("version") or words.UNKNOWN),
        "counts": counts,
        "missing": [
            (words.plain(gap.get("column", "")), words.plain(gap.get("cost", ""), 400))
            for gap in summary.get("missing") or ()
        ],
        "unreadable": _told(summary.get("unreadable")),
        "skipped": _told(summary.get("skipped")),
        "timings": [
            (words.words(name), words.seconds(taken))
            for name, taken in (summary.get("timings") or {}).items()
        ],
        "memory": words.size(summary.get("peak_memory_bytes")),
        "key_id": words.plain(summary.get("key_id") or words.UNKNOWN),
        "config_hash": words.plain(summary.get("config_hash") or words.UNKNOWN),
        "fdr": f"{float(str(fdr)) * 100:g}{words.PERCENT}" if words.is_number(fdr) else "",
        "inputs": inputs,
        "command": f"{words.plain(summary.get('command') or 'stillwatch scan EXCHANGES', 400)} --out again",
    }


def _told(counts: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return [(words.plain(name), number) for name, number in (counts or {}).items()]


def _policy(style: str, script: str) -> str:
    """A content policy that allows this page's own style and script, and nothing else at all."""
    return (
        f"default-src 'none'; style-src '{_fingerprint(style)}'; script-src '{_fingerprint(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _fingerprint(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return resources.files("stillwatch.report").joinpath("templates", name).read_text(encoding="utf-8")


def _scale(steps: tuple[tuple[float, str], ...], factor: float, unit: str) -> list[tuple[str, str]]:
    rows, low = [], 0.0
    for bound, word in steps:
        high = min(bound * factor, 100.0)
        rows.append((word, f"{low:g}–{high:g}{unit}"))
        low = high
    return rows


def _support_scale() -> list[tuple[str, str]]:
    least = [least for least, _ in ENFSI]
    told = [f"{10**low:,.0f}–{10**high:,.0f}" for low, high in pairwise(least)]
    told.append(f"{10 ** least[-1]:,.0f} and more")
    return [(word, ratio) for (_, word), ratio in zip(ENFSI, told, strict=True)]
