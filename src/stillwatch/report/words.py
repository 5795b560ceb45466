"""Numbers, dates and the field's names as a reader expects to see them."""

from __future__ import annotations

import math
import shlex
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stillwatch.model import scales

UNKNOWN = "not recorded"
PERCENT = "\u00a0%"  # a line never breaks before the sign
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# ICD 203 (2015): words for how probable, by their upper bound.
PROBABILITY_WORDS: tuple[tuple[float, str], ...] = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (math.inf, "almost certain"),
)

FAMILY_NAMES: dict[str, str] = {
    "content": "Content",
    "reasoning": "Reasoning",
    "infrastructure": "Network",
    "registration": "Registration",
    "client": "Client",
    "timing": "Timing",
    "purpose": "Purpose",
    "succession": "Succession",
}

FAMILY_MEANINGS: dict[str, str] = {
    "content": "what the prompts have in common",
    "reasoning": "asking for the thinking behind an answer",
    "infrastructure": "addresses and networks the requests come from",
    "registration": "how and when the accounts were opened and paid for",
    "client": "the software that sends the requests",
    "timing": "when the requests are sent",
    "purpose": "what the answers would be good for",
    "succession": "accounts that take over from banned ones",
}

CAPABILITY_NAMES: dict[str, str] = {
    "agentic_tool_use": "agents and tool use",
    "reasoning_mathematics": "reasoning and mathematics",
    "grading_judging": "grading and judging",
    "translation_language": "translation and language",
}

RIVAL_NAMES: dict[str, str] = {
    "employer": "the staff of one employer",
    "class_of_students": "a class of students",
    "popular_app": "the users of a popular app",
    "public_tool": "people with their own key in a public tool",
    "benchmark_run": "a benchmark run",
    "reseller": "a reseller's customers",
    "batch_job": "one customer's batch job",
    "inhouse_synthetic": "permitted synthetic data of one organisation",
    "regression_suite": "one customer's regression suite",
    "agent_fleet": "one customer's fleet of agents",
    "viral_prompt": "people who pass on the same prompt",
    "launch": "newcomers of a launch or hackathon",
    "resold_tool": "a public tool among resellers' customers",
    "shared_network": "strangers behind one VPN or carrier",
}


def plain(value: object, limit: int = 200) -> str:
    """The value on one line, every control, format or direction sign shown as its code, cut at `limit` signs.

    A name from a log must not be able to steer the terminal or the page that shows it.
    """
    text = "".join(
        f"\\u{ord(sign):04x}" if unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" else sign
        for sign in str(value)
    )
    return text if len(text) <= limit else text[: limit - 1] + "…"


def words(name: object) -> str:
    """An identifier as words: `software_engineering` becomes `software engineering`."""
    return plain(name).replace("_", " ").strip()


def capability(name: object) -> str:
    """What an exchange asks of the model, as words."""
    return CAPABILITY_NAMES.get(str(name), words(name))


def rival(name: object) -> str:
    """An innocent explanation as a noun phrase."""
    return RIVAL_NAMES.get(str(name), words(name))


