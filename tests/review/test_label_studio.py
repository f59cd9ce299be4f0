"""A queue in the real server of Label Studio, and back: `make test-label-studio`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from boxlint.review import import_verdicts
from label_studio_server import Server, running_server
from reviewing import Exported, Said, answer_label_studio, exported, read, told

program = shutil.which("label-studio")
pytestmark = pytest.mark.skipif(program is None, reason="Label Studio is not installed: make test-label-studio")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("label_studio")


@pytest.fixture(scope="module")
def queue(folder: Path) -> Exported:
    return exported(folder, "label-studio")


@pytest.fixture(scope="module")
def server(folder: Path, queue: Exported) -> Iterator[Server]:
    assert program is not None
    with running_server(program, folder / "server", folder) as running:
        yield running


@pytest.fixture(scope="module")
def project(server: Server, queue: Exported, folder: Path) -> int:
    """A project with the tasks of the queue."""
    config = (queue.folder / "labelling_config.xml").read_text()
    made = server.call("POST", "/api/projects", {"title": "boxlint", "label_config": config})
    project: int = made["id"]
    images = {"project": project, "path": str(folder / "images"), "use_blob_urls": True}
    server.call("POST", "/api/storages/localfiles", images)
    counts = server.call("POST", f"/api/projects/{project}/import", read(queue.folder / "tasks.json"))
    assert counts["task_count"] == counts["prediction_count"] == len(queue.queue.images)
    return project


def test_the_data_manager_sorts_by_suspicion(server: Server, project: int, queue: Exported) -> None:
    suspicions = {image.name: image.suspicion for image in queue.queue.images}
    for ordering, reverse in (("-tasks:predictions_score", True), ("tasks:predictions_score", False)):
        data = {"title": "queue", "ordering": [ordering]}
        view = server.call("POST", "/api/dm/views", {"project": project, "data": data})
        tasks = server.call("GET", f"/api/tasks?view={view['id']}&page_size=100")["tasks"]
        found = [suspicions[task["data"]["name"]] for task in tasks]
        assert found == sorted(suspicions.values(), reverse=reverse)


def test_the_images_are_served(server: Server, project: int, queue: Exported, folder: Path) -> None:
    for task in read(queue.folder / "tasks.json"):
        assert server.fetch("GET", task["data"]["image"]) == (folder / "images" / task["data"]["name"]).read_bytes()


def test_what_is_said_comes_back(server: Server, project: int, queue: Exported) -> None:
    annotate(server, project, queue, [Said(one.issue_id, "unsure") for one in queue.said])
    annotate(server, project, queue, queue.said)
    verdicts = queue.folder / "exported.json"
    verdicts.write_bytes(server.fetch("GET", f"/api/projects/{project}/export?exportType=JSON"))
    assert all(len(task["annotations"]) == 2 for task in read(verdicts))
    decisions = import_verdicts(verdicts, "label-studio")
    assert told(decisions) == queue.said
    assert {one.reviewer for one in decisions} == {"user 1"}


def annotate(server: Server, project: int, queue: Exported, said: Sequence[Said]) -> None:
    """Sends what the page sends when a reviewer submits."""
    tasks: dict[str, Any] = {
        task["data"]["name"]: task["id"]
        for task in server.call("GET", f"/api/tasks?project={project}&page_size=100")["tasks"]
    }
    for task in read(answer_label_studio(queue.folder, said)):
        (annotation,) = task["annotations"]
        path = f"/api/tasks/{tasks[task['data']['name']]}/annotations"
        server.call("POST", path, {"result": annotation["result"], "lead_time": 1})
