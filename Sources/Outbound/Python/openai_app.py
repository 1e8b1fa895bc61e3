"""api.openai.com, offline: chat completions, responses, embeddings, models, moderations."""

import base64
import hashlib
import json
import math
import re
import struct

from altan_standin import new_id, now, store
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from . import rules

HOSTS = ["api.openai.com"]
MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-5", "gpt-5-mini", "text-embedding-3-large",
          "text-embedding-3-small", "text-embedding-ada-002")  # fmt: skip
DIMENSIONS = {"text-embedding-3-large": 3072}


class Failure(Exception):
    def __init__(self, status, message, kind="invalid_request_error", code=None, param=None):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


KINDS = {401: ("authentication_error", "invalid_api_key"), 429: ("rate_limit_error", "rate_limit_exceeded")}


def endpoint(handler):
    async def run(request):
        try:
            scheme, _, key = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not key.strip():
                raise Failure(
                    401, "You didn't provide an API key. You need to provide your API key in an Authorization header "
                    "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
                )  # fmt: skip
            return await handler(request)
        except Failure as failure:
            return JSONResponse(
                failure.body, failure.status, {"x-request-id": new_id("req_"), "x-should-retry": "false"}
            )

    return run


async def body_of(request, *required):
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Failure(400, "We could not parse the JSON body of your request.")
    for name in required:
        if name not in body:
            raise Failure(400, f"Missing required parameter: '{name}'.", code="missing_required_parameter", param=name)
    return body


def answered(model, prompt, wants_json):
    reply = rules.reply_to(prompt, wants_json)
    rules.note(model, prompt, reply)
    if reply.error:
        kind, code = KINDS.get(reply.error, ("server_error" if reply.error >= 500 else "invalid_request_error", None))
        raise Failure(reply.error, reply.message or "An error that a rule asks for.", kind, code)
    return reply


@endpoint
async def chat(request):
    body = await body_of(request, "model", "messages")
    if not isinstance(body["messages"], list) or not body["messages"]:
        raise Failure(
            400, "Invalid 'messages': empty array. Expected an array with minimum length 1.", param="messages"
        )
    wanted = (body.get("response_format") or {}).get("type") in ("json_object", "json_schema")
    reply = answered(body["model"], rules.last_user_text(body["messages"]), wanted)
    prompt = sum(rules.tokens(rules.text_of(message.get("content"))) for message in body["messages"])
    said = reply.text or (json.dumps(reply.arguments) if reply.tool else "")
    usage = {
        "prompt_tokens": prompt, "completion_tokens": rules.tokens(said), "total_tokens": prompt + rules.tokens(said),
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }  # fmt: skip
    head = {
        "id": new_id("chatcmpl-", 29),
        "created": int(now()),
        "model": body["model"],
        "system_fingerprint": "fp_emulator",
    }
    if reply.tool:
        message = {"role": "assistant", "content": None, "refusal": None, "tool_calls": [{
            "id": new_id("call_"), "type": "function", "function": {"name": reply.tool, "arguments": said}}]}  # fmt: skip
    else:
        message = {"role": "assistant", "content": reply.text, "refusal": None, "annotations": []}
    finish = "tool_calls" if reply.tool else "stop"
    if body.get("stream"):
        include = (body.get("stream_options") or {}).get("include_usage")
        return events(chat_chunks(head, message, finish, usage if include else None))
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": finish}
        for index in range(int(body.get("n") or 1))
    ]
    return JSONResponse({**head, "object": "chat.completion", "choices": choices, "usage": usage})


def chat_chunks(head, message, finish, usage):
    def chunk(delta, reason=None, **more):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {
            **head,
            "object": "chat.completion.chunk",
            "choices": [choice],
            **({"usage": None} if usage else {}),
            **more,
        }

    yield None, chunk({"role": "assistant", "content": "" if message["content"] is not None else None, "refusal": None})
    for index, call in enumerate(message.get("tool_calls", [])):
        yield None, chunk({"tool_calls": [{"index": index, **call}]})
    for piece in rules.pieces(message["content"] or ""):
        yield None, chunk({"content": piece})
    yield None, chunk({}, finish)
    if usage:
        yield None, {**head, "object": "chat.completion.chunk", "choices": [], "usage": usage}
    yield None, "[DONE]"


def events(parts):
    async def text():
        for name, data in parts:
            line = data if isinstance(data, str) else json.dumps(data)
            yield (f"event: {name}\n" if name else "") + f"data: {line}\n\n"

    return StreamingResponse(text(), media_type="text/event-stream")


