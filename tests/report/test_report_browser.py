from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
import sample

from stillwatch.report import render_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="report in a browser: no chromium on this machine"),
]

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="report in a browser: playwright is not installed"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(sample.findings()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def visit(
    browser: Browser, address: str, width: int, scheme: Literal["light", "dark"] = "light"
) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 812}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url != address else None)
    page.goto(address)
    return page, said


@pytest.mark.parametrize("width", [375, 768, 1440])
def test_nothing_overflows_and_nothing_is_said_or_fetched(browser: Browser, address: str, width: int) -> None:
    page, said = visit(browser, address, width)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []
    assert page.locator(".only-wide").first.is_visible() == (width > 640)
    assert page.locator(".only-narrow").first.is_visible() == (width <= 640)
    page.close()


def lightness(page: Page, selector: str, attribute: str) -> int:
    value = page.evaluate(
        "([selector, attribute]) => getComputedStyle(document.querySelector(selector))[attribute]",
        [selector, attribute],
    )
    return sum(int(part) for part in value.removeprefix("rgb(").removesuffix(")").split(",")[:3])


def test_pictures_and_page_follow_dark_and_light(browser: Browser, address: str) -> None:
    light, _ = visit(browser, address, 1440)
    dark, _ = visit(browser, address, 1440, "dark")
    assert lightness(light, "body", "backgroundColor") > 650
    assert lightness(dark, "body", "backgroundColor") < 120
    assert lightness(light, ".network .dot", "fill") < lightness(dark, ".network .dot", "fill")
    bar = '.only-wide path[fill="var(--series-1)"]'
    assert lightness(light, bar, "fill") < lightness(dark, bar, "fill")
    light.close()
    dark.close()


def styled(page: Page, selector: str, attribute: str, pseudo: str = "") -> set[str]:
    """The computed values of all elements that the selector finds."""
    told: list[str] = page.locator(selector).evaluate_all(
        "(all, [attribute, pseudo]) => all.map(one => getComputedStyle(one, pseudo || null)[attribute])",
        [attribute, pseudo],
    )
    assert told
    return set(told)


def test_paper_is_light_and_whole(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, 800, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert lightness(page, "body", "color") < 150
    assert page.evaluate("getComputedStyle(document.querySelector('.tall')).maxHeight") == "none"
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def test_tables_on_paper_keep_their_heads_with_their_rows(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, 700)
    page.emulate_media(media="print")
    # A browser leaves a head's boxes and what sticks out where it repeats the head on the next page.
    assert styled(page, "thead th button", "display") == {"contents"}
    assert styled(page, ".tall thead th, .heat th", "position") == {"static"}
    assert styled(page, ".tall thead th, .heat th:first-child", "backgroundColor") == {"rgb(255, 255, 255)"}
    assert styled(page, "thead", "display") == {"table-header-group"}
    assert styled(page, "tbody tr:first-child, tbody tr:nth-child(2)", "breakBefore") == {"avoid"}
    assert styled(page, "p:has(+ .scroll)", "breakAfter") == {"avoid"}
    assert styled(page, ".scroll", "overflowX") == {"visible"}
    assert styled(page, ".scroll", "content", "::after") == {"none"}
    page.close()


def shaded(page: Page, which: str) -> bool:
    """Whether a shade lies over the right edge of the first such scroller: the picture changes without it."""
    around = page.locator(which).first.bounding_box()
    assert around is not None
    edge = {"x": around["x"] + around["width"] - 12, "y": around["y"] + 60, "width": 12, "height": 80}
    page.evaluate("document.styleSheets[0].insertRule('.scroll::after { visibility: hidden; }', 0)")
    page.evaluate("document.styleSheets[0].cssRules[0].style.visibility = 'visible'")
    with_it = page.screenshot(clip=edge)  # type: ignore[arg-type]
    page.evaluate("document.styleSheets[0].cssRules[0].style.visibility = 'hidden'")
    without = page.screenshot(clip=edge)  # type: ignore[arg-type]
    page.evaluate("document.styleSheets[0].deleteRule(0)")
    return with_it != without


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_decides_is_seen_on_a_telephone_and_that_there_is_more(
    browser: Browser, address: str, scheme: Literal["light", "dark"]
) -> None:
    page, _ = visit(browser, address, 400, scheme)
    contest = page.locator(".scroll:has(.heat)").first
    contest.evaluate("one => one.scrollIntoView({ behavior: 'instant' })")
    for cell in contest.locator("tr > :nth-child(2)").all():
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] < 360
    assert contest.locator("th").nth(1).inner_text() == "Together"
    assert shaded(page, ".scroll:has(.heat)")
    contest.evaluate("one => one.scrollTo({ left: one.scrollWidth, behavior: 'instant' })")
    assert contest.evaluate("one => one.scrollLeft") > 100
    assert not shaded(page, ".scroll:has(.heat)")
    accounts = page.locator(".tall").first
    accounts.evaluate("one => one.scrollIntoView({ behavior: 'instant' })")
    assert shaded(page, ".tall")
    page.close()


