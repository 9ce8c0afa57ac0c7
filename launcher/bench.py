"""`python3 run.py bench`: the benchmarks on engines of their own, which wait for the disk as real ones do."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from launcher.datafolder import DataFolder
from launcher.engines import Engines
from launcher.environment import python, trial_environment
from launcher.process import ROOT, Guard
from launcher.signals import Signals
from launcher.steps import run_in_foreground


def bench(arguments: Sequence[str], signals: Signals) -> int:
    """Run `python -m benchmarks` and return its exit code."""
    # On the disk of the checkout: a temporary folder may be memory, and then nothing waits.
    base = ROOT / "var"
    base.mkdir(exist_ok=True, mode=0o711)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=base))
    folder.chmod(0o711)
    guard = Guard()
    guard.remove_at_end(folder)
    data = DataFolder(folder)
    data.prepare()
    engines = Engines(data, guard)
    try:
        engines.start_valkey(signals.pause)
        engines.start_postgres(durable=True, pause=signals.pause)
        environment = trial_environment(data, engines)
        return run_in_foreground(python("-m", "benchmarks", *arguments), environment, signals)
    finally:
        engines.stop(signals.hurry)
        guard.close()
        shutil.rmtree(folder, ignore_errors=True)
