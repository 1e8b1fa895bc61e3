"""storage.googleapis.com and the tokens for it, offline: buckets and objects."""

import base64
import email.parser
import email.policy
import hashlib
import json
import re
from datetime import UTC, datetime
from urllib.parse import unquote

from altan_standin import new_id, now, store
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HOSTS = ["storage.googleapis.com", "*.storage.googleapis.com", "oauth2.googleapis.com"]


class Failure(Exception):
    def __init__(self, status, message, reason="invalid"):
        super().__init__(message)
        self.status, self.reason = status, reason


def answering(handler):
    async def run(request):
        try:
            return await handler(request)
        except Failure as failure:
            errors = [{"message": str(failure), "domain": "global", "reason": failure.reason}]
            body = {"error": {"code": failure.status, "message": str(failure), "errors": errors}}
            return JSONResponse(body, failure.status)

    return run


def moment():
    return datetime.fromtimestamp(now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


async def token(request):
    """Any signed request gets a token: nothing here checks it."""
    return JSONResponse({"access_token": "emulated-token", "expires_in": 3599, "token_type": "Bearer"})


# Buckets


def bucket_of(name):
    bucket = store.get("buckets", name)
    if bucket is None:
        raise Failure(404, "The specified bucket does not exist.", "notFound")
    return bucket


@answering
async def buckets(request):
    if request.method == "GET":
        prefix = request.query_params.get("prefix", "")
        found = [bucket for bucket in store.all("buckets") if bucket["name"].startswith(prefix)]
        return JSONResponse({"kind": "storage#buckets", "items": found})
    name = (await request.json()).get("name", "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", name):
        raise Failure(400, f"Invalid bucket name: '{name}'")
    if store.get("buckets", name):
        raise Failure(
            409, "Your previous request to create the named bucket succeeded and you already own it.", "conflict"
        )
    bucket = {
        "kind": "storage#bucket", "id": name, "name": name, "projectNumber": "1", "metageneration": "1",
        "location": "US", "locationType": "multi-region", "storageClass": "STANDARD", "etag": "CAE=",
        "timeCreated": moment(), "updated": moment(), "selfLink": f"https://www.googleapis.com/storage/v1/b/{name}",
    }  # fmt: skip
    return JSONResponse(store.put("buckets", name, bucket))


@answering
async def bucket(request):
    found = bucket_of(request.path_params["bucket"])
    if request.method == "DELETE":
        if any(item["bucket"] == found["name"] for item in store.all("objects")):
            raise Failure(409, "The bucket you tried to delete is not empty.", "conflict")
        store.delete("buckets", found["name"])
        return Response(status_code=204)
    if request.method in ("PATCH", "PUT"):
        found |= await request.json()
        store.put("buckets", found["name"], found)
    return JSONResponse(found)


# Objects


def key(bucket, name):
    return f"{bucket}/{name}"


def keep(bucket, name, data, content_type, given=None):
    bucket_of(bucket)
    generation = str(store.count("generation"))
    md5 = base64.b64encode(hashlib.md5(data).digest()).decode()
    path = name.replace("/", "%2F")
    object = {
        "kind": "storage#object", "id": f"{bucket}/{name}/{generation}", "name": name, "bucket": bucket,
        "generation": generation, "metageneration": "1", "contentType": content_type or "application/octet-stream",
        "storageClass": "STANDARD", "size": str(len(data)), "md5Hash": md5, "crc32c": crc32c(data), "etag": f"C{generation}=",
        "timeCreated": moment(), "updated": moment(), "metadata": (given or {}).get("metadata"),
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{bucket}/o/{path}",
        "mediaLink": f"https://storage.googleapis.com/download/storage/v1/b/{bucket}/o/{path}?generation={generation}&alt=media",
    }  # fmt: skip
    for field in ("cacheControl", "contentDisposition", "contentEncoding", "contentLanguage"):
        if (given or {}).get(field):
            object[field] = given[field]
    with store.transaction():
        store.put("contents", key(bucket, name), {"data": base64.b64encode(data).decode()})
        return store.put("objects", key(bucket, name), object)


def object_of(bucket, name):
    bucket_of(bucket)
    found = store.get("objects", key(bucket, name))
    if found is None:
        raise Failure(404, f"No such object: {bucket}/{name}", "notFound")
    return found


def content_of(bucket, name):
    return base64.b64decode(store.get("contents", key(bucket, name))["data"])


TABLE = []
for number in range(256):
    for _ in range(8):
        number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
    TABLE.append(number)


def crc32c(data):
    """Clients check it after every upload and download."""
    total = 0xFFFFFFFF
    for byte in data:
        total = TABLE[(total ^ byte) & 0xFF] ^ total >> 8
    return base64.b64encode((total ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


@answering
async def upload(request):
    name, kind = request.path_params["bucket"], request.query_params.get("uploadType")
    if request.method == "PUT" or request.query_params.get("upload_id"):
        return await resumed(request)
    body = await request.body()
    content_type = request.headers.get("content-type")
    if kind == "media":
        return JSONResponse(keep(name, request.query_params["name"], body, content_type))
    if kind == "multipart":
        parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            b"content-type: " + content_type.encode() + b"\r\n\r\n" + body
        )
        about, data = parsed.get_payload()
        given = json.loads(about.get_payload(decode=True))
        return JSONResponse(
            keep(name, given.get("name") or request.query_params["name"], raw_part(body, content_type),
                 given.get("contentType") or data.get("content-type"), given)
        )  # fmt: skip
    if kind == "resumable":
        bucket_of(name)
        given = json.loads(body or b"{}")
        given["name"] = given.get("name") or request.query_params.get("name")
        id = new_id("upload_")
        content_type = given.get("contentType") or request.headers.get("x-upload-content-type")
        store.put("uploads", id, {"bucket": name, "given": given, "type": content_type, "data": ""})
        return Response(
            headers={
                "location": f"https://storage.googleapis.com/upload/storage/v1/b/{name}/o?uploadType=resumable&upload_id={id}"
            }
        )
    raise Failure(400, f"Unknown uploadType: {kind}")


def raw_part(body, content_type):
    """The second part's bytes as they are: the parser would change line ends."""
    boundary = b"--" + re.search(r'boundary="?([^";]+)', content_type)[1].encode()
    part = body.split(boundary)[2]
    data = part.split(b"\r\n\r\n", 1)[1] if b"\r\n\r\n" in part else part.split(b"\n\n", 1)[1]
    return data.removesuffix(b"\r\n")


async def resumed(request):
    upload = store.get("uploads", request.query_params.get("upload_id"))
    if upload is None:
        raise Failure(404, "No such upload.", "notFound")
    data = base64.b64decode(upload["data"]) + await request.body()
    found = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", request.headers.get("content-range", ""))
    if found and (found[3] == "*" or len(data) < int(found[3])):
        store.put("uploads", request.query_params["upload_id"], upload | {"data": base64.b64encode(data).decode()})
        return Response(status_code=308, headers={"range": f"bytes=0-{len(data) - 1}"} if data else {})
    return JSONResponse(keep(upload["bucket"], upload["given"]["name"], data, upload["type"], upload["given"]))


@answering
async def objects(request):
    name, query = request.path_params["bucket"], request.query_params
    bucket_of(name)
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter")
    items, prefixes = [], []
    for item in sorted((o for o in store.all("objects") if o["bucket"] == name), key=lambda o: o["name"]):
        if not item["name"].startswith(prefix):
            continue
        rest = item["name"][len(prefix) :]
        if delimiter and delimiter in rest:
            folder = prefix + rest[: rest.index(delimiter) + len(delimiter)]
            if folder not in prefixes:
                prefixes.append(folder)
        else:
            items.append(item)
    start, size = int(query.get("pageToken") or 0), int(query.get("maxResults") or 1000)
    page = {"kind": "storage#objects", "items": items[start : start + size], "prefixes": prefixes}
    if start + size < len(items):
        page["nextPageToken"] = str(start + size)
    return JSONResponse(page)


@answering
async def object(request):
    bucket = request.path_params["bucket"]
    name = raw_name(request)
    found = object_of(bucket, name)
    if request.method == "DELETE":
        store.delete("objects", key(bucket, name))
        store.delete("contents", key(bucket, name))
        return Response(status_code=204)
    if request.method in ("PATCH", "PUT"):
        found |= await request.json()
        found["metageneration"] = str(int(found["metageneration"]) + 1)
        return JSONResponse(store.put("objects", key(bucket, name), found))
    if request.query_params.get("alt") == "media":
        return media(request, found, content_of(bucket, name))
    return JSONResponse(found)


def raw_name(request):
    """The object's name from the path as it was sent: slashes in it are escaped."""
    return unquote(re.search(r"/o/([^?]*)", request.scope["raw_path"].decode())[1])


def media(request, found, data):
    headers = {"x-goog-generation": found["generation"], "etag": found["etag"], "accept-ranges": "bytes"}
    headers["x-goog-hash"] = f"crc32c={found['crc32c']},md5={found['md5Hash']}"
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if wanted and data:
        start, end = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
        headers["content-range"] = f"bytes {start}-{end}/{len(data)}"
        return Response(data[start : end + 1], 206, headers, found["contentType"])
    return Response(data, 200, headers, found["contentType"])


@answering
async def copy(request):
    """copyTo and rewriteTo."""
    found = re.search(r"/b/([^/]+)/o/(.+?)/(copyTo|rewriteTo)/b/([^/]+)/o/([^?]+)", request.scope["raw_path"].decode())
    source, name, kind, target, new_name = (unquote(part) for part in found.groups())
    old = object_of(source, name)
    new = keep(target, new_name, content_of(source, name), old["contentType"], old)
    if kind == "copyTo":
        return JSONResponse(new)
    size = new["size"]
    return JSONResponse({
        "kind": "storage#rewriteResponse", "totalBytesRewritten": size, "objectSize": size, "done": True, "resource": new,
    })  # fmt: skip


@answering
async def missing(request):
    raise Failure(
        501, f"The emulator's stand-in for {store.host} does not emulate {request.method} {request.url.path} yet."
    )


app = Starlette(routes=[
    Route("/token", token, methods=["POST"]),
    Route("/storage/v1/b", buckets, methods=["GET", "POST"]),
    Route("/storage/v1/b/{bucket}", bucket, methods=["GET", "DELETE", "PATCH", "PUT"]),
    Route("/upload/storage/v1/b/{bucket}/o", upload, methods=["POST", "PUT"]),
    Route("/storage/v1/b/{bucket}/o", objects, methods=["GET"]),
    Route("/storage/v1/b/{bucket}/o/{name:path}/copyTo/b/{target}/o/{new:path}", copy, methods=["POST"]),
    Route("/storage/v1/b/{bucket}/o/{name:path}/rewriteTo/b/{target}/o/{new:path}", copy, methods=["POST"]),
    Route("/storage/v1/b/{bucket}/o/{name:path}", object, methods=["GET", "DELETE", "PATCH", "PUT"]),
    Route("/download/storage/v1/b/{bucket}/o/{name:path}", object, methods=["GET"]),
    Route("/{path:path}", missing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
])  # fmt: skip
