"""An agent without a model: a function-calling loop whose "model" follows the platform's workflow by rote.

The loop is what any framework does: show the tools, take a call, run it, append the result, go on until there is a
text. Only `run_tool` differs between protocols.
"""

import json
from collections.abc import Callable

CODE = """
import os
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel
from supabase import create_client

MAIL_KEY = os.environ.get("MAIL_KEY")
if not MAIL_KEY:
    raise ValueError("MAIL_KEY not configured")
db = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_KEY"])
router = APIRouter()

class Letter(BaseModel):
    to: str

@router.post("/letters", status_code=201)
def send(letter: Letter):
    print(f"letter to {letter.to}")
    return db.table("letters").insert({"recipient": letter.to}).execute().data[0]

@router.get("/letters/{number}")
def read(number: int):
    rows = db.table("letters").select("*").eq("id", number).execute().data
    if not rows:
        raise HTTPException(404, f"No letter {number}")
    return rows[0]
"""


class Model:
    """Answers a conversation with the next call, as a model would; a text ends it."""

    def __init__(self):
        self.steps = self.script()
        next(self.steps)

    def respond(self, conversation: list[dict]) -> dict:
        return self.steps.send(conversation[-1]["content"])

    @staticmethod
    def script():
        def call(tool: str, /, **arguments):
            return {"tool": tool, "arguments": arguments}

        yield None
        project = json.loads((yield call("get_project")))
        cloud, service = {"cloud_id": project["cloud_id"]}, {"service_name": "letters"}
        facts = json.loads((yield call("get_cloud", **cloud)))
        assert facts["base_url"] == project["base_url"]
        assert json.loads((yield call("list_secrets", **cloud))) == []
        early = yield call("create_service", **cloud, **service, code=CODE, requirements=["supabase"])
        assert "MAIL_KEY" in early and "create_authorization_request" in early
        secrets = {"MAIL_KEY": {"description": "The key of the mail provider", "required": True}}
        asked = json.loads((yield call("create_authorization_request", **cloud, custom_secrets=secrets)))
        yield {"ask_user": asked}
        answer = json.loads((yield call("get_authorization_request", id=asked["id"])))
        for key, value in answer["meta_data"]["provided_secrets"].items():
            yield call("upsert_secret", **cloud, key=key, value=value)
        yield call(
            "execute_sql",
            **cloud,
            query="create table letters (id bigint generated always as identity primary key, recipient text not null)",
        )
        deployed = json.loads(
            (yield call("create_service", **cloud, **service, code=CODE, requirements=["supabase"], description="d"))
        )
        assert deployed["status"] == "running"
        document = json.loads((yield call("get_openapi", **cloud, **service)))
        assert set(document["paths"]) == {"/api/letters/letters", "/api/letters/letters/{number}"}
        made = json.loads(
            (yield call("call_endpoint", **cloud, **service, method="POST", path="/letters", body={"to": "Ada"}))
        )
        assert (made["status"], made["body"]["recipient"]) == (201, "Ada")
        assert [line["message"] for line in made["logs"]] == ["letter to Ada"]
        wrong = json.loads((yield call("call_endpoint", **cloud, **service, method="POST", path="/letters", body={})))
        assert wrong["status"] == 422
        read = json.loads((yield call("call_endpoint", **cloud, **service, path="/letters/1")))
        assert (read["status"], read["body"]["id"]) == (200, 1)
        missing = json.loads((yield call("call_endpoint", **cloud, **service, path="/letters/99")))
        assert (missing["status"], missing["body"]) == (404, {"detail": "No letter 99"})
        rows = json.loads((yield call("execute_sql", **cloud, query="select recipient from letters")))
        assert rows == [{"recipient": "Ada"}]
        yield "Two endpoints work."


def run(run_tool: Callable[[str, dict], str], ask_user: Callable[[dict], None]) -> str:
    """Runs the loop to its end. `run_tool` returns what the model is shown: JSON, or the words of a refusal."""
    model, conversation = Model(), [{"role": "user", "content": "Build a service that sends letters."}]
    while True:
        reply = model.respond(conversation)
        if isinstance(reply, str):
            return reply
        if "ask_user" in reply:
            ask_user(reply["ask_user"])
            conversation.append({"role": "user", "content": "I have answered."})
        else:
            conversation.append({"role": "assistant", **reply})
            conversation.append({"role": "tool", "content": run_tool(reply["tool"], reply["arguments"])})
