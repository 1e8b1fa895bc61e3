import hashlib
import hmac
import os
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, HTTPException, status
from postgrest.exceptions import APIError
from pydantic import BaseModel, Field
from supabase import Client, create_client

router = APIRouter()

SUPABASE_URL = os.environ.get("SUPABASE_URL")
SUPABASE_KEY = os.environ.get("SUPABASE_KEY")
SHARE_LINK_KEY = os.environ.get("SHARE_LINK_KEY")

if not SUPABASE_URL or not SUPABASE_KEY:
    raise ValueError("Supabase credentials not configured")
if not SHARE_LINK_KEY:
    raise ValueError("SHARE_LINK_KEY not configured")

supabase: Client = create_client(SUPABASE_URL, SUPABASE_KEY)

Status = Literal["todo", "doing", "done"]


class NewTask(BaseModel):
    project_id: UUID
    title: str = Field(min_length=1, max_length=200)
    status: Status = "todo"
    priority: int = Field(3, ge=1, le=5)
    estimate_hours: Decimal | None = Field(None, ge=0, max_digits=6, decimal_places=2)
    due_on: date | None = None


class TaskChange(BaseModel):
    title: str | None = Field(None, min_length=1, max_length=200)
    status: Status | None = None
    priority: int | None = Field(None, ge=1, le=5)
    due_on: date | None = None


class TaskBoard:
    """What the routes do, over the two tables."""

    def projects(self) -> list[dict]:
        query = supabase.table("projects").select("id,name,settings,tasks(id,title,status)")
        return query.eq("archived", False).order("name").order("id", foreign_table="tasks").execute().data

    def tasks(self, wanted: Status | None) -> list[dict]:
        query = supabase.table("tasks").select("*,project:projects(name)")
        if wanted:
            query = query.eq("status", wanted)
        return query.order("id").execute().data

    def task(self, task_id: int) -> dict:
        found = supabase.table("tasks").select("*").eq("id", task_id).execute().data
        return self._only(found, task_id)

    def create(self, task: NewTask) -> dict:
        return supabase.table("tasks").insert(task.model_dump(mode="json")).execute().data[0]

    def change(self, task_id: int, change: TaskChange) -> dict:
        values = change.model_dump(mode="json", exclude_none=True)
        if not values:
            return self.task(task_id)
        return self._only(supabase.table("tasks").update(values).eq("id", task_id).execute().data, task_id)

    def remove(self, task_id: int) -> None:
        self._only(supabase.table("tasks").delete().eq("id", task_id).execute().data, task_id)

    def share_token(self, task_id: int) -> str:
        self.task(task_id)
        return hmac.new(SHARE_LINK_KEY.encode(), str(task_id).encode(), hashlib.sha256).hexdigest()[:32]

    @staticmethod
    def _only(rows: list[dict], task_id: int) -> dict:
        if not rows:
            raise HTTPException(status.HTTP_404_NOT_FOUND, f"No task {task_id}")
        return rows[0]


board = TaskBoard()


# Plain functions: the Supabase client blocks, and FastAPI gives each call a thread of its own.
@router.get("/projects")
def list_projects() -> list[dict]:
    return board.projects()


@router.get("/items")
def list_items(status: Status | None = None) -> list[dict]:
    return board.tasks(status)


@router.post("/items", status_code=status.HTTP_201_CREATED)
def create_item(task: NewTask) -> dict:
    try:
        created = board.create(task)
    except APIError as error:
        # A project that does not exist breaks the foreign key; the caller can do something about that.
        if error.code == "23503":
            raise HTTPException(status.HTTP_409_CONFLICT, f"No project {task.project_id}") from error
        raise
    print(f"created task {created['id']}")
    return created


@router.get("/items/{task_id}")
def get_item(task_id: int) -> dict:
    return board.task(task_id)


@router.patch("/items/{task_id}")
def change_item(task_id: int, change: TaskChange) -> dict:
    return board.change(task_id, change)


@router.delete("/items/{task_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_item(task_id: int) -> None:
    board.remove(task_id)
    print(f"removed task {task_id}")


@router.get("/items/{task_id}/link")
def share_link(task_id: int) -> dict:
    return {"task": task_id, "token": board.share_token(task_id)}
