"""Engines for one run of the tests or benchmarks, gone afterwards, and the environment that points at them."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.datafolder import DataFolder
from launcher.engines import Engines
from launcher.environment import inherited
from launcher.process import Guard
from launcher.signals import Signals


@contextmanager
def trial_environment(parent: Path | None, *, durable: bool, signals: Signals) -> Iterator[dict[str, str]]:
    """Start both engines on a new folder in `parent` (or where temporary things go) for as long as this lasts."""
    data = DataFolder(Path(tempfile.mkdtemp(prefix="cc-trial-", dir=parent)))
    guard = Guard()
    guard.remove_at_end(data.path)
    engines = Engines(data, guard, throw_away=True)
    try:
        data.prepare()
        engines.start_valkey(signals.pause)
        engines.start_postgres(durable=durable, pause=signals.pause)
        yield _environment(data, engines)
    finally:
        engines.stop(signals.hurry)
        guard.close()
        shutil.rmtree(data.path, ignore_errors=True)


def _environment(data: DataFolder, engines: Engines) -> dict[str, str]:
    """An installation of this machine without demo, whatever the caller has set; tests of the demo turn it on."""
    theirs = {"DATABASE_URL", "REDIS_URL"}
    kept = {name: value for name, value in inherited().items() if not name.startswith("CC_") and name not in theirs}
    return {
        **kept,
        "DATABASE_URL": engines.database_url,
        "REDIS_URL": engines.redis_url,
        "CC_EMBEDDED": "1",
        "CC_DATA_DIR": str(data.path),
        "CC_SECRET_KEY": data.secrets()["secret_key"],
        "CC_DEMO": "0",
        "CC_DEMO_OPEN": "0",
        "CC_PUBLIC_URL": "http://127.0.0.1:8000",
        "PYTHONUNBUFFERED": "1",
    }
