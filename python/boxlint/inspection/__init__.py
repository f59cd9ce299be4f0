"""Finds what would make the scores of a data set wrong."""

from boxlint.inspection.findings import KINDS, Finding, FindingKind

__all__ = ["KINDS", "Finding", "FindingKind"]
