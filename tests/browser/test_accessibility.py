"""axe finds no serious fault in the page, and its parts have the names and states that screen readers tell."""

from __future__ import annotations

from typing import Any

import pytest

from boxlint.report.issues import change_of_class
from report_page import Opened, Shown

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")


def faults(page: Any) -> list[str]:
    """What axe finds, of any weight."""
    found = axe.Axe().run(page).response["violations"]
    return [f"{fault['id']} ({fault['impact']}): {fault['nodes'][0]['html'][:200]}" for fault in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["", "view=grid", "kind=swap&around=annotations,predictions"])
def test_axe_finds_nothing(opened: Opened, shown: Shown, scheme: str, state: str) -> None:
    opened.page.emulate_media(color_scheme=scheme)
    page = opened.open(shown.path, state)
    page.keyboard.press("a")
    page.keyboard.press("r")
    page.locator("summary", has_text="Note").first.click()
    assert faults(page) == []


@pytest.mark.parametrize("key", ["w", "?"])
def test_axe_finds_nothing_in_the_dialogs(opened: Opened, shown: Shown, key: str) -> None:
    page = opened.open(shown.path)
    page.keyboard.press(key)
    page.locator("dialog[open]").wait_for()
    assert faults(page) == []


def test_decisions_are_told_to_screen_readers(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    page.keyboard.press("a")
    assert page.get_by_role("status").inner_text().startswith("accepted: ")
    card = page.get_by_role("article").first
    assert card.get_by_role("button", name="Accept").get_attribute("aria-pressed") == "true"
    assert card.get_by_role("button", name="Reject").get_attribute("aria-pressed") == "false"


def test_each_picture_and_crop_has_a_name(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    issue = shown.report[0]
    name = page.get_by_role("article").first.get_by_role("img").get_attribute("aria-label")
    assert name == f"{issue.kind}, {change_of_class(issue).replace('->', '→')}, in {issue.image_name}"
    page.keyboard.press("g")
    assert all(crop.get_attribute("aria-label") for crop in page.locator(".thumb").all())


def test_all_controls_are_reached_by_tab_alone(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.textContent.trim().split(/\\s+/)[0] || document.activeElement.name")
        )
    assert {"Export", "Cards", "Grid", "q", "image", "Accept", "Reject", "Unsure", "Whole"} <= reached


def test_nothing_moves_for_those_who_ask_for_that(opened: Opened, shown: Shown) -> None:
    opened.page.emulate_media(reduced_motion="reduce")
    page = opened.open(shown.path)
    assert page.locator("article").first.evaluate("card => getComputedStyle(card).transitionDuration") == "0s"
