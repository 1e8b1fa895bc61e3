"""asyncio's own event loop, with two of its detours cut short."""

import asyncio

import _altan


class WorkerLoop(asyncio.SelectorEventLoop):
    def _write_to_self(self):
        # As the original, but without giving up the interpreter's lock for a write that never blocks: a thread that
        # reports its result would lose the processor to the loop before it is done, and take it again right after.
        socket = self._csock
        if socket is not None:
            _altan.wake(socket.fileno())

    def _read_from_self(self):
        descriptor = self._ssock.fileno()
        while data := _altan.receive(descriptor, 4096):
            self._process_self_data(data)

    def start(self, coroutine):
        """A task whose first step runs at once instead of in the loop's next turn; to be called from a callback, not
        from a task. Most handlers are done with that first step."""
        task = self.create_task(coroutine)
        self._ready.pop()._run()
        return task
