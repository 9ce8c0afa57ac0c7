"""`python3 run.py bench`: the benchmarks on engines of their own, which wait for the disk as real ones do."""

from collections.abc import Sequence

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
        return run_in_foreground(python("-m", "benchmarks", *arguments), environment, signals)