@endpoint
async def responses(request):
    body = await body_of(request, "model", "input")
    given = body["input"]
    prompt = given if isinstance(given, str) else rules.last_user_text(given)
    wanted = ((body.get("text") or {}).get("format") or {}).get("type") in ("json_object", "json_schema")
    reply = answered(body["model"], prompt, wanted)
    if reply.tool:
        item = {"type": "function_call", "id": new_id("fc_"), "call_id": new_id("call_"), "name": reply.tool,
                "arguments": json.dumps(reply.arguments), "status": "completed"}  # fmt: skip
    else:
        item = {"type": "message", "id": new_id("msg_"), "status": "completed", "role": "assistant",
                "content": [{"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}]}  # fmt: skip
    said = reply.text or (json.dumps(reply.arguments) if reply.tool else "")
    response = {
        "id": new_id("resp_", 48), "object": "response", "created_at": int(now()), "status": "completed", "error": None,
        "incomplete_details": None, "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"), "model": body["model"], "output": [item],
        "parallel_tool_calls": True, "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": None, "summary": None}, "store": True, "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}}, "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools", []), "top_p": body.get("top_p", 1.0), "truncation": "disabled", "user": None,
        "metadata": body.get("metadata") or {},
        "usage": {
            "input_tokens": rules.tokens(prompt), "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": rules.tokens(said), "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": rules.tokens(prompt) + rules.tokens(said),
        },
    }  # fmt: skip
    store.put("responses", response["id"], response)
    return events(response_events(response, item)) if body.get("stream") else JSONResponse(response)


def response_events(response, item):
    number = 0

    def event(kind, **more):
        nonlocal number
        number += 1
        return kind, {"type": kind, "sequence_number": number - 1, **more}

    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    place = {"item_id": item["id"], "output_index": 0}
    if item["type"] == "function_call":
        yield event(
            "response.output_item.added", output_index=0, item={**item, "arguments": "", "status": "in_progress"}
        )
        yield event("response.function_call_arguments.delta", **place, delta=item["arguments"])
        yield event("response.function_call_arguments.done", **place, arguments=item["arguments"], name=item["name"])
    else:
        text = item["content"][0]["text"]
        place["content_index"] = 0
        yield event("response.output_item.added", output_index=0, item={**item, "content": [], "status": "in_progress"})
        yield event("response.content_part.added", **place, part={**item["content"][0], "text": ""})
        for piece in rules.pieces(text):
            yield event("response.output_text.delta", **place, delta=piece, logprobs=[])
        yield event("response.output_text.done", **place, text=text, logprobs=[])
        yield event("response.content_part.done", **place, part=item["content"][0])
    yield event("response.output_item.done", output_index=0, item=item)
    yield event("response.completed", response=response)


@endpoint
async def response(request):
    found = store.get("responses", request.path_params["id"])
    if found is None:
        raise Failure(404, f"Response with id '{request.path_params['id']}' not found.", param="id")
    return JSONResponse(found)


@endpoint
async def embeddings(request):
    body = await body_of(request, "model", "input")
    given = (
        body["input"]
        if isinstance(body["input"], list) and not all(isinstance(n, int) for n in body["input"])
        else [body["input"]]
    )
    size = int(body.get("dimensions") or DIMENSIONS.get(body["model"], 1536))
    data = []
    for index, text in enumerate(given):
        numbers = vector(str(text), size)
        if body.get("encoding_format") == "base64":
            numbers = base64.b64encode(struct.pack(f"<{size}f", *numbers)).decode()
        data.append({"object": "embedding", "index": index, "embedding": numbers})
    count = sum(rules.tokens(str(text)) for text in given)
    return JSONResponse({
        "object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": count, "total_tokens": count},
    })  # fmt: skip


def vector(text, size):
    """A unit vector that depends on the words: texts that share words are near each other."""
    total = [0.0] * size
    for word in re.findall(r"\w+", text.lower()) or [text]:
        block = b"".join(hashlib.sha256(f"{word}|{n}".encode()).digest() for n in range((size + 31) // 32))
        for place in range(size):
            total[place] += block[place] - 127.5
    length = math.sqrt(sum(number * number for number in total)) or 1.0
    return [number / length for number in total]


@endpoint
async def models(request):
    data = [{"id": name, "object": "model", "created": 1700000000, "owned_by": "emulator"} for name in MODELS]
    return JSONResponse({"object": "list", "data": data})


@endpoint
async def model(request):
    name = request.path_params["id"]
    return JSONResponse({"id": name, "object": "model", "created": 1700000000, "owned_by": "emulator"})


@endpoint
async def moderations(request):
    body = await body_of(request, "input")
    given = body["input"] if isinstance(body["input"], list) else [body["input"]]
    names = ("harassment", "hate", "illicit", "self-harm", "sexual", "violence")
    result = {
        "flagged": False, "categories": dict.fromkeys(names, False), "category_scores": dict.fromkeys(names, 0.0),
        "category_applied_input_types": {name: ["text"] for name in names},
    }  # fmt: skip
    return JSONResponse({
        "id": new_id("modr-"), "model": body.get("model", "omni-moderation-latest"), "results": [result for _ in given],
    })  # fmt: skip


async def put_rules(request):
    try:
        return JSONResponse(rules.set_rules(await request.json()))
    except (ValueError, re.error) as error:
        return JSONResponse({"message": str(error)}, 400)


async def get_rules(request):
    return JSONResponse({"rules": rules.rules()})


@endpoint
async def missing(request):
    raise Failure(
        501, f"The emulator's stand-in for api.openai.com does not emulate {request.method} {request.url.path} yet.",
        "server_error", "stand_in_unsupported",
    )  # fmt: skip


app = Starlette(routes=[
    Route("/v1/chat/completions", chat, methods=["POST"]),
    Route("/v1/responses", responses, methods=["POST"]),
    Route("/v1/responses/{id}", response, methods=["GET"]),
    Route("/v1/embeddings", embeddings, methods=["POST"]),
    Route("/v1/models", models, methods=["GET"]),
    Route("/v1/models/{id:path}", model, methods=["GET"]),
    Route("/v1/moderations", moderations, methods=["POST"]),
    Route("/_emulator/rules", get_rules, methods=["GET"]),
    Route("/_emulator/rules", put_rules, methods=["PUT", "POST"]),
    Route("/{path:path}", missing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
])  # fmt: skip
