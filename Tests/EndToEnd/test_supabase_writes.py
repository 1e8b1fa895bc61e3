"""Writes through supabase-py: what each returns and what it leaves behind, compared with PostgreSQL."""

from dataclasses import dataclass

import pytest
from postgrest.exceptions import APIError
from supabase import Client, create_client


@dataclass
class Write:
    name: str
    do: object  # (Client) -> a query builder
    sql: str
    then: str = "select * from books order by id"


BOOK = {"id": 10, "author_id": 1, "title": "Ebb"}
FULL = {
    "id": 11, "author_id": 2, "title": "Full", "shelf": "history", "pages": 5, "price": 1.5, "rating": 0.1, "tags": ["a", "b c"],
    "details": {"z": 1, "a": [1.50, None]}, "published": "2024-02-29T23:00:00+01:00", "in_print": False,
    "code": "ABCDEFAB-0000-4000-8000-000000000000",
}  # fmt: skip
FULL_SQL = """insert into books values (11, 2, 'Full', 'history', 5, 1.5, 0.1, '{a,"b c"}', '{"z": 1, "a": [1.50, null]}',
    '2024-02-29T23:00:00+01:00', null, false, 'abcdefab-0000-4000-8000-000000000000')"""
FULL_SQL = FULL_SQL.replace("null, false", "false")

WRITES = [
    Write("insert with defaults", lambda c: c.table("books").insert(BOOK), "insert into books (id, author_id, title) values (10, 1, 'Ebb')"),
    Write("insert every column", lambda c: c.table("books").insert(FULL), FULL_SQL),
    Write("insert several", lambda c: c.table("books").insert([BOOK, BOOK | {"id": 12, "title": "Flow"}]), "insert into books (id, author_id, title) values (10, 1, 'Ebb'), (12, 1, 'Flow')"),
    Write("insert with unequal keys", lambda c: c.table("books").insert([BOOK, {"id": 13, "author_id": 1, "title": "More", "pages": 9}]), "insert into books (id, author_id, title, pages) values (10, 1, 'Ebb', null), (13, 1, 'More', 9)"),
    Write("insert with default for missing keys", lambda c: c.table("books").insert([BOOK, BOOK | {"id": 13, "title": "S", "shelf": "science"}], default_to_null=False), "insert into books (id, author_id, title, shelf) values (10, 1, 'Ebb', default), (13, 1, 'S', 'science')"),
    Write("insert numbers given as text", lambda c: c.table("books").insert(BOOK | {"pages": "12", "price": "3.10"}), "insert into books (id, author_id, title, pages, price) values (10, 1, 'Ebb', 12, 3.10)"),
    Write("insert rounds to scale", lambda c: c.table("books").insert(BOOK | {"price": 1.005}), "insert into books (id, author_id, title, price) values (10, 1, 'Ebb', '1.005')"),
    Write("insert identity", lambda c: c.table("loans").insert({"book_id": 3, "member": "New"}), "insert into loans (book_id, member) values (3, 'New')", "select * from loans order by id"),
    Write("insert text beyond ASCII", lambda c: c.table("authors").insert({"id": 9, "name": "雪 ✓ \"'\\ \n"}), "insert into authors (id, name) values (9, E'雪 ✓ \"''\\\\ \\n')", "select * from authors order by id"),
    Write("update one", lambda c: c.table("books").update({"price": 1}).eq("id", 1), "update books set price = 1 where id = 1"),
    Write("update to null", lambda c: c.table("books").update({"price": None, "code": None}).eq("id", 1), "update books set price = null, code = null where id = 1"),
    Write("update several", lambda c: c.table("books").update({"in_print": False}).eq("shelf", "fiction"), "update books set in_print = false where shelf = 'fiction'"),
    Write("update none", lambda c: c.table("books").update({"price": 1}).eq("id", 99), "update books set price = 1 where id = 99"),
    Write("update a key that is referred to", lambda c: c.table("shelves").update({"label": "Z"}).eq("room", 1).eq("label", "A"), "update shelves set label = 'Z' where room = 1 and label = 'A'", "select * from placements order by book_id"),
    Write("upsert new", lambda c: c.table("books").upsert(BOOK), "insert into books (id, author_id, title) values (10, 1, 'Ebb') on conflict (id) do update set author_id = excluded.author_id, title = excluded.title"),
    Write("upsert existing", lambda c: c.table("books").upsert({"id": 1, "author_id": 2, "title": "New tides"}), "insert into books (id, author_id, title) values (1, 2, 'New tides') on conflict (id) do update set author_id = excluded.author_id, title = excluded.title"),
    Write("upsert on another key", lambda c: c.table("books").upsert({"id": 1, "author_id": 1, "title": "Tides", "pages": 7}, on_conflict="author_id,title"), "insert into books (id, author_id, title, pages) values (1, 1, 'Tides', 7) on conflict (author_id, title) do update set id = excluded.id, pages = excluded.pages"),
    Write("upsert ignoring duplicates", lambda c: c.table("books").upsert([BOOK, BOOK | {"id": 1, "title": "Other"}], ignore_duplicates=True), "insert into books (id, author_id, title) values (10, 1, 'Ebb'), (1, 1, 'Other') on conflict (id) do nothing"),
    Write("upsert on a composite key", lambda c: c.table("shelves").upsert([{"room": 1, "label": "A", "capacity": 1}, {"room": 3, "label": "C", "capacity": 2}]), "insert into shelves values (1, 'A', 1), (3, 'C', 2) on conflict (room, label) do update set capacity = excluded.capacity", "select * from shelves order by room, label"),
    Write("delete one", lambda c: c.table("loans").delete().eq("id", 2), "delete from loans where id = 2", "select * from loans order by id"),
    Write("delete none", lambda c: c.table("loans").delete().eq("id", 99), "delete from loans where id = 99", "select * from loans order by id"),
    Write("delete cascades", lambda c: c.table("books").delete().eq("id", 1), "delete from books where id = 1", "select * from loans order by id"),
    Write("delete by a range", lambda c: c.table("loans").delete().gte("id", 2).lt("id", 4), "delete from loans where id >= 2 and id < 4", "select * from loans order by id"),
]  # fmt: skip


