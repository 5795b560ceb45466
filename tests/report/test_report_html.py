import html
import itertools
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import sample

from stillwatch.errors import SchemaMismatch
from stillwatch.model.result import Findings
from stillwatch.report import render_html

VOID = {"meta", "br", "hr", "img", "input", "link", "source", "wbr"}
HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}\x1b[31m\u202e</style>"


class Page(HTMLParser):
    """A strict reader: every element must be closed in order; keeps attributes, headings and visible text."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.feed(document)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)
            if self.open and re.fullmatch("h[1-6]", self.open[-1]):
                level, text = self.headings[-1]
                self.headings[-1] = (level, text + data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split()).replace("\u00a0", " ")

    def having(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


@pytest.fixture(scope="module")
def document() -> str:
    return render_html(sample.findings())


@pytest.fixture(scope="module")
def page(document: str) -> Page:
    return Page(document)


def test_first_screen_says_what_was_found(page: Page) -> None:
    assert page.headings[0] == (
        1,
        "2 campaigns found: 850 accounts (95\u00a0% interval 833–892) drew about 51,200 answers "
        "(95\u00a0% interval 49,700–52,300) between 1 and 14 April 2026.",
    )
    assert "Tokens drawn 99.8 million" in page.text
    assert "aurora-large-2, aurora-large-2-preview and aurora-mini" in page.text


def test_how_to_check_it_tells_that_names_need_the_key(page: Page) -> None:
    assert (
        "The key changes hashed names, never the result. For the same hashed names, set the same STILLWATCH_KEY ."
        in page.text
    )


def test_headings_never_skip_a_level(page: Page) -> None:
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_nothing_points_outside_the_file(document: str, page: Page) -> None:
    targets = set(page.having("id"))
    for name in ("href", "src", "srcset", "action", "data", "xlink:href", "poster", "background"):
        for value in page.having(name):
            assert value.startswith("#"), (name, value)
            assert value[1:] in targets
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", document)
    assert not {tag for tag, _ in page.elements} & {"link", "iframe", "object", "embed", "img", "base"}


def test_policy_allows_only_the_pages_own_style_and_script(page: Page) -> None:
    policy = next(one["content"] for tag, one in page.elements if tag == "meta" and one.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert page.having("style") == []
    assert not [name for _, one in page.elements for name in one if name.startswith("on")]


def test_ids_are_unique_and_pictures_are_named(page: Page) -> None:
    ids = page.having("id")
    assert len(ids) == len(set(ids))
    for tag, one in page.elements:
        if tag != "svg" or one.get("role") != "img":
            assert tag != "svg" or one.get("aria-hidden") == "true" or set(one) == {"x", "y", "overflow"}
            continue
        label = one["aria-labelledby"]
        assert label is not None
        assert set(label.split()) <= set(ids)


def test_every_picture_has_its_table(document: str) -> None:
    assert document.count('class="network') == document.count("Shared indicators, ")
    assert document.count('class="only-wide"') == document.count("Exchanges by day, ")


def test_no_value_leaks_as_a_placeholder(page: Page) -> None:
    assert re.findall(r"\b(?:nan|NaN|None|null|undefined|inf|True|False)\b", page.text) == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_waterfall_adds_up_to_the_score(document: str, place: int) -> None:
    tables = re.findall(r'<table class="fall" data-total="([^"]+)">(.*?)</table>', document, re.DOTALL)
    total, body = tables[place]
    parts = [float(value) for value in re.findall(r'data-log10-lr="([^"]+)"', body)]
    assert sum(parts) == pytest.approx(float(total), abs=0.005)
    scores = sorted(sample.findings().campaigns["log10_lr"].to_pylist(), reverse=True)
    assert float(total) == pytest.approx(scores[place])


def test_a_score_that_its_evidence_does_not_explain_is_shown_as_such() -> None:
    found = sample.findings((sample.MIDDLE,))
    place = found.campaigns.column_names.index("log10_lr")
    wrong = replace(found, campaigns=found.campaigns.set_column(place, "log10_lr", pa.array([6.0])))
    text = Page(render_html(wrong)).text
    assert "The stored parts don't add up to the stored score" in text
    assert "+2.09" in text


def test_watched_groups_stand_apart(document: str, page: Page) -> None:
    campaigns = document[document.index('id="list-found"') : document.index('id="list-watched"')]
    assert "Amber heron" in campaigns
    assert "Paper orchard" not in campaigns
    section = Page(
        document[document.index('<section class="campaign quiet"') : document.index('<section class="end"')]
    )
    assert "Watched, not actionable" in section.text
    assert "treat these accounts as innocent" in section.text
    assert "operator" not in re.sub("one operator stands", "", section.text)
    assert page.text.index("Watched, not actionable") > page.text.index("Quiet lantern")


def test_the_best_innocent_explanation_and_where_it_falls_short(page: Page) -> None:
    assert "The best innocent explanation is the users of a popular app." in page.text
    assert "It holds up on client: what was seen there suits it about as well." in page.text
    assert (
        "It falls short on content, registration, timing, network, reasoning, succession and purpose."
        in page.text
    )
    assert "Its people would have signed up over months" in page.text


def test_the_end_says_what_is_missing_and_how_to_check(page: Page) -> None:
    assert "tls_ja4 Clients are told apart" in page.text
    assert "49 of 102,449 rows were set aside" in page.text
    assert "timestamp can't be read 31" in page.text
    assert "5e2b" * 16 in page.text
    assert "c47d" * 16 in page.text
    assert "stillwatch scan EXCHANGES --accounts ACCOUNTS --since 2026-04-01T00:00:00Z" in page.text


def test_nothing_found_is_said_plainly() -> None:
    page = Page(render_html(sample.nothing()))
    assert page.headings[0][1] == "No campaign found among 4,012 accounts and about 102,000 exchanges."
    assert "What this means: 38 groups of accounts" in page.text
    assert "What it doesn’t mean: that nobody copies the model." in page.text


def test_only_watched_groups_are_no_finding() -> None:
    page = Page(render_html(sample.findings((sample.WATCHED,))))
    assert page.headings[0][1].startswith("No campaign found among")
    assert page.headings[0][1].endswith("1 group is watched, not actionable.")


def test_a_bare_summary_is_enough() -> None:
    page = Page(render_html(replace(sample.findings(), summary={})))
    assert "not recorded" in page.text
    assert re.findall(r"\b(?:nan|None)\b", page.text) == []
    empty = Page(render_html(replace(sample.nothing(), summary={})))
    assert empty.headings[0][1] == "Nothing could be judged: no readable exchange was found in the input."


def test_missing_usage_models_and_capabilities_are_worded() -> None:
    found = sample.findings((sample.MIDDLE,))
    campaigns = found.campaigns
    for name in ("input_tokens", "output_tokens"):
        place = campaigns.column_names.index(name)
        campaigns = campaigns.set_column(place, name, pa.nulls(1, pa.int64()))
    for name in ("models", "capabilities"):
        place = campaigns.column_names.index(name)
        campaigns = campaigns.set_column(place, name, pa.array([[]], pa.list_(pa.string())))
    attributed = found.attributed.set_column(
        found.attributed.column_names.index("capability"),
        "capability",
        pa.nulls(found.attributed.num_rows, pa.string()),
    )
    page = Page(render_html(replace(found, campaigns=campaigns, attributed=attributed)))
    assert "these logs name no usage" in page.text
    assert "these logs name no model" in page.text
    assert re.findall(r"\b(?:nan|None)\b", page.text) == []


def test_empty_side_tables_leave_a_sentence() -> None:
    found = sample.findings((sample.MIDDLE,))
    bare = replace(
        found,
        **{
            name: getattr(found, name).slice(0, 0)
            for name in ("members", "attributed", "evidence", "contest", "shared", "quarantine")
        },
    )
    page = Page(render_html(bare))
    for sentence in (
        "no timeline to draw",
        "no network to draw",
        "No account is listed",
        "Every row could be read",
    ):
        assert sentence in page.text


def hostile(found: Findings) -> Findings:
    def spoil(table: pa.Table) -> pa.Table:
        for place, field in enumerate(table.schema):
            if field.name == "campaign_id":
                continue
            if pa.types.is_string(field.type):
                values = [None if one is None else f"{HOSTILE}{one}" for one in table[field.name].to_pylist()]
                table = table.set_column(place, field, pa.array(values, field.type))
            elif pa.types.is_list(field.type):
                lists = [[f"{HOSTILE}{one}" for one in row] for row in table[field.name].to_pylist()]
                table = table.set_column(place, field, pa.array(lists, field.type))
        return table

    def deep(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: deep(one) for name, one in value.items()}
        if isinstance(value, list):
            return [deep(one) for one in value]
        return f"{value}{HOSTILE}" if isinstance(value, str) else value

    names = ("campaigns", "members", "attributed", "evidence", "contest", "shared", "quarantine")
    return replace(
        found, summary=deep(found.summary), **{name: spoil(getattr(found, name)) for name in names}
    )


def test_texts_from_the_logs_cannot_reach_the_page() -> None:
    document = render_html(hostile(sample.findings((sample.WATCHED, sample.MIDDLE))))
    page = Page(document)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 1
    assert tags.count("style") == 1
    assert "alert(1)" in page.text
    assert "\x1b" not in document
    assert "\u202e" not in document
    assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|>49<", html.unescape(document))


def test_the_order_of_rows_changes_nothing(document: str) -> None:
    found = sample.findings()
    random = np.random.default_rng(3)
    names = ("campaigns", "members", "attributed", "evidence", "contest", "shared", "quarantine")
    shuffled = replace(
        found,
        **{
            name: (table := getattr(found, name)).take(pa.array(random.permutation(table.num_rows)))
            for name in names
        },
    )
    assert render_html(shuffled) == document


def test_the_prompt_free_tables_are_all_that_is_read() -> None:
    found = sample.findings((sample.WATCHED,))
    with pytest.raises(SchemaMismatch, match="report ← MEMBERS"):
        render_html(replace(found, members=found.members.drop_columns(["role"])))


def test_more_campaigns_than_sections_get_a_row() -> None:
    plans = [
        replace(
            sample.WATCHED, campaign_id=f"sw-{number:04d}", name=f"group {number}", accounts=4, days=(1, 2)
        )
        for number in range(24)
    ]
    page = Page(render_html(sample.findings(plans)))
    assert "Further groups" in page.text
    assert sum(level == 2 and text.startswith("Group ") for level, text in page.headings) == 20


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1])
def test_colours_reach_double_a_contrast(document: str, mode: int) -> None:
    blocks = re.findall(r":root \{(.*?)\n\s*\}", document, re.DOTALL)
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", blocks[mode]))
    for ground in ("paper", "panel"):
        for ink in ("ink", "muted", "accent", "for"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for name, colour in colours.items():
        if name.startswith("heat-"):
            assert contrast(colours["ink"], colour) >= 4.5, name
        if name.startswith(("series-", "family-")) or name in {"for", "against"}:
            assert contrast(colours["paper"], colour) >= 3, name


@pytest.mark.slow
def test_twenty_five_thousand_accounts_fit() -> None:
    found = sample.big()
    start = time.process_time()
    document = render_html(found)
    assert time.process_time() - start < 10
    assert len(document.encode()) < 5_000_000
    assert "about 25,200 accounts" in document


def test_what_was_carried_on_is_said() -> None:
    found = sample.findings((sample.MIDDLE,))
    told = replace(
        found,
        summary={
            **found.summary,
            "window": {"since": "2026-04-15T00:00:01Z", "until": "2026-04-15T23:59:02Z"},
            "standing": {"campaigns": 1, "new_accounts": 3, "until": "2026-04-15T00:00:00Z"},
        },
    )
    page = Page(render_html(told))
    assert (
        "Of these, 1 campaign was known by 14 April 2026: the evidence is what was seen until then."
        in page.text
    )
    assert "with 3 accounts that joined" in page.text
    assert "15 April 2026 (UTC): 102,400 exchanges" in page.text
    assert "was known by" not in Page(render_html(found)).text
