"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import boxlint
from boxlint.synthetic import make_scenes
from commands import Files
from report_page import Opened, Shown, headless_chromium

# These run inside the environments of the tools that they test.
collect_ignore = ["tools"]

# The same examples in every run: a failure in CI is one that everybody sees.
settings.register_profile(
    "suite",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("search", settings.get_profile("suite"), max_examples=5000, derandomize=False)
settings.load_profile(os.environ.get("BOXLINT_PROFILE", "suite"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Real data sets, kept beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BOXLINT_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return folder


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """120 scenes in two COCO files, 18 of them with an error."""
    folder = tmp_path_factory.mktemp("scenes")
    both = Files(str(folder / "annotations.json"), str(folder / "detections.json"))
    boxlint.write_coco(make_scenes(120, seed=3).dataset, *both)
    return both


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with headless_chromium() as browser:
        yield browser


@pytest.fixture
def opened(chromium: Any) -> Iterator[Opened]:
    """A browser with nothing stored; fails if a script has an error there, or the policy forbids something."""
    context = chromium.new_context(viewport={"width": 1300, "height": 900})
    opened = Opened(context)
    yield opened
    context.close()
    assert opened.errors == []


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The page of some 150 issues, more than are shown at once."""
    return Shown(make_scenes(60, error_rate=0.4, seed=5), tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """A page of 2,000 issues."""
    return Shown(make_scenes(170, seed=1), tmp_path_factory.mktemp("large"), min_suspicion=0)
