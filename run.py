"""The one command: installs, starts, tests and manages the contact center (see `python3 run.py --help`).

Only the check of the Python version lives here, in syntax that older Pythons can read; the rest is `launcher`.
"""

import sys


def main() -> int:
    """Refuse an old Python in plain words, else hand over."""
    if sys.version_info < (3, 11):
        sys.stderr.write(
            f"run.py: this is Python {sys.version_info[0]}.{sys.version_info[1]} and 3.11 or newer is needed: "
            "install one and start with it, for example: python3.13 run.py\n"
        )
        return 1
    from launcher.cli import main as launch

    return launch(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
