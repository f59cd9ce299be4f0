"""What `boxlint --help` says of each command, in its order; the help of the command itself begins with it."""

from __future__ import annotations

__all__ = ["SENTENCES"]

SENTENCES = {
    "check": "Lists the boxes that are probably wrong, most suspicious first, with what they should be.",
    "review": "Counts which of the issues that people looked at were right, so that they know where to stop.",
    "apply": "Carries out what reviewers decided about the issues, and writes the corrected annotations.",
    "export": "Writes the suspected errors for a labelling tool: Label Studio, CVAT, FiftyOne, LabelMe.",
    "import": "Reads what reviewers said in a labelling tool, and writes their decisions.",
    "explain": "Explains a kind of error: what it is, an example, what speaks for and against it, its formula and "
    "limits.",
    "score": "Scores images by how likely their annotations are right, and shows the worst.",
    "inspect": "Reports what looks wrong with a data set; exits with 1 if that would make its scores wrong.",
    "benchmark": "Plants known errors, and measures how well check and the ObjectLab scores find them.",
    "demo": "Draws a small synthetic data set with known errors, scores and checks it, counts the errors found, and "
    "writes a report page.",
    "completion": "Prints what bash, zsh or fish read to complete commands, options and paths.",
}
