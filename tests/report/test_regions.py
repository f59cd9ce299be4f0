"""Which part of its image the picture of an issue shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxlint.report.pictures.regions import extents, regions_around

UNKNOWN = [np.nan, np.nan]


def region(box: list[float], size: list[float]) -> list[float]:
    around: list[float] = regions_around(np.array([box], float), np.array([size], float))[0].tolist()
    return around


def test_a_box_in_the_middle_gets_a_square_of_1_75_times_its_longer_side() -> None:
    assert region([100, 100, 200, 140], [1000, 1000]) == [62.5, 32.5, 237.5, 207.5]


def test_at_the_edge_the_square_is_moved_into_the_image() -> None:
    assert region([0, 0, 100, 100], [1000, 1000]) == [0, 0, 175, 175]
    assert region([900, 900, 1000, 1000], [1000, 1000]) == [825, 825, 1000, 1000]


def test_where_the_image_is_smaller_it_is_cut() -> None:
    assert region([10, 10, 90, 20], [100, 50]) == [0, 0, 100, 50]


def test_a_tiny_box_is_shown_with_24_pixels_at_least() -> None:
    left, top, right, bottom = region([50, 50, 51, 51], [100, 100])
    assert (right - left, bottom - top) == (24, 24)


def test_without_a_size_the_square_may_lie_anywhere() -> None:
    assert region([0, 0, 100, 100], UNKNOWN) == [-37.5, -37.5, 137.5, 137.5]
    assert region([0.2, 0.2, 0.4, 0.4], UNKNOWN) == pytest.approx([0.125, 0.125, 0.475, 0.475])


def test_a_box_outside_of_its_image_shows_the_edge_next_to_it() -> None:
    left, top, right, bottom = region([500, 10, 600, 60], [100, 100])
    assert right == 100
    assert 0 <= left < right
    assert 0 <= top < bottom <= 100


def test_boxes_that_are_not_there_do_not_count() -> None:
    nothing = np.full((1, 4), np.nan)
    assert extents(nothing, np.array([[1.0, 2, 3, 4]]), nothing).tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize("at", [0.0, 0.5, 1.0, 5.0, -7.0, 1e7, 1e20])
@pytest.mark.parametrize("size", [UNKNOWN, [1.0, 1.0], [1.0, 9.0], [640.0, 480.0]])
def test_a_box_without_area_is_shown_with_something_around_it(at: float, size: list[float]) -> None:
    left, top, right, bottom = region([at, at, at, at], size)
    assert left < right
    assert top < bottom


@given(st.lists(st.floats(0, 300), min_size=4, max_size=4), st.integers(1, 300), st.integers(1, 300))
def test_regions_lie_within_their_images_and_have_an_area(corners: list[float], width: int, height: int) -> None:
    x1, x2 = sorted(corners[:2])
    y1, y2 = sorted(corners[2:])
    left, top, right, bottom = region([x1, y1, x2, y2], [width, height])
    assert 0 <= left < right <= width + 1e-9
    assert 0 <= top < bottom <= height + 1e-9
