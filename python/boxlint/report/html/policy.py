"""What the page may load and run: itself, and nothing from outside."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

__all__ = ["content_security_policy"]


def content_security_policy(script: str, style: str) -> str:
    """The policy of a page with one script and one style, both within it.

    Pictures come from the page itself and, for whole images, from files beside it: ``'self'`` is a page on a server,
    ``file:`` one that was opened from the disk.

    >>> content_security_policy("1", "a {}").split("; ")[0]
    "default-src 'none'"
    """
    return "; ".join([
        "default-src 'none'",
        f"script-src {_source(script)}",
        f"style-src {_source(style)}",
        "img-src data: 'self' file:",
        "base-uri 'none'",
        "form-action 'none'",
    ])  # fmt: skip


def _source(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
