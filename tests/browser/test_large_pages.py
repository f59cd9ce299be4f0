"""Two thousand issues: the size of the file, what becomes elements, and what a page without script shows."""

from __future__ import annotations

from typing import Any

from report_page import Opened, Shown

MEGABYTE = 1_000_000


def test_two_thousand_issues_are_small_enough_for_a_browser(large: Shown) -> None:
    assert len(large.report) > 2000
    assert large.path.stat().st_size <= 12 * MEGABYTE


def test_the_visible_page_alone_becomes_elements(opened: Opened, large: Shown) -> None:
    page = opened.open(large.path)
    page.get_by_text("2,000 issues").wait_for()
    assert page.locator("article").count() < 50
    assert page.locator("*").count() < 3000
    assert page.locator("#list image").count() == page.locator("article").count()
    page.keyboard.press("g")
    page.locator(".thumb").first.wait_for()
    assert page.locator("*").count() < 3000


def test_the_page_says_what_was_left_out(opened: Opened, large: Shown) -> None:
    page = opened.open(large.path)
    left_out = len(large.report) - 2000
    page.get_by_text(f"{left_out:,} of {len(large.report):,} rows are left out").wait_for()


def test_all_pages_have_all_issues_once(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    rows = []
    while True:
        rows += [int(one.get_attribute("data-row")) for one in page.locator("article").all()]
        following = page.get_by_role("button", name="Next page")
        if not following.is_visible() or following.is_disabled():
            break
        following.click()
    assert rows == list(range(len(shown.report)))


def test_without_script_the_first_fifty_rows_are_readable(chromium: Any, large: Shown) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(large.path.as_uri())
    articles = page.locator("article")
    assert articles.count() == 50
    for row in (0, 49):
        text = articles.nth(row).inner_text()
        issue = large.report[row]
        for part in (issue.kind, issue.reason, issue.image_name, f"{issue.suspicion:.3f}"):
            assert part is not None
            assert part in text
        assert articles.nth(row).locator("image").count() == 1
        assert articles.nth(row).locator(".box").count() >= 1
    assert page.get_by_text("leaves out 1,950").is_visible()
    assert not page.get_by_role("button", name="Export decisions").is_visible()
    context.close()
