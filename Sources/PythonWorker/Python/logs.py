"""Takes what a service prints line by line, each with the id of the call during which it was printed."""

import contextvars
import io
import os
import sys
import threading

request_id = contextvars.ContextVar("request_id", default=None)


class LineStream(io.TextIOBase):
    """Stands for sys.stdout or sys.stderr. Complete lines go to `emit(line, request id, is_error)` at once; a part of a
    line waits for its rest, apart for each thread and call, so that two of them never share a line."""

    def __init__(self, emit, descriptor, is_error):
        self._emit = emit
        self._descriptor = descriptor
        self._is_error = is_error
        self._parts = {}
        self.buffer = ByteStream(self)

    encoding = "utf-8"
    errors = "backslashreplace"
    mode = "w"

    @property
    def name(self):
        return "<stderr>" if self._is_error else "<stdout>"

    def writable(self):
        return True

    def isatty(self):
        return False

    def fileno(self):
        return self._descriptor

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        call = request_id.get()
        key = (threading.get_ident(), call)
        if "\n" not in text:
            if text:
                self._parts[key] = self._parts.get(key, "") + text
            return len(text)
        lines = (self._parts.pop(key, "") + text).split("\n")
        if lines[-1]:
            self._parts[key] = lines[-1]
        for line in lines[:-1]:
            self._emit(line.rstrip("\r"), call, self._is_error)
        return len(text)

    def flush(self):
        """A part of a line stays: `print(..., end="", flush=True)` is still one line of the log."""

    def end(self, call):
        """The call is over: what it left without a newline is a line."""
        for key in [key for key in self._parts if key[1] == call]:
            self._emit(self._parts.pop(key), call, self._is_error)

    def end_all(self):
        for key in list(self._parts):
            self._emit(self._parts.pop(key), key[1], self._is_error)


class ByteStream(io.RawIOBase):
    """What `sys.stdout.buffer` is for those who write bytes."""

    def __init__(self, stream):
        self._stream = stream

    def writable(self):
        return True

    def fileno(self):
        return self._stream.fileno()

    def write(self, data):
        self._stream.write(bytes(data).decode("utf-8", "backslashreplace"))
        return len(data)


def capture(emit):
    """From now on everything printed goes through `emit`. A process that the service forks prints to the log pipe
    instead: two processes must not write frames to one socket."""
    sys.stdout = LineStream(emit, 1, False)
    sys.stderr = LineStream(emit, 2, True)
    os.register_at_fork(after_in_child=_release)


def _release():
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def end_call(call):
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, LineStream) and stream._parts:
            stream.end(call)


def end_all():
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, LineStream):
            stream.end_all()
