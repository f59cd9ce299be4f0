"""The command `boxlint`, also as `python -m boxlint`."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Runs the command, or says what it needs. Ctrl-C ends it silently, wherever it is."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)  # as shells and other programs expect it


def _run() -> None:
    try:
        from boxlint.cli import app
    except ImportError as error:
        if error.name != "click":
            raise
        sys.exit("boxlint: the command needs click: pip install 'boxlint[cli]'")
    app(prog_name="boxlint")


if __name__ == "__main__":
    main()
