"""`python3 run.py bench`: the benchmarks on engines of their own, which wait for the disk as real ones do."""

import os
from collections.abc import Sequence

from launcher.browser import find_chromium
from launcher.datafolder import DataFolder
from launcher.environment import python
from launcher.process import ROOT
from launcher.signals import Signals
from launcher.steps import run_in_foreground
from launcher.trial import trial_environment


def bench(arguments: Sequence[str], signals: Signals) -> int:
    """Run `python -m benchmarks` and return its exit code."""
    # On the disk of the checkout: a temporary folder may be memory, and then nothing waits.
    base = DataFolder(ROOT / "var")
    base.prepare()
    with trial_environment(base.path, durable=True, signals=signals) as environment:
        # Of all benchmarks one needs a browser.
        if "console" in arguments or not arguments or arguments[0].startswith("-"):
            environment["CC_CHROMIUM"] = find_chromium(os.environ)
        return run_in_foreground(python("-m", "benchmarks", *arguments), environment, signals)
