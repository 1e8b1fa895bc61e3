"""The data socket: frames in, on the event loop; frames out, from any thread."""

import marshal
import os
import select
import signal
import threading

import _altan

from . import frames, logs
from .frames import HEAD, LENGTH

RECEIVE_SIZE = 256 << 10
# Beyond so many unsent frames, whoever prints waits for the host. Bodies are limited by their windows.
OUTPUT_LIMIT = 10_000
# So many finished frames go out though the batch of requests goes on.
FLUSH_AT = 8


class Connection:
    """Owns the socket. The host is the only peer; when it is gone, so is this process and whatever it started."""

    def __init__(self, socket, loop):
        socket.setblocking(False)
        self._socket = socket
        self._descriptor = socket.fileno()
        self._batch = False
        self._loop = loop
        self._input = b""
        self._output = []
        # Printing happens on any thread; a lock held for a handful of microseconds keeps frames whole.
        self._lock = threading.Lock()
        self._flush_scheduled = False
        self._writer_added = False
        self.exchanges = {}
        self.begin_exchange = None
        self.shut_down = None
        loop.add_reader(socket.fileno(), self._readable)

    # Input

    def _readable(self):
        try:
            data = _altan.receive(self._descriptor, RECEIVE_SIZE)
        except OSError:
            data = b""
        if data is None:
            return
        if not data:
            os.killpg(0, signal.SIGKILL)
        if self._input:
            data = self._input + data
        offset, size = 0, len(data)
        self._batch = True
        while size - offset >= 12:
            length, stream, kind, flags, _ = HEAD.unpack_from(data, offset)
            start = offset + 12
            offset_after = start + length
            if offset_after > size:
                break
            if kind == frames.REQUEST:
                body_start = start + 4 + LENGTH.unpack_from(data, start)[0]
                head = marshal.loads(data[start + 4 : body_start])
                self.begin_exchange(stream, head, data[body_start:offset_after], flags & frames.MORE)
            else:
                self._handle(kind, stream, flags, data[start:offset_after])
            offset = offset_after
        self._input = data[offset:] if offset < size else b""
        self._batch = False
        if self._output and not self._writer_added:
            self._flush()

    def _handle(self, kind, stream, flags, payload):
        if kind == frames.PING:
            self.send(frames.frame(frames.PONG, stream))
        elif kind == frames.SHUTDOWN:
            self.shut_down()
        else:
            exchange = self.exchanges.get(stream)
            if exchange is None:
                return  # It ended while this frame was under way.
            if kind == frames.BODY:
                exchange.body_arrived(payload, flags & frames.MORE)
            elif kind == frames.WINDOW:
                exchange.window_opened(LENGTH.unpack(payload)[0])
            elif kind == frames.DISCONNECT:
                exchange.client_left()

    # Output

    def send(self, *pieces):
        """Queues bytes from the loop's thread. What one batch of frames, or one turn of the loop, produces goes out
        with one system call, but a long batch keeps nobody waiting; a lone call does not wait for the next turn."""
        with self._lock:
            output = self._output
            output.extend(pieces)
            if self._writer_added:
                return
            if len(output) > FLUSH_AT or (len(self.exchanges) < 2 and not self._batch):
                self._send_output()
                if not output:
                    return
        if not self._flush_scheduled and not self._batch:
            self._flush_scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self):
        self._flush_scheduled = False
        with self._lock:
            self._send_output()
            waiting = bool(self._output)
        if waiting and not self._writer_added:
            self._writer_added = True
            self._loop.add_writer(self._socket.fileno(), self._flush)
        elif not waiting and self._writer_added:
            self._writer_added = False
            self._loop.remove_writer(self._socket.fileno())

    def _send_output(self):
        """Sends what the socket takes. The lock is held."""
        output = self._output
        try:
            while output:
                sent = _altan.send(self._descriptor, output)
                if not sent:
                    return
                self._drop(sent)
        except OSError:
            os.killpg(0, signal.SIGKILL)

    def _drop(self, sent):
        """Forgets so many bytes from the front of the output."""
        output = self._output
        for index, piece in enumerate(output):
            if sent < len(piece):
                output[: index + 1] = [memoryview(piece)[sent:]]
                return
            sent -= len(piece)
            if not sent:
                del output[: index + 1]
                return

    def log(self, line, call, is_error):
        """Sends a line at once, from any thread: it must be out even if the very next statement hangs the process."""
        identifier = call.encode() if call else b""
        flags = frames.STANDARD_ERROR if is_error else 0
        data = line.encode("utf-8", "backslashreplace")
        head = HEAD.pack(len(identifier) + len(data), 0, frames.LOG, flags, len(identifier))
        with self._lock:
            self._output.append(head + identifier + data)
            self._send_output()
            while len(self._output) > OUTPUT_LIMIT:
                select.select([], [self._socket], [])
                self._send_output()
            waiting = bool(self._output)
        if waiting:
            self._loop.call_soon_threadsafe(self._flush)

    def finish(self):
        """Sends everything, waiting as long as it takes."""
        logs.end_all()
        with self._lock:
            while self._output:
                select.select([], [self._socket], [])
                self._send_output()
