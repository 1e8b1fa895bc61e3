"""Reads through supabase-py, each compared with what PostgreSQL answers to the same question."""

from dataclasses import dataclass

import pytest
from supabase import Client, create_client


@dataclass
class Read:
    name: str
    ask: object  # (Client) -> a query builder
    sql: str


def books(columns: str, condition: str) -> str:
    return f"select {columns} from books where {condition} order by id"


def table(client: Client, name="books", columns="id"):
    return client.table(name).select(columns)


EMBED_AUTHOR = "(select row_to_json(a) from (select name from authors where id = b.author_id) a)"
EMBED_LOANS = """(select coalesce(json_agg(l), '[]') from
    (select member, fee from loans where book_id = b.id order by id) l)"""

READS = [
    # Columns
    Read("all columns", lambda c: table(c, columns="*").order("id"), "select * from books order by id"),
    Read("named columns", lambda c: table(c, columns="title, id").order("id"), books("title, id", "true")),
    Read("renamed column", lambda c: table(c, columns="key:id,title").order("id"), books("id as key, title", "true")),
    Read("cast column", lambda c: table(c, columns="id::text,price::text").order("id"), books("id::text, price::text", "true")),
    Read("json path", lambda c: table(c, columns="id,details->a->b").order("id"), books("id, details->'a'->'b' as b", "true")),
    Read("json text", lambda c: table(c, columns="id,details->>isbn").order("id"), books("id, details->>'isbn' as isbn", "true")),
    Read("json index", lambda c: table(c, columns="id,second:details->editions->1").order("id"), books("id, details->'editions'->1 as second", "true")),
    Read("dates and nulls", lambda c: table(c, "authors", "*").order("id"), "select * from authors order by id"),
    Read("identity and numeric", lambda c: table(c, "loans", "*").order("id"), "select * from loans order by id"),
    # Comparisons
    Read("eq", lambda c: table(c).eq("shelf", "fiction").order("id"), books("id", "shelf = 'fiction'")),
    Read("eq on a boolean", lambda c: table(c).eq("in_print", True).order("id"), books("id", "in_print")),
    Read("eq on a uuid in capitals", lambda c: table(c).eq("code", "33333333-3333-4333-8333-333333333333".upper()).order("id"), books("id", "code is not null and id = 3")),
    Read("eq on a numeric", lambda c: table(c).eq("price", "24.9").order("id"), books("id", "price = 24.9")),
    Read("eq on a large bigint", lambda c: table(c).eq("id", 9007199254740993), books("id", "id = 9007199254740993")),
    Read("eq its neighbour", lambda c: table(c).eq("id", 9007199254740992), books("id", "id = 9007199254740992")),
    Read("eq empty text", lambda c: table(c).eq("title", ""), books("id", "title = ''")),
    Read("eq on a timestamptz elsewhere", lambda c: table(c).eq("published", "1999-05-01T03:00:00-05:00"), books("id", "published = '1999-05-01T03:00:00-05:00'")),
    Read("neq leaves nulls out", lambda c: table(c).neq("pages", 120).order("id"), books("id", "pages <> 120")),
    Read("gt", lambda c: table(c).gt("pages", 120).order("id"), books("id", "pages > 120")),
    Read("gte", lambda c: table(c).gte("pages", 120).order("id"), books("id", "pages >= 120")),
    Read("lt on a numeric", lambda c: table(c).lt("price", "9").order("id"), books("id", "price < 9")),
    Read("lte on a date", lambda c: table(c, "authors").lte("born", "1951-02-28").order("id"), "select id from authors where born <= '1951-02-28' order by id"),
    Read("gt on an enum goes by declaration", lambda c: table(c).gt("shelf", "fiction").order("id"), books("id", "shelf > 'fiction'")),
    Read("between by two filters", lambda c: table(c).gte("pages", 1).lte("pages", 120).order("id"), books("id", "pages >= 1 and pages <= 120")),
    # Patterns
    Read("like", lambda c: table(c).like("title", "%Winter").order("id"), books("id", "title like '%Winter'")),
    Read("like is case-sensitive", lambda c: table(c).like("title", "%winter").order("id"), books("id", "title like '%winter'")),
    Read("like with a star", lambda c: table(c).like("title", "*100*").order("id"), books("id", "title like '%100%'")),
    Read("like escapes", lambda c: table(c).like("title", "%100\\%%").order("id"), books("id", "title like '%100\\%%'")),
    Read("like with an underscore", lambda c: table(c).like("title", "The_Underscore").order("id"), books("id", "title like 'The_Underscore'")),
    Read("ilike beyond ASCII", lambda c: table(c).ilike("title", "łAWKA").order("id"), books("id", "title ilike 'łAWKA'")),
    Read("match", lambda c: table(c).filter("title", "match", "^(Tides|A )").order("id"), books("id", "title ~ '^(Tides|A )'")),
    Read("imatch", lambda c: table(c).filter("title", "imatch", "^tides$").order("id"), books("id", "title ~* '^tides$'")),
    Read("like any", lambda c: table(c).filter("title", "like(any)", "{T%,%Key}").order("id"), books("id", "title like any ('{T%,%Key}')")),
    Read("eq any", lambda c: table(c).filter("id", "eq(any)", "{1,3}").order("id"), books("id", "id = any ('{1,3}')")),
    # Sets, nulls, distinctness
    Read("in", lambda c: table(c).in_("id", [1, 3, 99]).order("id"), books("id", "id in (1, 3, 99)")),
    Read("in with reserved characters", lambda c: table(c).in_("title", ["Tides", "a,b", 'c"d', "(e)"]).order("id"), books("id", "title = 'Tides'")),
    Read("in nothing", lambda c: table(c).in_("id", []), books("id", "false")),
    Read("is null", lambda c: table(c).is_("price", "null").order("id"), books("id", "price is null")),
    Read("is true", lambda c: table(c).is_("in_print", "true").order("id"), books("id", "in_print is true")),
    Read("is distinct", lambda c: table(c).filter("pages", "isdistinct", "120").order("id"), books("id", "pages is distinct from 120")),
    Read("not", lambda c: table(c).not_.eq("pages", 120).order("id"), books("id", "not pages = 120")),
    Read("not in", lambda c: table(c).not_.in_("id", [1, 2]).order("id"), books("id", "not id in (1, 2)")),
    Read("not is null", lambda c: table(c).not_.is_("pages", "null").order("id"), books("id", "pages is not null")),
    # Arrays and jsonb
    Read("array contains", lambda c: table(c).contains("tags", ["sea"]).order("id"), books("id", "tags @> '{sea}'")),
    Read("array contained", lambda c: table(c).contained_by("tags", ["sea", "poem", "x"]).order("id"), books("id", "tags <@ '{sea,poem,x}'")),
    Read("array overlaps", lambda c: table(c).overlaps("tags", ["poem", "big"]).order("id"), books("id", "tags && '{poem,big}'")),
    Read("jsonb contains", lambda c: table(c).contains("details", {"signed": True}).order("id"), books("id", "details @> '{\"signed\": true}'")),
    Read("filter on a json path", lambda c: table(c).eq("details->>isbn", "978-2").order("id"), books("id", "details->>'isbn' = '978-2'")),
    # Logic
    Read("or", lambda c: table(c).or_("pages.lt.100,shelf.eq.history").order("id"), books("id", "pages < 100 or shelf = 'history'")),
    Read("nested logic", lambda c: table(c).or_("and(pages.gt.10,shelf.eq.science),not.or(in_print.is.true,price.is.null)").order("id"), books("id", "(pages > 10 and shelf = 'science') or not (in_print is true or price is null)")),
    Read("or with a quoted value", lambda c: table(c).or_('title.eq."Tides",title.like."*(*"').order("id"), books("id", "title = 'Tides' or title like '%(%'")),
    # Order and pages
    Read("order by two", lambda c: table(c, columns="id,shelf").order("shelf", desc=True).order("id", desc=True), "select id, shelf from books order by shelf desc, id desc"),
    Read("nulls are last going up", lambda c: table(c).order("pages").order("id"), "select id from books order by pages, id"),
    Read("nulls are first going down", lambda c: table(c).order("pages", desc=True).order("id"), "select id from books order by pages desc, id"),
    Read("nulls first when asked", lambda c: table(c).order("pages", nullsfirst=True).order("id"), "select id from books order by pages nulls first, id"),
    Read("order by a json path", lambda c: table(c).order("details->>isbn").order("id"), "select id from books order by details->>'isbn', id"),
    Read("limit", lambda c: table(c).order("id").limit(2), "select id from books order by id limit 2"),
    Read("limit none", lambda c: table(c).order("id").limit(0), "select id from books limit 0"),
    Read("range", lambda c: table(c).order("id").range(2, 3), "select id from books order by id limit 2 offset 2"),
    # Embeds
    Read("embed to one", lambda c: table(c, columns="id,authors(name)").order("id"), f"select id, {EMBED_AUTHOR} as authors from books b order by id"),
    Read("embed to many", lambda c: table(c, columns="id,loans(member,fee)").order("id").order("id", foreign_table="loans"), f"select id, {EMBED_LOANS} as loans from books b order by id"),
    Read("embed renamed", lambda c: table(c, columns="id,by:authors(name)").order("id"), f"select id, {EMBED_AUTHOR} as by from books b order by id"),
    Read("embed one to one", lambda c: table(c, columns="id,placements(room,label)").order("id"), "select id, (select row_to_json(p) from (select room, label from placements where book_id = b.id) p) as placements from books b order by id"),
    Read("embed by two columns", lambda c: table(c, "placements", "book_id,shelves(capacity)").order("book_id"), "select book_id, (select row_to_json(s) from (select capacity from shelves where (room, label) = (p.room, p.label)) s) as shelves from placements p order by book_id"),
    Read("embed in an embed", lambda c: table(c, "authors", "id,books(id,loans(member))").order("id").order("id", foreign_table="books").order("id", foreign_table="books.loans"), "select id, (select coalesce(json_agg(x), '[]') from (select b.id, (select coalesce(json_agg(y), '[]') from (select member from loans where book_id = b.id order by id) y) as loans from books b where author_id = a.id order by b.id) x) as books from authors a order by id"),
    Read("embed filtered inside", lambda c: table(c, columns="id,loans(member)").eq("loans.member", "Erik").order("id"), "select id, (select coalesce(json_agg(l), '[]') from (select member from loans where book_id = b.id and member = 'Erik') l) as loans from books b order by id"),
    Read("inner embed filters", lambda c: table(c, columns="id,loans!inner(member)").eq("loans.member", "Erik").order("id"), "select id, (select json_agg(l) from (select member from loans where book_id = b.id and member = 'Erik') l) as loans from books b where exists (select 1 from loans where book_id = b.id and member = 'Erik') order by id"),
    Read("embed limited", lambda c: table(c, columns="id,loans(member)").order("id").order("id", foreign_table="loans").limit(1, foreign_table="loans"), "select id, (select coalesce(json_agg(l), '[]') from (select member from loans where book_id = b.id order by id limit 1) l) as loans from books b order by id"),
    Read("order by an embed", lambda c: table(c, columns="id,authors(name)").order("authors(name)", desc=True).order("id"), f"select b.id, {EMBED_AUTHOR} as authors from books b join authors a on a.id = b.author_id order by a.name desc, b.id"),
    Read("rows without an embedded one", lambda c: table(c, columns="id,loans()").is_("loans", "null").order("id"), "select id from books b where not exists (select 1 from loans where book_id = b.id) order by id"),
    Read("spread", lambda c: table(c, columns="id,...authors(author:name)").order("id"), "select b.id, a.name as author from books b join authors a on a.id = b.author_id order by b.id"),
]  # fmt: skip


