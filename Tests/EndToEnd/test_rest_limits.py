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


def test_casts_of_domains_are_refused(place, tmp_path):
    assert "CreateCast" in refused(
        place, tmp_path, "create cast (text as jsonb) with function jsonb_in(text) as implicit"
    )


AGGREGATE = """
create domain "text/count" as text;
create function counted("text/count", items) returns "text/count" language sql as $$ select ($1::int + 1)::text $$;
create aggregate written(items) (sfunc = counted, stype = "text/count", initcond = '0');
"""


def test_aggregates_make_no_media_types(place, tmp_path):
    done = run("sql", "-c", AGGREGATE, "--url", place.base, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    answer = place.rest("GET", "/items", headers={"Accept": "text/count"})
    assert (answer.status, answer.json()["code"]) == (406, "PGRST107")


def test_xml_is_not_a_type(place, tmp_path):
    assert "xml" in refused(place, tmp_path, "select '<a/>'::xml")


def test_other_languages_are_refused_by_name(place):
    answer = place.rest("GET", "/items?notes=fts(german).anker")
    assert (answer.status, answer.json()["code"]) == (501, "0A000")
    assert "german" in answer.json()["message"]


def test_geometry_is_not_written(place):
    answer = place.rest("GET", "/items", headers={"Accept": "application/geo+json"})
    assert (answer.status, answer.json()["code"]) == (406, "PGRST107")


def test_there_is_no_admin_server(place):
    assert place.get("/live").status == 404
    assert place.get("/_emulator/ready").status == 200
