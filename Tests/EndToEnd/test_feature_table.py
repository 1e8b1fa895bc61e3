"""The table of PostgREST's features says what is so."""

import feature_table
import pytest

FEATURES = feature_table.features()


def test_the_table_is_fresh():
    fresh = feature_table.table()
    assert feature_table.TABLE.read_text("utf-8") == fresh, "run python Tests/EndToEnd/feature_table.py"


@pytest.mark.parametrize("feature", FEATURES, ids=[feature["what"] for feature in FEATURES])
def test_a_feature_is_shown_by_tests_that_exist(feature):
    assert feature["status"] in ("supported", "partial", "not")
    assert feature["status"] == "supported" or feature["note"]
    assert feature["evidence"], "name a case or a test"
    assert [one for one in feature["evidence"] if not feature_table.exists(one)] == []