@pytest.fixture(scope="module")
def client(library) -> Client:
    return create_client(library.ready["supabase_url"], library.service_key)


@pytest.mark.parametrize("read", READS, ids=lambda read: read.name.replace(" ", "-"))
def test_a_read_answers_as_postgresql_does(read, client, oracle):
    assert read.ask(client).execute().data == oracle.rows(read.sql)


def test_single_and_maybe_single(client):
    one = table(client, columns="title").eq("id", 1)
    assert one.single().execute().data == {"title": "Tides"}
    assert table(client, columns="title").eq("id", 1).maybe_single().execute().data == {"title": "Tides"}
    assert table(client).eq("id", 99).maybe_single().execute() is None


def test_counts(client):
    assert table(client).limit(1).execute().count is None
    counted = client.table("books").select("id", count="exact").eq("shelf", "fiction").order("id").limit(1).execute()
    assert (counted.count, counted.data) == (3, [{"id": 3}])
    assert client.table("books").select("id", count="exact", head=True).execute().count == 6


# The bytes: digits of numbers, spaces of jsonb and separators of rows are PostgreSQL's own.
RAW = [
    ("/books?select=*&order=id", "select * from books order by id"),
    ("/authors?select=*&order=id", "select * from authors order by id"),
    ("/loans?select=*&order=id", "select * from loans order by id"),
    ("/books?select=id,rating::text,price&price=not.is.null&order=id", "select id, rating::text, price from books where price is not null order by id"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "sql"), RAW, ids=[path.split("?")[0] for path, _ in RAW])
