"""A Label Studio server on loopback, with a folder of its own for its data, for as long as it is needed."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

# The first start makes the database, which takes minutes on a slow machine.
_SECONDS = 900

USER, PASSWORD = "anna@example.org", secrets.token_hex(8)


@dataclass(frozen=True)
class Server:
    """Where it listens, and the token of its user."""

    address: str
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Sends a request; the JSON of the answer."""
        return json.loads(self.fetch(method, path, body) or b"null")

    def fetch(self, method: str, path: str, body: Any = None) -> bytes:
        """Sends a request; the bytes of the answer."""
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(self.address + path, data, headers, method=method), timeout=120) as answer:
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error}: {error.read().decode()[:2000]}") from error


@contextmanager
def running_server(program: str, folder: Path, images: Path) -> Iterator[Server]:
    """Starts ``label-studio``; it serves the local files below a folder."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", secrets.token_hex(20))
    folder.mkdir()
    command = [
        program, "start", "--no-browser", "--internal-host", "127.0.0.1", "-p", str(port), "--username", USER,
        "--password", PASSWORD, "--user-token", server.token, "--enable-legacy-api-token",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(images),
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
    }
    with (folder / "log").open("wb") as log:
        # A group of its own, so that its children end with it.
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        try:
            _wait_for(server, process, folder / "log")
            yield server
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            server.fetch("GET", "/health")
            return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(1)
    raise RuntimeError(f"Label Studio did not start: {log.read_text()[-2000:]}")