def sentence(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def family(name: object) -> str:
    """A family of evidence as a heading."""
    return FAMILY_NAMES.get(str(name), sentence(words(name)))


def is_number(value: object) -> bool:
    """Whether the value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def count(value: object) -> str:
    """A whole number with thousands separators; `not recorded` where there is none."""
    if not is_number(value):
        return UNKNOWN
    return f"{round(float(str(value))):,}" if isinstance(value, float) else f"{value:,}"


def significant(value: float, digits: int = 3) -> int:
    """The value rounded to so many significant digits."""
    if value == 0:
        return 0
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return int(round(Decimal(value), min(places, 0)))


def large(value: object) -> str:
    """A large count to three significant digits: `1,240`, `84,000`, `4.21 million`, `1.03 billion`."""
    if not is_number(value):
        return UNKNOWN
    number = float(str(value))
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(significant(number)) >= size:
            scaled = number / size
            return f"{scaled:.3g} {name}" if abs(scaled) < 999.5 else f"{scaled:,.0f} {name}"
    return f"{significant(number):,}"


def about(value: object) -> str:
    """A large count as prose: `about` stands before it where it was rounded or estimated."""
    text = large(value)
    return text if text == count(value) or text == UNKNOWN else f"about {text}"


def interval(low: object, high: object, exact: bool = False) -> str:
    """The bounds of a 95 % interval as `1,210–1,300`; the empty string where both bounds are the same."""
    if not (is_number(low) and is_number(high)) or low == high:
        return ""
    if exact:
        return f"{count(low)}–{count(high)}"
    left, right = large(low), large(high)
    if left == right:
        return f"{count(low)}–{count(high)}"
    unit = right.partition(" ")[2]
    return f"{left.removesuffix(' ' + unit) if unit else left}–{right}"


def percent(value: object) -> str:
    """A share as a percentage that never claims certainty: between `< 1 %` and `> 99 %`."""
    if not is_number(value):
        return UNKNOWN
    share = float(str(value))
    if share > 0.99:
        return f">\u00a099{PERCENT}"
    return f"<\u00a01{PERCENT}" if share < 0.01 else f"{share * 100:.0f}{PERCENT}"


def ratio(part: float, whole: float) -> str:
    """An observed share as a percentage, 0 % and 100 % allowed where they are exact."""
    if whole <= 0:
        return UNKNOWN
    if part >= whole:
        return f"100{PERCENT}"
    return f"0{PERCENT}" if part == 0 else percent(part / whole)


def likelihood(value: object) -> str:
    """A probability in the words of ICD 203."""
    if not is_number(value):
        return "probability not computed"
    return next(word for bound, word in PROBABILITY_WORDS if float(str(value)) <= bound)


def support(log10_lr: object) -> str:
    """A log10 likelihood ratio in the words of the ENFSI scale, for or against extraction."""
    if not is_number(log10_lr):
        return "support not computed"
    return scales.support(float(str(log10_lr)))


def signed(value: object) -> str:
    """A log10 likelihood ratio with its sign and two decimals; a true minus sign."""
    if not is_number(value):
        return UNKNOWN
    number = round(float(str(value)), 2)
    return f"+{number:.2f}" if number > 0 else f"−{-number:.2f}" if number < 0 else "0.00"


def times(log10_lr: float) -> str:
    """How many times better one explanation fits than another, as prose, capped at a billion."""
    if not is_number(log10_lr):
        return "an unknown number of times"
    for bound, word in ((9.0, "more than a billion times"), (6.0, "more than a million times")):
        if log10_lr >= bound:
            return word
    value = 10**log10_lr
    if value < 10:
        return f"about {value:.1f} times"
    return f"about {significant(value, 2 if value >= 100 else 1):,} times"


def moment(microseconds: int) -> datetime:
    """UTC time from microseconds since 1970, without asking a time-zone database."""
    return _EPOCH + timedelta(microseconds=microseconds)


def day(value: datetime, year: bool = True) -> str:
    """A day in UTC as `3 April 2026`."""
    text = f"{value.day} {_MONTHS[value.month - 1]}"
    return f"{text} {value.year}" if year else text


def short_day(value: datetime) -> str:
    """A day in UTC as `3 Apr`."""
    return f"{value.day} {_MONTHS[value.month - 1][:3]}"


def minute(value: datetime) -> str:
    """A minute in UTC as `3 Apr 2026, 04:12`."""
    return f"{short_day(value)} {value.year}, {value:%H:%M}"


def span(first: datetime, last: datetime) -> str:
    """Two days as `between 3 and 14 April 2026`, saying month and year no oftener than needed."""
    if first.date() == last.date():
        return f"on {day(first)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"between {first.day} and {day(last)}"
    return f"between {day(first, first.year != last.year)} and {day(last)}"


def instant(value: object) -> datetime | None:
    """A time of the summary as UTC: from a datetime or an ISO 8601 text; None where it is neither."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def listed(items: list[str], limit: int) -> str:
    """Items as prose: `a, b and c`, or `a, b, c and 4 more`."""
    if len(items) > limit + 1:
        items = [*items[:limit], f"{len(items) - limit:,} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def plural(number: int, one: str, many: str = "") -> str:
    """`1 account`, `2 accounts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(value: object) -> str:
    """A number of bytes as `1.2 GB` (decimal units)."""
    if not is_number(value):
        return UNKNOWN
    number = float(str(value))
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= step:
            return f"{number / step:,.3g} {unit}" if number / step < 999.5 else f"{number / step:,.0f} {unit}"
    return f"{number:,.0f} B"


def seconds(value: object) -> str:
    """A duration as `0.4 s`, `12 s` or `3 min 20 s`."""
    if not is_number(value):
        return UNKNOWN
    number = float(str(value))
    if number >= 60:
        return f"{int(number // 60):,} min {int(number % 60)} s"
    return f"{number:.1f} s" if number < 10 else f"{number:.0f} s"


def shell(value: object) -> str:
    """The value as one word of a shell command."""
    return shlex.quote(plain(value))


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