def test_a_body_has_the_bytes_of_postgresql(path, sql, library, oracle):
    script = f"select coalesce(json_agg(row), '[]')::text from ({sql}) row"
    expected = oracle.text(script)
    assert library.rest("GET", path).text == expected


def test_a_page_says_where_it_stands(library):
    page = library.rest("GET", "/books?select=id&order=id&limit=2&offset=1", headers={"Prefer": "count=exact"})
    assert (page.status, page.headers["Content-Range"]) == (206, "1-2/6")
    whole = library.rest("GET", "/books?select=id")
    assert (whole.status, whole.headers["Content-Range"]) == (200, "0-5/*")
    beyond = library.rest("GET", "/books?select=id&offset=100", headers={"Prefer": "count=exact"})
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, "*/6")


def test_head_answers_without_a_body(library):
    answer = library.rest("HEAD", "/books?select=id")
    assert (answer.status, answer.body) == (200, b"")


def test_keys_open_the_gateway(library):
    missing = library.get("/rest/v1/books?select=id")
    assert missing.status == 401
    assert missing.json() == {
        "message": "No API key found in request",
        "hint": "No `apikey` request header or url param was found.",
    }
    wrong = library.get("/rest/v1/books?select=id", headers={"apikey": "wrong"})
    assert (wrong.status, wrong.json()["message"]) == (401, "Invalid API key")
    in_query = library.get(f"/rest/v1/books?select=id&limit=1&apikey={library.service_key}")
    assert in_query.status == 200, in_query.text
