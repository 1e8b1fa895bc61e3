"""The frames of the worker protocol: a head of 12 bytes, then the payload. See WorkerProtocol/Frame.swift."""

import struct

HEAD = struct.Struct("<IIBBH")
LENGTH = struct.Struct("<I")

ORDER, REQUEST, BODY, DISCONNECT, WINDOW, PING, SHUTDOWN, INSPECT = range(1, 9)
RESPONSE, PONG, READY, FAILED, RESET, LOG, INSPECTION = range(16, 23)
SPAWN, SPAWNED, EXITED = range(32, 35)

MORE = 1
STANDARD_ERROR = 2
COLD = 4

INITIAL_WINDOW = 1 << 20
LARGEST_BODY_PIECE = 256 << 10


def frame(kind, stream=0, flags=0, auxiliary=0, payload=b""):
    return HEAD.pack(len(payload), stream, kind, flags, auxiliary) + payload


def read_exactly(socket, count):
    """Blocks until `count` bytes are there; None at the end of the stream."""
    pieces = bytearray()
    while len(pieces) < count:
        piece = socket.recv(count - len(pieces))
        if not piece:
            return None
        pieces += piece
    return bytes(pieces)


def read_frame(socket):
    """Blocks until a frame is there: (kind, stream, flags, payload), or None at the end of the stream."""
    head = read_exactly(socket, HEAD.size)
    if head is None:
        return None
    length, stream, kind, flags, _ = HEAD.unpack(head)
    payload = read_exactly(socket, length) if length else b""
    return None if payload is None else (kind, stream, flags, payload)
