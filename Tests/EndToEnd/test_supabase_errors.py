"""Every error a client can provoke: code, message, details and hint, compared with PostgreSQL or PostgREST."""

from dataclasses import dataclass

import pytest
from postgrest.exceptions import APIError
from supabase import Client, create_client


@dataclass
class Provoked:
    name: str
    do: object  # (Client) -> a query builder
    sql: str  # the same statement, for PostgreSQL to refuse


BOOK = {"id": 10, "author_id": 1, "title": "Ebb"}
INSERT = "insert into books (id, author_id, title) values"


def insert(**values):
    return lambda c: c.table("books").insert(BOOK | values)


def inserted(column: str, value: str) -> str:
    return f"insert into books (id, author_id, title, {column}) values (10, 1, 'Ebb', {value})"


def read(filter_by):
    return lambda c: filter_by(c.table("books").select("id"))


FROM_POSTGRESQL = [
    # Constraints
    Provoked("23505 primary key", insert(id=1), f"{INSERT} (1, 1, 'Ebb')"),
    Provoked("23505 two columns", insert(title="Tides"), f"{INSERT} (10, 1, 'Tides')"),
    Provoked("23505 text key", lambda c: c.table("authors").insert({"id": 8, "name": "A", "email": "ada@example.com"}), "insert into authors values (8, 'A', null, 'ada@example.com')"),
    Provoked("23505 by update", lambda c: c.table("books").update({"id": 2}).eq("id", 1), "update books set id = 2 where id = 1"),
    Provoked("23505 composite key", lambda c: c.table("shelves").insert({"room": 1, "label": "A"}), "insert into shelves (room, label) values (1, 'A')"),
    Provoked("23503 child", insert(author_id=77), f"{INSERT} (10, 77, 'Ebb')"),
    Provoked("23503 child of two columns", lambda c: c.table("placements").insert({"book_id": 3, "room": 9, "label": "Q"}), "insert into placements values (3, 9, 'Q')"),
    Provoked("23503 parent that restricts", lambda c: c.table("authors").delete().eq("id", 1), "delete from authors where id = 1"),
    Provoked("23503 parent that restricts an update", lambda c: c.table("authors").update({"id": 50}).eq("id", 1), "update authors set id = 50 where id = 1"),
    Provoked("23502 missing", lambda c: c.table("authors").insert({"id": 8}), "insert into authors (id) values (8)"),
    Provoked("23502 null", lambda c: c.table("loans").update({"member": None}).eq("id", 1), "update loans set member = null where id = 1"),
    Provoked("23502 shows every type", lambda c: c.table("books").update({"author_id": None}).eq("id", 2), "update books set author_id = null where id = 2"),
    Provoked("23502 quotes nothing", lambda c: c.table("books").update({"title": None}).eq("id", 4), "update books set title = null where id = 4"),
    Provoked("23514", insert(pages=0), inserted("pages", "0")),
    Provoked("23514 named", lambda c: c.table("authors").insert({"id": 8, "name": "A", "email": "nowhere"}), "insert into authors values (8, 'A', null, 'nowhere')"),
    Provoked("23514 by update", lambda c: c.table("books").update({"pages": -1}).eq("id", 1), "update books set pages = -1 where id = 1"),
    Provoked("428C9 identity", lambda c: c.table("loans").insert({"id": 3, "book_id": 1, "member": "X"}), "insert into loans (id, book_id, member) values (3, 1, 'X')"),
    Provoked("42P10 upsert without a key", lambda c: c.table("books").upsert(BOOK, on_conflict="pages"), f"{INSERT} (10, 1, 'Ebb') on conflict (pages) do update set title = excluded.title"),
    Provoked("21000 upsert twice", lambda c: c.table("books").upsert([BOOK, BOOK]), f"{INSERT} (10, 1, 'Ebb'), (10, 1, 'Ebb') on conflict (id) do update set title = excluded.title"),
    # Values in a body
    Provoked("22P02 integer", insert(author_id="one"), f"{INSERT} (10, 'one', 'Ebb')"),
    Provoked("22P02 fraction for an integer", insert(author_id=1.5), f"{INSERT} (10, '1.5', 'Ebb')"),
    Provoked("22P02 empty text for an integer", insert(pages=""), inserted("pages", "''")),
    Provoked("22P02 uuid", insert(code="not-a-uuid"), inserted("code", "'not-a-uuid'")),
    Provoked("22P02 enum", insert(shelf="cooking"), inserted("shelf", "'cooking'")),
    Provoked("22P02 boolean", insert(in_print="perhaps"), inserted("in_print", "'perhaps'")),
    Provoked("22P02 numeric", insert(price="cheap"), inserted("price", "'cheap'")),
    Provoked("22P02 double", insert(rating="good"), inserted("rating", "'good'")),
    Provoked("22P02 array", insert(tags="sea"), inserted("tags", "'sea'")),
    Provoked("22007 date", lambda c: c.table("authors").insert({"id": 8, "name": "A", "born": "yesteryear"}), "insert into authors values (8, 'A', 'yesteryear')"),
    Provoked("22008 date", lambda c: c.table("authors").insert({"id": 8, "name": "A", "born": "2023-02-30"}), "insert into authors values (8, 'A', '2023-02-30')"),
    Provoked("22007 timestamptz", insert(published="soon"), inserted("published", "'soon'")),
    Provoked("22008 timestamptz", insert(published="2023-01-01T25:00:00Z"), inserted("published", "'2023-01-01T25:00:00Z'")),
    Provoked("22003 smallint", insert(pages=70000), inserted("pages", "'70000'")),
    Provoked("22003 integer", insert(author_id=3000000000), f"{INSERT} (10, '3000000000', 'Ebb')"),
    Provoked("22003 bigint", insert(id=99999999999999999999), f"{INSERT} ('99999999999999999999', 1, 'Ebb')"),
    Provoked("22003 numeric", insert(price=123456.78), inserted("price", "'123456.78'")),
    Provoked("22003 double", insert(rating="1e999"), inserted("rating", "'1e999'")),
    Provoked("22001", lambda c: c.table("authors").insert({"id": 8, "name": "A name of more than twenty-four"}), "insert into authors (id, name) values (8, 'A name of more than twenty-four')"),
    # Filters
    Provoked("22P02 in a filter", read(lambda q: q.eq("id", "one")), "select id from books where id = 'one'"),
    Provoked("22P02 in a list", read(lambda q: q.in_("id", [1, "x"])), "select id from books where id = any ('{1,x}')"),
    Provoked("22P02 enum in a filter", read(lambda q: q.eq("shelf", "cooking")), "select id from books where shelf = 'cooking'"),
    Provoked("22P02 uuid in a filter", read(lambda q: q.eq("code", "x")), "select id from books where code = 'x'"),
    Provoked("22P02 boolean in a filter", read(lambda q: q.eq("in_print", "x")), "select id from books where in_print = 'x'"),
    Provoked("22003 in a filter", read(lambda q: q.gt("pages", 99999)), "select id from books where pages > '99999'"),
    Provoked("22007 in a filter", read(lambda q: q.lt("published", "soon")), "select id from books where published < 'soon'"),
    Provoked("42703 column", lambda c: c.table("books").select("nothing_like_it"), "select books.nothing_like_it from books"),
    Provoked("42703 with a hint", lambda c: c.table("books").select("pagess"), "select books.pagess from books"),
    Provoked("42703 in a filter", read(lambda q: q.eq("zzz", 1)), "select id from books where books.zzz = '1'"),
    Provoked("42703 in an order", read(lambda q: q.order("zzz")), "select id from books order by books.zzz"),
    Provoked("42883 like on a number", read(lambda q: q.like("id", "1%")), "select id from books where id like '1%'"),
    Provoked("42883 json path on text", read(lambda q: q.contains("title", ["x"])), "select id from books where title @> '{x}'"),
    Provoked("42804 is true on a number", read(lambda q: q.is_("pages", "true")), "select id from books where pages is true"),
    Provoked("2201B regular expression", read(lambda q: q.filter("title", "match", "(")), "select id from books where title ~ '('"),
    Provoked("42704 cast to no type", lambda c: c.table("books").select("id::nothing"), "select id::nothing from books"),
    Provoked("22P02 cast of a column", lambda c: c.table("books").select("title::integer").eq("id", 1), "select title::integer from books where id = 1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def client(library) -> Client:
    library.reset()
    return create_client(library.ready["supabase_url"], library.service_key)


def facts(error: APIError) -> dict:
    return {"code": error.code, "message": error.message, "details": error.details, "hint": error.hint}


@pytest.mark.parametrize("provoked", FROM_POSTGRESQL, ids=lambda provoked: provoked.name.replace(" ", "-"))
def test_an_error_is_postgresqls(provoked, client, oracle):
    expected = oracle.error(provoked.sql)
    with pytest.raises(APIError) as raised:
        provoked.do(client).execute()
    assert facts(raised.value) == expected


def none_of(code, message, details=None, hint=None):
    return {"code": code, "message": message, "details": details, "hint": hint}


# What PostgREST itself refuses, in the words of its version 16.
FROM_POSTGREST = [
    ("PGRST116 no row", lambda c: c.table("books").select("id").eq("id", 99).single(), none_of("PGRST116", "Cannot coerce the result to a single JSON object", "The result contains 0 rows")),
    ("PGRST116 several rows", lambda c: c.table("books").select("id").single(), none_of("PGRST116", "Cannot coerce the result to a single JSON object", "The result contains 6 rows")),
    ("PGRST205 table", lambda c: c.table("bookz").select("id"), none_of("PGRST205", "Could not find the table 'public.bookz' in the schema cache", None, "Perhaps you meant the table 'public.books'")),
    ("PGRST205 nothing alike", lambda c: c.table("qqqqq").select("id"), none_of("PGRST205", "Could not find the table 'public.qqqqq' in the schema cache")),
    ("PGRST204 column", lambda c: c.table("books").insert({"id": 10, "writer": 1}), none_of("PGRST204", "Could not find the 'writer' column of 'books' in the schema cache")),
    ("PGRST200 no relationship", lambda c: c.table("authors").select("id,shelves(label)"), none_of("PGRST200", "Could not find a relationship between 'authors' and 'shelves' in the schema cache", "Searched for a foreign key relationship between 'authors' and 'shelves' in the schema 'public', but no matches were found.")),
    ("PGRST108 not embedded", lambda c: c.table("books").select("id").eq("loans.member", "Erik"), none_of("PGRST108", "'loans' is not an embedded resource in this request", None, "Verify that 'loans' is included in the 'select' query parameter.")),
    ("PGRST118 order by many", lambda c: c.table("authors").select("id,books(id)").order("books(id)"), none_of("PGRST118", "A related order on 'books' is not possible", "'authors' and 'books' do not form a many-to-one or one-to-one relationship")),
    ("PGRST106 schema", lambda c: c.postgrest.schema("secret").from_("books").select("id"), none_of("PGRST106", "Invalid schema: secret", None, "Only the following schemas are exposed: public, graphql_public")),
    ("PGRST202 function", lambda c: c.rpc("no_such_function", {}), none_of("PGRST202", "Could not find the function public.no_such_function without parameters in the schema cache", "Searched for the function public.no_such_function without parameters or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.")),
    ("PGRST123 aggregate", lambda c: c.table("books").select("pages.sum()"), none_of("PGRST123", "Use of aggregate functions is not allowed")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("do", "expected"),
    [case[1:] for case in FROM_POSTGREST],
    ids=[case[0].replace(" ", "-") for case in FROM_POSTGREST],
)
def test_an_error_is_postgrests(do, expected, client):
    with pytest.raises(APIError) as raised:
        do(client).execute()
    assert facts(raised.value) == expected


STATUSES = [
    ("GET", "/books?id=eq.one", None, 400),
    ("GET", "/books?select=zzz", None, 400),
    ("GET", "/bookz", None, 404),
    ("GET", "/books?id=like.1", None, 404),
    ("GET", "/books?id=is.nothing", None, 400),
    ("GET", "/books?or=()", None, 400),
    ("GET", "/books?limit=-1", None, 416),
    ("GET", "/a/b", None, 404),
    ("POST", "/books", BOOK | {"id": 1}, 409),
    ("POST", "/books", BOOK | {"author_id": 77}, 409),
    ("POST", "/books", BOOK | {"pages": 0}, 400),
    ("POST", "/books", BOOK | {"writer": 1}, 400),
    ("POST", "/books", "{", 400),
    ("POST", "/books", "", 400),
    ("DELETE", "/authors?id=eq.1", None, 409),
    ("PUT", "/books", BOOK, 405),
    ("TRACE", "/books", None, 405),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), STATUSES)
def test_an_error_has_its_status_and_four_keys(method, path, body, status, library):
    headers = {"Content-Type": "application/json"} if isinstance(body, str) else {}
    answer = library.rest(method, path, body, headers=headers)
    assert answer.status == status, answer.text
    assert answer.json().keys() == {"code", "details", "hint", "message"}
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
