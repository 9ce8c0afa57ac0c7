"""The environment every child gets: the only way the project learns where it runs."""

import os
import sys

from launcher.datafolder import DataFolder
from launcher.engines import Engines
from launcher.options import Options, host_in_url
from launcher.process import ROOT


def project_environment(options: Options, data: DataFolder, engines: Engines, port: int) -> dict[str, str]:
    """Ours, from what was asked for and what was started; what the caller set for a real installation stays."""
    given = inherited()
    stored = data.secrets()
    return {
        **given,
        "DATABASE_URL": engines.database_url or given.get("DATABASE_URL", ""),
        "REDIS_URL": engines.redis_url or given.get("REDIS_URL", ""),
        "CC_EMBEDDED": "1" if engines.database_url else "0",
        "CC_DATA_DIR": str(data.path),
        "CC_SECRET_KEY": given.get("CC_SECRET_KEY") or stored["secret_key"],
        "CC_DEMO": "1" if options.demo_mode() else "0",
        "CC_DEMO_OPEN": "1" if options.demo else "0",
        "CC_PUBLIC_URL": given.get("CC_PUBLIC_URL") or f"http://{host_in_url(options.host)}:{port}",
        "PYTHONUNBUFFERED": "1",
    }


def inherited() -> dict[str, str]:
    """The caller's environment for our processes.

    Without the wish to keep compiled code off the disk, which images of Python like to set: uv compiles nothing, so
    that each process would compile the whole of Django anew, which takes several times as long as all it has to do.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def python(*arguments: str) -> tuple[str, ...]:
    """A command line of this very Python."""
    return (sys.executable, *arguments)


def django(*arguments: str) -> tuple[str, ...]:
    """A command line of the project's `manage.py`."""
    return python(str(ROOT / "manage.py"), *arguments)
