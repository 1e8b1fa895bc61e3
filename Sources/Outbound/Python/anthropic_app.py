"""api.anthropic.com, offline: messages, their streams, token counts, models."""

import json
import re

from altan_standin import new_id, store
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from . import rules

HOSTS = ["api.anthropic.com"]
MODELS = ("claude-opus-4-1", "claude-sonnet-4-5", "claude-haiku-4-5", "claude-3-5-haiku-latest")
KINDS = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
}  # fmt: skip


class Failure(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


def endpoint(handler):
    async def run(request):
        id = new_id("req_")
        headers = {"request-id": id}
        try:
            if not request.headers.get("x-api-key") and not request.headers.get("authorization"):
                raise Failure(401, "x-api-key header is required")
            answer = await handler(request)
            answer.headers["request-id"] = id
            return answer
        except Failure as failure:
            headers["x-should-retry"] = "false"
            error = {"type": KINDS.get(failure.status, "api_error"), "message": failure.message}
            return JSONResponse({"type": "error", "error": error, "request_id": id}, failure.status, headers)

    return run


async def body_of(request, *required):
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Failure(400, "The request body is not valid JSON.")
    for name in required:
        if name not in body:
            raise Failure(400, f"{name}: Field required")
    if not isinstance(body["messages"], list) or not body["messages"]:
        raise Failure(400, "messages: at least one message is required")
    if body["messages"][0].get("role") != "user":
        raise Failure(400, 'messages: first message must use the "user" role')
    return body


def prompt_tokens(body):
    given = rules.text_of(body.get("system")) + "".join(rules.text_of(m.get("content")) for m in body["messages"])
    return rules.tokens(given)


@endpoint
async def messages(request):
    body = await body_of(request, "model", "max_tokens", "messages")
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
        raise Failure(400, "max_tokens: must be greater than or equal to 1")
    prompt = rules.last_user_text(body["messages"])
    reply = rules.reply_to(prompt)
    rules.note(body["model"], prompt, reply)
    if reply.error:
        raise Failure(reply.error, reply.message or "An error that a rule asks for.")
    if reply.tool:
        block, reason = (
            {"type": "tool_use", "id": new_id("toolu_"), "name": reply.tool, "input": reply.arguments},
            "tool_use",
        )
    else:
        block, reason = {"type": "text", "text": reply.text, "citations": None}, "end_turn"
    said = reply.text or (json.dumps(reply.arguments) if reply.tool else "")
    message = {
        "id": new_id("msg_"), "type": "message", "role": "assistant", "model": body["model"], "content": [block],
        "stop_reason": reason, "stop_sequence": None,
        "usage": {
            "input_tokens": prompt_tokens(body), "output_tokens": rules.tokens(said), "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0, "service_tier": "standard",
        },
    }  # fmt: skip
    if not body.get("stream"):
        return JSONResponse(message)

    async def text():
        for data in stream(message, block):
            yield f"event: {data['type']}\ndata: {json.dumps(data)}\n\n"

    return StreamingResponse(text(), media_type="text/event-stream")


def stream(message, block):
    begun = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    yield {"type": "message_start", "message": begun}
    empty = {**block, "input": {}} if block["type"] == "tool_use" else {**block, "text": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": empty}
    yield {"type": "ping"}
    if block["type"] == "tool_use":
        deltas = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
    else:
        deltas = [{"type": "text_delta", "text": piece} for piece in rules.pieces(block["text"])]
    for delta in deltas:
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": message["usage"]["output_tokens"]}}
    yield {"type": "message_stop"}


@endpoint
async def count_tokens(request):
    return JSONResponse({"input_tokens": prompt_tokens(await body_of(request, "model", "messages"))})


def entry(name):
    return {"type": "model", "id": name, "display_name": name, "created_at": "2025-01-01T00:00:00Z"}


@endpoint
async def models(request):
    data = [entry(name) for name in MODELS]
    return JSONResponse({"data": data, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]})


@endpoint
async def model(request):
    return JSONResponse(entry(request.path_params["id"]))


async def get_rules(request):
    return JSONResponse({"rules": rules.rules()})


async def put_rules(request):
    try:
        return JSONResponse(rules.set_rules(await request.json()))
    except (ValueError, re.error) as error:
        return JSONResponse({"message": str(error)}, 400)


@endpoint
async def missing(request):
    raise Failure(
        501, f"The emulator's stand-in for {store.host} does not emulate {request.method} {request.url.path} yet."
    )


app = Starlette(routes=[
    Route("/v1/messages", messages, methods=["POST"]),
    Route("/v1/messages/count_tokens", count_tokens, methods=["POST"]),
    Route("/v1/models", models, methods=["GET"]),
    Route("/v1/models/{id}", model, methods=["GET"]),
    Route("/_emulator/rules", get_rules, methods=["GET"]),
    Route("/_emulator/rules", put_rules, methods=["PUT", "POST"]),
    Route("/{path:path}", missing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
])  # fmt: skip
