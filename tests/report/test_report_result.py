from dataclasses import FrozenInstanceError, replace

import pytest
import sample
from test_report_html import Page, hostile


def test_repr_names_every_campaign_and_what_is_only_watched() -> None:
    lines = repr(sample.findings()).splitlines()
    assert (
        lines[0]
        == "Findings: 2 campaigns and 1 watched group, not actionable, in 102,400 exchanges of 4,012 accounts"
    )
    assert lines[1].startswith(
        "  campaign  amber heron (sw-7f3a91c2d4e8): probability 0.999, log10 LR 11.5, 600 (588–630)"
    )
    assert lines[3].startswith("  watched   paper orchard")


def test_repr_of_nothing_and_of_very_much() -> None:
    assert repr(sample.nothing()) == "Findings: 0 campaigns in 102,400 exchanges of 4,012 accounts"
    plans = [replace(sample.WATCHED, campaign_id=f"sw-{number}", accounts=2) for number in range(25)]
    assert repr(sample.findings(plans)).endswith("and 5 more in .campaigns")
    assert "<table" not in sample.nothing()._repr_html_()


def test_notebook_table_is_whole_and_escaped() -> None:
    found = sample.findings()
    page = Page(found._repr_html_())
    assert "amber heron" in page.text
    assert "watched, not actionable" in page.text
    spoilt = hostile(found)
    assert "script" not in [tag for tag, _ in Page(spoilt._repr_html_()).elements]
    assert "\x1b" not in repr(spoilt)


def test_a_finding_cannot_change() -> None:
    with pytest.raises(FrozenInstanceError):
        sample.nothing().summary = {}  # type: ignore[misc]
