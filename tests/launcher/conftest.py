"""Checkouts for the launcher's tests: one installed from nothing, others that share its packages."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.launcher.checkouts import Checkout, Run, wait_until


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can enter, unlike pytest's own temporary folders."""
    folder = Path(tempfile.mkdtemp(prefix="cct-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class FreshClone:
    """A checkout whose first start installed everything."""

    def __init__(self, parent: Path) -> None:
        parent.mkdir()
        self.checkout = Checkout(parent)
        run = self.checkout.start("--port", "0")
        wait_until(lambda: "installing" in run.errors(), 120, "the installation begins")
        # A command given meanwhile waits for the installation and for the start, and then does its work.
        beside = self.checkout.start("manage", "version")
        run.url()
        self.beside_code = beside.process.wait(300)
        self.beside_output = beside.output()
        self.errors = run.errors()
        self.exit_code = run.stop()


@pytest.fixture(scope="session")
def fresh_clone(open_folder: Path) -> FreshClone:
    return FreshClone(open_folder / "fresh")


@pytest.fixture
def folder(open_folder: Path) -> Path:
    """A folder of one test alone."""
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def new_checkout(fresh_clone: FreshClone, open_folder: Path) -> Iterator[Callable[..., Checkout]]:
    """Makes checkouts of the stand-in project that need no installation; whatever they left running is ended."""
    made: list[Checkout] = []

    def make(parent: Path | None = None) -> Checkout:
        folder = parent or Path(tempfile.mkdtemp(dir=open_folder))
        if parent is None:
            folder.chmod(0o755)
        checkout = Checkout(folder, standin=True)
        checkout.share_packages_of(fresh_clone.checkout)
        made.append(checkout)
        return checkout

    yield make
    for checkout in made:
        checkout.end()


@pytest.fixture
def checkout(new_checkout: Callable[..., Checkout]) -> Checkout:
    return new_checkout()


@pytest.fixture(scope="module")
def running(fresh_clone: FreshClone) -> Iterator[tuple[Checkout, Run, str]]:
    """An installation that answers: the checkout, the start, the address."""
    run = fresh_clone.checkout.start("--port", "0")
    yield fresh_clone.checkout, run, run.url()
    run.stop()
