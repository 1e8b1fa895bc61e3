"""The table of the platform's contract says what is so."""

import contract_table
import pytest

ROWS = contract_table.rows()


def test_the_table_is_fresh():
    fresh = contract_table.table()
    assert contract_table.TABLE.read_text("utf-8") == fresh, "run python Tests/EndToEnd/contract_table.py"


def test_tests_name_rows_that_exist():
    assert set(contract_table.tests_by_row()) <= {row["id"] for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_row_has_a_test(row):
    assert row["mark"] in contract_table.MARKS and row["status"] in ("implemented", "501")
    assert contract_table.tests_by_row().get(row["id"]), "mark a test with @pytest.mark.row"


def test_rows_have_names_of_their_own():
    names = [row["id"] for row in ROWS]
    assert len(names) == len(set(names))
