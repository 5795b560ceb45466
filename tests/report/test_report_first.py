"""A replay's report marks when each campaign could first be acted on, and says what had leaked."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import sample

from stillwatch.model.findings import FIRST
from stillwatch.report import render_html

HOUR = 3_600_000_000


def test_the_timeline_is_marked_and_the_share_is_told() -> None:
    plain = sample.findings()
    row = {
        "campaign_id": plain.campaigns["campaign_id"][0].as_py(),
        "first_actionable_at": plain.campaigns["first_seen"].cast(pa.int64())[0].as_py() + 30 * HOUR,
        "delay_hours": 30.0,
        "leaked": 0.0321,
    }
    page = render_html(replace(plain, first=pa.Table.from_pylist([row], FIRST)))
    without = render_html(plain)
    assert "30.0 hours after its first exchange; 3" in page
    assert "exchanges had leaked" in page
    assert page.count(">first actionable<") == 2  # the wide picture and the narrow one
    assert "First actionable on" in page
    assert "first actionable" not in without.lower()
    assert "stroke-dasharray" in page


def test_a_campaign_that_was_not_replayed_has_no_mark() -> None:
    assert render_html(replace(sample.findings(), first=FIRST.empty_table())) == render_html(
        sample.findings()
    )