def test_scrollers_are_reached_by_key_and_named(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, 400)
    for one in page.locator(".scroll").all():
        assert one.get_attribute("tabindex") == "0"
        assert one.get_attribute("role") == "region"
        assert one.get_attribute("aria-label")
    contest = page.locator(".scroll:has(.heat)").first
    contest.focus()
    page.keyboard.press("ArrowRight")
    moved = contest.evaluate(
        """one => new Promise(done => {
          let left = 300;
          const look = () => one.scrollLeft > 0 || !left-- ? done(one.scrollLeft > 0) : requestAnimationFrame(look);
          look();
        })"""
    )
    assert moved
    page.close()


def test_a_table_that_fits_has_no_shade_and_its_lines_run_across(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, 1440)
    page.locator(".scroll:has(.heat)").first.evaluate("one => one.scrollIntoView({ behavior: 'instant' })")
    assert not shaded(page, ".scroll:has(.heat)")
    for place in ("thead", "tbody"):
        assert styled(page, f".heat {place} tr > *", "borderBottomWidth") == {"1px"}
        assert len(styled(page, f".heat {place} tr > *", "borderBottomColor")) == 1
    ends = page.locator(".heat").first.evaluate(
        """table => Array.from(table.rows, row =>
          new Set(Array.from(row.cells, cell => cell.getBoundingClientRect().bottom)).size)"""
    )
    assert set(ends) == {1}
    page.close()


def test_what_the_data_lack_stands_in_one_column_on_a_telephone(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, 400)
    for row in page.locator(".missing div").all():
        name, cost = row.locator("dt").bounding_box(), row.locator("dd").bounding_box()
        assert name is not None
        assert cost is not None
        assert cost["x"] == name["x"]
        assert cost["y"] >= name["y"] + name["height"]
    assert page.locator(".missing div").count()
    page.close()


def test_a_bar_stands_nearer_to_its_own_observation_than_to_the_next(browser: Browser, address: str) -> None:
    page, _ = visit(browser, address, 400)
    gaps = page.locator(".fall .step").evaluate_all(
        """steps => {
          const words = row => {
            const range = document.createRange();
            range.selectNodeContents(row.cells[0]);
            return range.getBoundingClientRect();
          };
          return steps.filter(one => one.nextElementSibling.className === "step").map(one => {
            const bar = one.querySelector("rect").getBoundingClientRect();
            return [bar.top - words(one).bottom, words(one.nextElementSibling).top - bar.bottom];
          });
        }"""
    )
    assert gaps
    assert all(above > 0 and below > 1.8 * above for above, below in gaps)
    page.close()


def test_tables_sort_and_the_sections_are_reached(browser: Browser, address: str) -> None:
    page, said = visit(browser, address, 1440)
    table = page.locator("table.members").first
    head = table.locator("thead th").nth(3)
    head.locator("button").click()
    numbers = [int(one.replace(",", "")) for one in table.locator("tbody td:nth-child(4)").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    page.locator(".card a").nth(1).click()
    assert page.url.endswith("#c2")
    assert said == []
    page.close()


def test_the_page_reads_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("h1").inner_text().startswith("2 campaigns found")
    assert page.locator("table.members tbody tr").count() == 150
    context.close()
