"""What a developer writes by hand instead of the REST API: FastAPI over sqlite3, one connection per thread."""

import os
import sqlite3
import threading

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

app = FastAPI()
local = threading.local()


class Note(BaseModel):
    id: int
    title: str
    body: str
    stars: int
    done: bool
    created_at: str


class Reading(BaseModel):
    id: int
    station: str
    kind: str
    value: float
    unit: str
    quality: int
    checked: bool
    remark: str | None
    day: str
    taken_at: str


class Book(BaseModel):
    id: int
    author_id: int
    title: str
    pages: int


class Author(BaseModel):
    id: int
    name: str
    books: list[Book]


class Chapter(BaseModel):
    id: int
    book_id: int
    title: str


class BookWithChapters(Book):
    chapters: list[Chapter]


class AuthorWithAll(BaseModel):
    id: int
    name: str
    books: list[BookWithChapters]


class NewEntry(BaseModel):
    title: str
    stars: int
    done: bool


def connection() -> sqlite3.Connection:
    if not hasattr(local, "connection"):
        # Forty threads write in turn: the last one waits longer than the five seconds that are usual.
        local.connection = sqlite3.connect(os.environ["NOTES_DATABASE"], timeout=60)
        local.connection.row_factory = sqlite3.Row
        local.connection.execute("pragma synchronous = normal")
    return local.connection


@app.get("/notes/{number}")
def read_note(number: int) -> Note:
    query = "select * from notes where id = ?"
    row = connection().execute(query, (number,)).fetchone()
    if row is None:
        raise HTTPException(404)
    return Note(**dict(row))


@app.get("/readings")
def read_readings(response: Response, limit: int = 100, count: bool = False) -> list[Reading]:
    rows = connection().execute("select * from readings order by id limit ?", (limit,)).fetchall()
    if count:
        (total,) = connection().execute("select count(*) from readings").fetchone()
        response.headers["Content-Range"] = f"0-{len(rows) - 1}/{total}"
    return [Reading(**dict(row)) for row in rows]


@app.get("/authors")
def read_authors() -> list[Author]:
    books: dict[int, list[Book]] = {}
    for row in connection().execute("select * from books"):
        books.setdefault(row["author_id"], []).append(Book(**dict(row)))
    authors = connection().execute("select * from authors order by id")
    return [Author(**dict(row), books=books.get(row["id"], [])) for row in authors]


@app.get("/authors/all")
def read_all(limit: int = 100) -> list[AuthorWithAll]:
    authors = connection().execute("select * from authors order by id limit ?", (limit,)).fetchall()
    last = authors[-1]["id"]
    chapters: dict[int, list[Chapter]] = {}
    within = "where book_id in (select id from books where author_id <= ?)"
    for row in connection().execute(f"select * from chapters {within}", (last,)):
        chapters.setdefault(row["book_id"], []).append(Chapter(**dict(row)))
    books: dict[int, list[BookWithChapters]] = {}
    for row in connection().execute("select * from books where author_id <= ?", (last,)):
        book = BookWithChapters(**dict(row), chapters=chapters.get(row["id"], []))
        books.setdefault(row["author_id"], []).append(book)
    return [AuthorWithAll(**dict(row), books=books.get(row["id"], [])) for row in authors]


INSERT = "insert into entries (title, stars, done) values (?, ?, ?)"


@app.post("/entries", status_code=201)
def add_entry(entry: NewEntry) -> Response:
    with connection() as transaction:
        transaction.execute(INSERT, (entry.title, entry.stars, entry.done))
    return Response(status_code=201)


@app.post("/entries/many", status_code=201)
def add_entries(entries: list[NewEntry]) -> Response:
    with connection() as transaction:
        transaction.executemany(INSERT, [(entry.title, entry.stars, entry.done) for entry in entries])
    return Response(status_code=201)
