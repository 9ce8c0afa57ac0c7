"""What the launcher says to people, and the one kind of error they get to see."""

import sys

# The end of most advice about data: the old folder stays as it is.
ANOTHER_FOLDER = "start on another folder with --data DIR"


class LauncherError(Exception):
    """Something the person at the terminal has to do; the message is one line that says what."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM arrived; raised only where the launcher waits, never in the middle of something."""


def say(text: str) -> None:
    """A result, on standard output."""
    print(text, flush=True)


def note(text: str) -> None:
    """Progress, on standard error, so that `manage` commands keep standard output for themselves."""
    print(text, file=sys.stderr, flush=True)


def plain_reason(error: OSError) -> str:
    """The operating system's own words for what went wrong, without Python's decoration."""
    return (error.strerror or str(error)).lower()