@pytest.fixture
def client(fresh_library) -> Client:
    return create_client(fresh_library.ready["supabase_url"], fresh_library.service_key)


def ordered(rows):
    return sorted(rows, key=str)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.name.replace(" ", "-"))
def test_a_write_does_what_postgresql_does(write, client, oracle):
    returned, left = oracle.changed(write.sql, write.then)
    assert ordered(write.do(client).execute().data) == ordered(returned)
    table, order = write.then.split(" from ")[1].split(" order by ")
    query = client.table(table).select("*")
    for column in order.split(", "):
        query = query.order(column)
    assert query.execute().data == left


def test_returning_minimal_has_no_rows(client):
    assert client.table("books").insert(BOOK, returning="minimal").execute().data == []
    assert client.table("books").select("title").eq("id", 10).execute().data == [{"title": "Ebb"}]


def test_counting_writes(client):
    assert client.table("loans").update({"fee": 0}, count="exact").gt("id", 1).execute().count == 3
    assert client.table("loans").delete(count="exact").gt("id", 2).execute().count == 2


def test_a_refused_row_leaves_nothing_of_its_request(client):
    with pytest.raises(APIError):
        client.table("books").insert([BOOK, BOOK | {"id": 1, "title": "Duplicate"}]).execute()
    assert client.table("books").select("id").eq("id", 10).execute().data == []


def test_reset_restores_rows_and_sequences(fresh_library):
    client = create_client(fresh_library.ready["supabase_url"], fresh_library.service_key)
    first = client.table("loans").insert({"book_id": 3, "member": "New"}).execute().data
    client.table("books").delete().gt("id", 0).execute()
    fresh_library.reset()
    assert client.table("books").select("id", count="exact").execute().count == 6
    assert client.table("loans").insert({"book_id": 3, "member": "New"}).execute().data == first
