from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.report import words


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1_240, "1,240"),
        (46_589, "46,600"),
        (999_499, "999,000"),
        (999_999, "1 million"),
        (4_210_000, "4.21 million"),
        (999_600_000, "1 billion"),
        (28_800_000_000, "28.8 billion"),
        (None, "not recorded"),
        (float("nan"), "not recorded"),
    ],
)
def test_large_counts_keep_three_digits(number: object, text: str) -> None:
    assert words.large(number) == text


def test_about_marks_only_what_was_rounded() -> None:
    assert words.about(850) == "850"
    assert words.about(46_589) == "about 46,600"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (1_210, 1_300, "1,210–1,300"),
        (5, 5, ""),
        (1_250_000, 1_310_000, "1.25–1.31 million"),
        (990_000, 1_310_000, "990,000–1.31 million"),
        (100_001, 100_009, "100,001–100,009"),
    ],
)
def test_interval(low: int, high: int, text: str) -> None:
    assert words.interval(low, high) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "> 99 %"), (0.999, "> 99 %"), (0.96, "96 %"), (0.001, "< 1 %"), (None, "not recorded")],
)
def test_percent_never_claims_certainty(share: object, text: str) -> None:
    assert words.percent(share).replace("\u00a0", " ") == text


def test_ratio_is_exact_at_its_ends() -> None:
    assert words.ratio(5, 5).startswith("100")
    assert words.ratio(0, 5).startswith("0")
    assert words.ratio(4_999, 5_000).startswith(">")
    assert words.ratio(1, 0) == "not recorded"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2, "no support either way"),
        (0.9, "weak support"),
        (3.91, "strong support"),
        (11.0, "extremely strong support"),
    ],
)
def test_support_follows_the_enfsi_scale(value: float, text: str) -> None:
    assert words.support(value) == text
    assert value < 0.302 or words.support(-value) == f"{text} for the innocent explanation"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.04, "almost no chance"), (0.37, "unlikely"), (0.5, "roughly even chance"), (0.96, "almost certain")],
)
def test_likelihood_follows_icd_203(value: float, text: str) -> None:
    assert words.likelihood(value) == text


def test_signed_shows_its_sign_and_no_negative_zero() -> None:
    assert [words.signed(value) for value in (1.2, -0.354, 0.0, -0.001)] == ["+1.20", "−0.35", "0.00", "0.00"]


def test_times_caps_what_it_claims() -> None:
    assert words.times(3.91) == "about 8,100 times"
    assert words.times(0.49) == "about 3.1 times"
    assert words.times(40) == "more than a billion times"


def test_span_says_no_more_than_needed() -> None:
    def on(month: int, number: int, year: int = 2026) -> datetime:
        return datetime(year, month, number, tzinfo=UTC)

    assert words.span(on(4, 1), on(4, 14)) == "between 1 and 14 April 2026"
    assert words.span(on(4, 22), on(6, 5)) == "between 22 April and 5 June 2026"
    assert words.span(on(12, 22, 2025), on(1, 5)) == "between 22 December 2025 and 5 January 2026"
    assert words.span(on(4, 1), on(4, 1)) == "on 1 April 2026"


def test_instants_are_read_as_utc() -> None:
    noon = datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert words.instant("2026-04-01T14:00:00+02:00") == noon
    assert words.instant("2026-04-01T12:00:00Z") == noon
    assert words.instant("2026-04-01T12:00:00") == noon
    assert words.instant("yesterday") is None
    assert words.instant(None) is None


@given(st.text(max_size=400))
def test_plain_leaves_nothing_that_steers_a_terminal(text: str) -> None:
    shown = words.plain(text)
    assert len(shown) <= 200
    assert all(sign.isprintable() or sign.isspace() for sign in shown)
    assert not set(shown) & {"\n", "\r", "\x1b", "\u202e", "\u2028"}


@given(st.integers(min_value=0, max_value=10**15))
def test_large_is_within_half_a_percent(number: int) -> None:
    value, _, unit = words.large(number).replace(",", "").partition(" ")
    size = {"": 1, "million": 10**6, "billion": 10**9, "trillion": 10**12}[unit]
    assert abs(float(value) * size - number) <= 0.0051 * number
