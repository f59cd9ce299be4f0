"""`python -m boxlint` and the command `boxlint`."""


def main() -> None:
    pass
