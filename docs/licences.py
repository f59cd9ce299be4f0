"""Writes the licences of all crates that are compiled into a wheel: `python docs/licences.py`, after `cargo fetch`.

Of crates that may be used under several licences, MIT is the one taken.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "THIRD-PARTY-LICENSES.txt"
# The first of these that a crate has.
NAMES = ("LICENSE-MIT", "LICENSE-MIT.md", "LICENSE-MIT.txt", "LICENSE", "LICENSE.md", "LICENSE.txt")
EDGES = "normal,no-proc-macro"
TREE = ["cargo", "tree", "--locked", "-p", "boxlint-py", "-e", EDGES, "--target", "all", "--prefix", "none"]


def main() -> None:
    """Writes the file anew, crates with the same text together."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    packages = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)["packages"]
    folders = {(one["name"], one["version"]): Path(one["manifest_path"]).parent for one in packages}
    crates: dict[str, list[str]] = {}
    for name, version in compiled_in():
        crates.setdefault(_text(folders[name, version]), []).append(f"{name} {version}")
    parts = ["The wheels of boxlint contain Rust's standard library (MIT OR Apache-2.0) and these crates."]
    parts += [f"{', '.join(names)}\n\n{text}" for text, names in crates.items()]
    FILE.write_text(f"\n\n{'-' * 80}\n\n".join(parts) + "\n")


def compiled_in() -> list[tuple[str, str]]:
    """Name and version of each crate of others in a wheel, on any platform."""
    lines = subprocess.run(TREE, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    crates = {tuple(line.split()[:2]) for line in lines if not line.startswith("boxlint-")}
    return sorted((name, version.removeprefix("v")) for name, version in crates)


def _text(folder: Path) -> str:
    file = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if file is None:
        raise FileNotFoundError(f"{folder.name} has no licence among {', '.join(NAMES)}")
    return file.read_text(encoding="utf-8").strip()


if __name__ == "__main__":
    main()
