"""Hands suspected errors to labelling tools, and reads back what reviewers said of them.

export_queue(report, "queue", "cvat", images="images", top=100)   # the most suspicious errors, marked
decisions = import_verdicts("annotations.xml", "cvat")            # accepted, rejected, unsure
"""

from boxlint.review.exchange import TOOLS, Tool, export_queue, import_verdicts
from boxlint.review.queue import Mark, Queue, QueuedImage

__all__ = ["TOOLS", "Mark", "Queue", "QueuedImage", "Tool", "export_queue", "import_verdicts"]
