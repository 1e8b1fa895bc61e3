import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from emulator import REPOSITORY, SEEDS, Emulator, binary
from oracle import Oracle, Unavailable


def pytest_configure(config):
    config.addinivalue_line("markers", "row(*ids): rows of the platform's contract that the test is about")
    if not os.access(binary(), os.X_OK):
        raise pytest.UsageError(f"{binary()} is missing: run make build")


@contextmanager
def empty_oracle():
    try:
        server = Oracle()
    except Unavailable as reason:
        pytest.skip(str(reason))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def oracle():
    """PostgreSQL 15 with the library's tables."""
    with empty_oracle() as server:
        server.load(SEEDS / "library/schema.sql", SEEDS / "library/data.sql")
        yield server


@pytest.fixture(scope="module")
def own_oracle():
    """PostgreSQL 15 for the tests of one file, with nothing in it."""
    with empty_oracle() as server:
        yield server


@pytest.fixture(scope="session")
def library():
    """An emulator with the library's tables. Tests that write go through `fresh_library`."""
    with Emulator(seed=SEEDS / "library") as emulator:
        yield emulator


@pytest.fixture
def fresh_library(library):
    library.reset()
    yield library
    library.reset()


@pytest.fixture(scope="module")
def board():
    """An emulator with the repository's own seed: the task board and its service."""
    with Emulator("--config", str(REPOSITORY / "emulator.json"), seed=REPOSITORY / "seed") as emulator:
        yield emulator


@pytest.fixture(scope="module")
def empty():
    """An emulator without tables or services."""
    with Emulator() as emulator:
        yield emulator
