"""What a developer writes by hand instead of the REST API: FastAPI over sqlite3, one connection per thread."""

import os
import sqlite3
import threading

from fastapi import FastAPI, HTTPException
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


def connection() -> sqlite3.Connection:
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(os.environ["NOTES_DATABASE"])
        local.connection.row_factory = sqlite3.Row
    return local.connection


@app.get("/notes/{number}")
def read_note(number: int) -> Note:
    query = "select * from notes where id = ?"
    row = connection().execute(query, (number,)).fetchone()
    if row is None:
        raise HTTPException(404)
    return Note(**dict(row))
