"""Turns cassettes of VCR.py, as YAML or JSON, into HAR. Nobody but the emulator itself asks."""

import base64
import gzip
import json
import zlib

REQUIREMENTS = ["PyYAML"]


class Unreadable(ValueError):
    """Why a cassette cannot be taken."""


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    try:
        status, answer = 200, {"log": {"version": "1.2", "entries": entries(parsed(body))}}
    except ValueError as error:
        status, answer = 400, {"message": str(error)}
    content = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def parsed(body):
    text = body.decode("utf-8")
    if text.lstrip().startswith("{"):
        return json.loads(text)
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        """Without what makes objects; old cassettes mark texts as Python's."""

    for name in ("unicode", "str"):
        Loader.add_constructor(f"tag:yaml.org,2002:python/{name}", lambda loader, node: loader.construct_scalar(node))
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise Unreadable(" ".join(str(error).split())) from None


def entries(cassette):
    interactions = cassette.get("interactions") if isinstance(cassette, dict) else None
    if not isinstance(interactions, list):
        raise Unreadable("it has no list of interactions")
    found = []
    for index, interaction in enumerate(interactions):
        try:
            found.append(entry(interaction["request"], interaction["response"]))
        except Unreadable as error:
            raise Unreadable(f"interaction {index + 1}: {error}") from None
        except (KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"interaction {index + 1} is not as VCR.py writes it ({error!r})") from None
    return found


def entry(request, response):
    sent = {"method": request["method"], "url": request["uri"], "headers": fields(request.get("headers"))}
    body = data(request.get("body"))
    if body:
        sent["postData"] = {"mimeType": header(sent["headers"], "content-type")} | text(body)
    headers = fields(response.get("headers"))
    body = decoded(data(response.get("body")), header(headers, "content-encoding"))
    status = response["status"]
    return {
        "request": sent,
        "response": {
            "status": status["code"], "statusText": status.get("message") or "", "headers": headers,
            "content": {"mimeType": header(headers, "content-type"), "size": len(body)} | text(body),
        },
    }  # fmt: skip


def fields(headers):
    """`{name: value or [value, …]}` as HAR has it."""
    return [
        {"name": name, "value": value.decode("latin-1") if isinstance(value, bytes) else str(value)}
        for name, values in (headers or {}).items()
        for value in (values if isinstance(values, list) else [values])
    ]


def header(headers, name):
    return next((field["value"] for field in headers if field["name"].lower() == name), "")


def data(body):
    """The bytes of a body: plain, under `string`, or under `base64_string`."""
    if isinstance(body, dict):
        if "base64_string" in body:
            return base64.b64decode(body["base64_string"])
        body = body.get("string")
    if isinstance(body, str):
        return body.encode()
    return body or b""


def decoded(body, encoding):
    """VCR.py keeps bodies as they travelled; HAR as they were meant."""
    for name in reversed([name.strip().lower() for name in encoding.split(",") if name.strip()]):
        if name in ("gzip", "x-gzip"):
            # Recorded with decode_compressed_response, the header may stay where the compression went.
            body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        elif name == "deflate":
            body = inflated(body)
        elif name != "identity":
            raise Unreadable(f"its body is compressed with {name}; record it with decode_compressed_response=True")
    return body


def inflated(body):
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return zlib.decompress(body, window)
        except zlib.error:
            pass
    return body


def text(body):
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}
