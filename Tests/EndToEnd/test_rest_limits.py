"""What of PostgREST is not emulated is refused by name."""

import pytest
from emulator import SEEDS, Emulator, run


@pytest.fixture(scope="module")
def place():
    with Emulator(seed=SEEDS / "builder") as emulator:
        yield emulator


def refused(place, tmp_path, statement: str) -> str:
    """What the database says of a statement that it must refuse."""
    done = run("sql", "-c", statement, "--url", place.base, folder=tmp_path)
    assert done.returncode == 1
    return done.stderr


def test_xml_is_not_taken_apart(place, tmp_path):
    assert "xpath" in refused(place, tmp_path, "select xpath('/a', '<a/>')")
    view = "create view cuttings as select * from xmltable('/a' passing '<a/>' columns word text)"
    assert run("sql", "-c", view, "--url", place.base, folder=tmp_path).returncode == 0
    answer = place.rest("GET", "/cuttings")
    assert (answer.status, answer.json()["feature"]) == (501, "postgres.xmltable")


def test_geometry_is_not_written(place):
    answer = place.rest("GET", "/items", headers={"Accept": "application/geo+json"})
    assert (answer.status, answer.json()["code"]) == (406, "PGRST107")


def test_there_is_no_admin_server(place):
    assert place.get("/live").status == 404
    assert place.get("/_emulator/ready").status == 200
