"""A person reviews a report in the browser: by keys and buttons, with filters, over a reload, and exports decisions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from boxlint import Decisions, Issue, read_coco
from commands import run
from report_page import Opened, Shown

VERDICTS = {"a": "accept", "r": "reject", "u": "unsure"}


def rows_on(page: Any) -> list[int]:
    return [int(card.get_attribute("data-row")) for card in page.locator("article[data-row]").all()]


def current_row(page: Any) -> int:
    return int(page.locator('[aria-current="true"]').first.get_attribute("data-row"))


def issue_in(decision: dict[str, Any]) -> dict[str, Any]:
    """What a decision tells of its issue."""
    own = ("decision", "reviewer", "note", "label", "box")
    return {name: value for name, value in decision.items() if name not in own}


def told(issue: Issue) -> dict[str, Any]:
    """The same of a row of the report."""
    names = (
        "issue_id", "kind", "suspicion", "image_id", "image_name", "image_index", "annotation_id", "annotation_index",
        "given_class", "given_label", "suggested_class", "suggested_label",
    )  # fmt: skip
    boxes = {
        name: None if box is None else list(box)
        for name, box in (("given_box", issue.given_box), ("suggested_box", issue.suggested_box))
    }
    return {name: getattr(issue, name) for name in names} | boxes


def test_twenty_issues_by_keys_are_what_is_exported(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    page.get_by_label("Reviewer").fill("Anna Ö.")
    page.keyboard.press("Escape")
    keys = "aaruaarauaraaauraaar"
    for key in keys:
        page.keyboard.press(key)
    content = opened.exported(tmp_path)
    assert content["format"] == "boxlint decisions"
    assert content["version"] == 1
    assert content["fingerprint"] == shown.report.fingerprint._asdict()
    assert [one["decision"] for one in content["decisions"]] == [VERDICTS[key] for key in keys]
    assert [issue_in(one) for one in content["decisions"]] == [told(issue) for issue in shown.report.issues[:20]]
    assert {one["reviewer"] for one in content["decisions"]} == {"Anna Ö."}
    accepted = [row for row, key in enumerate(keys) if key == "a"]
    assert [row for row, one in enumerate(content["decisions"]) if one["decision"] == "accept"] == accepted


def test_apply_carries_out_what_was_decided_by_keys(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    keys = "aaruaarauaraaauraaar"
    for key in keys:
        page.keyboard.press(key)
    opened.exported(tmp_path)
    fixed = tmp_path / "fixed.json"
    run("apply", shown.annotations, "--decisions", tmp_path / "decisions.json", "--corrected", fixed)
    corrected = read_coco(fixed)
    expected = shown.report.apply([row for row, key in enumerate(keys) if key == "a"])
    assert corrected.annotations.offsets.tolist() == expected.annotations.offsets.tolist()
    assert corrected.annotations.class_id.tolist() == expected.annotations.class_id.tolist()
    assert corrected.annotations.xyxy == pytest.approx(expected.annotations.xyxy)
    assert corrected.annotations.xyxy.shape != read_coco(shown.annotations).annotations.xyxy.shape


def test_j_and_k_move_and_the_card_is_focused(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    for key, row in (("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert current_row(page) == row
        assert page.evaluate("Number(document.activeElement.dataset.row)") == row


def test_j_leads_over_the_end_of_a_page(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    per_page = len(rows_on(page))
    assert per_page < len(shown.report)
    for _ in range(per_page):
        page.keyboard.press("j")
    assert rows_on(page)[0] == current_row(page) == per_page


def test_undo_takes_back_the_last_decision_first(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    for key in "arzz":
        page.keyboard.press(key)
    assert current_row(page) == 0
    assert opened.exported(tmp_path)["decisions"] == []
    page.keyboard.press("u")
    assert [one["decision"] for one in opened.exported(tmp_path)["decisions"]] == ["unsure"]


def test_the_same_verdict_again_opens_the_issue(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    page.keyboard.press("a")
    page.keyboard.press("k")
    page.keyboard.press("a")
    assert opened.exported(tmp_path)["decisions"] == []


def test_a_reload_keeps_decisions_notes_and_the_list(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    page.keyboard.press("1")
    page.locator("summary", has_text="Note").first.click()
    page.get_by_label("Note").first.fill("half of it is hidden")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    listed, before = rows_on(page), opened.exported(tmp_path)
    page.reload()
    assert rows_on(page) == listed
    assert opened.exported(tmp_path) == before
    assert before["decisions"][0]["note"] == "half of it is hidden"
    assert before["decisions"][0]["kind"] == "missing"


def test_another_class_goes_with_an_accepted_issue_alone(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    other = next(name for name in ("disc", "cross") if name != shown.report[0].suggested_label)
    page.locator("summary", has_text="Note").first.click()
    field = page.get_by_label("Another class").first
    field.fill("no such class")
    field.press("Tab")
    assert field.evaluate("field => field.validity.valid") is False
    field.fill(other)
    field.press("Tab")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reject").first.click()
    assert "label" not in opened.exported(tmp_path)["decisions"][0]
    page.get_by_role("button", name="Accept").first.click()
    assert opened.exported(tmp_path)["decisions"][0]["label"] == other
    assert Decisions.read(tmp_path / "decisions.json").corrections == 1


def test_filters_show_what_the_table_has(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    issues = shown.report.issues
    for state, fits in (
        ("kind=swap", lambda issue: issue.kind == "swap"),
        ("kind=swap,badloc&from=0.3", lambda issue: issue.kind != "missing" and issue.suspicion >= 0.3),
        ("class=disc", lambda issue: (issue.given_label or issue.suggested_label) == "disc"),
        ("likely=ring&kind=swap", lambda issue: issue.kind == "swap" and issue.suggested_label == "ring"),
        ("image=scene_0001", lambda issue: issue.image_name == "scene_0001.png"),
        ("q=annotated cross", lambda issue: {"annotated", "cross"} <= set(re.findall(r"\w+", issue.reason))),
    ):
        page.evaluate("state => { location.hash = state; }", state)
        rows = [row for row, issue in enumerate(issues) if fits(issue)]
        page.locator("#count").filter(has_text=re.compile(rf"^{len(rows)} ")).wait_for()
        assert set(rows_on(page)) <= set(rows)
        assert rows, state


def test_words_of_a_note_are_found_in_any_case(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    page.locator("summary", has_text="Note").first.click()
    page.get_by_label("Note").first.fill("the Mirror")
    page.evaluate("() => { location.hash = 'q=mirror'; }")
    page.locator("#count").filter(has_text=re.compile(r"^1 ")).wait_for()
    assert rows_on(page) == [0]


def test_decided_issues_leave_the_list_of_open_ones_when_it_is_filtered_again(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    page.keyboard.press("a")
    page.get_by_label("Show").select_option("open")
    assert rows_on(page)[0] == 1
    page.get_by_label("Show").select_option("accept")
    assert rows_on(page) == [0]


def test_sorting_by_the_size_of_the_box(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path, "sort=size")

    def area(issue: Issue) -> float:
        x1, y1, x2, y2 = issue.given_box or issue.suggested_box or (0, 0, 0, 0)
        return (x2 - x1) * (y2 - y1)

    areas = [area(shown.report[row]) for row in rows_on(page)]
    assert areas == sorted(areas, reverse=True)


def test_the_grid_groups_crops_by_class_and_kind(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path, "view=grid")
    groups = [section.get_attribute("aria-label") for section in page.locator(".grid section").all()]
    assert groups == sorted(groups, key=lambda group: group.split(", ")[0])
    assert len(groups) == len(set(groups)) > 5
    page.locator(".thumb").nth(3).click()
    row = current_row(page)
    assert page.locator("#current article").get_attribute("data-row") == str(row)
    page.keyboard.press("r")
    assert opened.exported(tmp_path)["decisions"][0]["issue_id"] == shown.report[row].issue_id


def test_boxes_names_and_scores_are_drawn(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path, "kind=badloc")
    row = rows_on(page)[0]
    issue = shown.report[row]
    card = page.locator("article").first
    assert card.locator(".box.given").count() == card.locator(".box.suggested").count() == 1
    names = card.locator("svg text").all_text_contents()
    assert names == [issue.given_label, f"{issue.suggested_label} {issue.score:.2f}"]
    page.keyboard.press("n")
    assert page.locator("article").first.locator(".box.annotations").count() > 0
    assert page.locator("article").first.locator(".box.predictions").count() == 0


def test_a_missing_object_shows_the_annotations_that_overlap_it(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path, "kind=missing")
    checked = set()
    for card, row in zip(page.locator("article").all(), rows_on(page), strict=True):
        overlapped = shown.report[row].iou is not None
        assert (card.locator(".box.annotations").count() > 0) is overlapped
        checked.add(overlapped)
    assert checked == {True, False}


def test_a_box_is_drawn_where_it_is_in_the_crop(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path, "kind=badloc")
    issue = shown.report[rows_on(page)[0]]
    box = page.locator("article .box.given").first
    drawn = [float(box.get_attribute(name)) for name in ("x", "y", "width", "height")]
    view = [float(number) for number in page.locator("article svg").first.get_attribute("viewBox").split()]
    assert issue.given_box is not None
    scale = drawn[2] / (issue.given_box[2] - issue.given_box[0])
    assert drawn[3] == pytest.approx(scale * (issue.given_box[3] - issue.given_box[1]), rel=1e-3)
    assert 0 <= drawn[0] < drawn[0] + drawn[2] <= view[2] == 224


def test_the_whole_image_comes_from_its_file(opened: Opened, shown: Shown) -> None:
    page = opened.open(shown.path)
    assert not any(url.endswith(".png") for url in opened.requests)
    page.keyboard.press("w")
    name = shown.report[0].image_name
    assert name is not None
    page.locator("#whole image").wait_for()
    assert (shown.images / name).as_uri() in opened.requests
    assert page.locator("#whole-note").inner_text() == ""
    page.keyboard.press("w")
    assert page.locator("dialog[open]").count() == 0


def test_a_file_that_was_moved_away_leaves_boxes_on_a_blank_ground(chromium: Any, shown: Shown, tmp_path: Path) -> None:
    page = chromium.new_page()
    alone = tmp_path / "alone.html"
    alone.write_text(shown.path.read_text())
    page.goto(alone.as_uri())
    page.keyboard.press("w")
    page.get_by_text("is not where it was beside this page").wait_for()
    assert page.locator("#whole image").count() == 0
    assert page.locator("#whole .box").count() > 0
    page.close()


def test_an_exported_file_is_imported_into_another_browser(
    chromium: Any, opened: Opened, shown: Shown, tmp_path: Path
) -> None:
    page = opened.open(shown.path)
    for key in "aru":
        page.keyboard.press(key)
    exported = opened.exported(tmp_path)
    context = chromium.new_context()
    other = context.new_page()
    other.goto(shown.path.as_uri())
    other.locator("#import-file").set_input_files(tmp_path / "decisions.json")
    other.locator("#progress").get_by_text("3 of").wait_for()
    (tmp_path / "foreign.json").write_text('{"format": "boxlint decisions", "version": 1, "decisions": []}')
    other.locator("#import-file").set_input_files(tmp_path / "foreign.json")
    other.get_by_text("another data set").wait_for(state="attached")
    assert [one["decision"] for one in exported["decisions"]] == ["accept", "reject", "unsure"]
    context.close()


def test_a_corrected_box_of_an_imported_file_stays_until_somebody_decides_anew(
    opened: Opened, shown: Shown, tmp_path: Path
) -> None:
    first, second, third = shown.report["issue_id"][:3].tolist()
    accept = {"decision": "accept", "box": [10.5, 20, 30, 40], "label": "ring"}
    path = tmp_path / "reviewed.json"
    shown.report.decide({first: accept, second: accept, third: "reject"}).write(path)
    # What is no verdict is left out.
    path.write_text(path.read_text().replace('"reject"', '"rejected"'))
    page = opened.open(shown.path)
    page.locator("#import-file").set_input_files(path)
    page.locator("#progress").get_by_text("2 of").wait_for()
    assert page.get_by_text("imported with another box").count() == 2
    exported = opened.exported(tmp_path)["decisions"]
    assert [(one["box"], one["label"]) for one in exported] == [([10.5, 20, 30, 40], "ring")] * 2
    for key in "rkka":
        page.keyboard.press(key)
    exported = opened.exported(tmp_path)["decisions"]
    assert ["box" in one for one in exported] == [False, True]
    assert exported[0]["decision"] == "accept"


def test_decisions_of_others_keep_their_reviewer(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    ids = shown.report["issue_id"][:4].tolist()
    path = tmp_path / "anna.json"
    shown.report.decide(dict.fromkeys(ids[:3], "accept"), reviewer="anna").write(path)
    page = opened.open(shown.path)
    page.locator("#reviewer").fill("ben")
    page.locator("#reviewer").blur()
    page.locator("#import-file").set_input_files(path)
    page.locator("#progress").get_by_text("3 of").wait_for()
    # The first is decided anew, then the fourth, which was open; what is done to the third is taken back.
    for key in ("r", "a", "k", "k", "r", "z"):
        page.keyboard.press(key)
    exported = opened.exported(tmp_path)["decisions"]
    said = {one["issue_id"]: (one["decision"], one["reviewer"]) for one in exported}
    assert [said[issue_id] for issue_id in ids] == [
        ("reject", "ben"),
        ("accept", "anna"),
        ("accept", "anna"),
        ("accept", "ben"),
    ]


def test_letters_in_a_field_decide_nothing(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    page.keyboard.press("/")
    page.keyboard.type("au")
    page.keyboard.press("Escape")
    assert opened.exported(tmp_path)["decisions"] == []


def test_single_keys_can_be_switched_off(opened: Opened, shown: Shown, tmp_path: Path) -> None:
    page = opened.open(shown.path)
    page.keyboard.press("?")
    page.get_by_label("single keys are on").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    assert opened.exported(tmp_path)["decisions"] == []


@pytest.mark.parametrize(("width", "height", "is_open"), [(1400, 900, True), (900, 900, False), (900, 600, False)])
def test_the_first_issue_is_whole_in_the_window(
    opened: Opened, shown: Shown, width: int, height: int, is_open: bool
) -> None:
    opened.page.set_viewport_size({"width": width, "height": height})
    page = opened.open(shown.path)
    assert page.locator("#summary").evaluate("part => part.open") == is_open
    place = page.get_by_role("article").first.bounding_box()
    assert place["y"] + place["height"] <= height


def test_a_small_window_shows_the_first_issue_and_opens_the_rest_when_asked(opened: Opened, shown: Shown) -> None:
    opened.page.set_viewport_size({"width": 390, "height": 844})
    page = opened.open(shown.path)
    assert page.get_by_role("article").first.get_by_role("img").bounding_box()["y"] < 650
    search = page.locator('[name="q"]')
    assert not search.is_visible()
    page.keyboard.press("/")
    assert search.is_visible()
    page.locator("#summary > summary").click()
    assert page.get_by_role("heading", name="Likely errors by class").is_visible()
