"""The zygote: a warm interpreter that every service's worker is forked from, and that outlives none of them.

It has one thread, no event loop and no open connection but the control socket, so that a fork of it is whole.
When the control socket closes, or the host dies, it kills every process it or its workers ever started.
"""

import gc
import json
import os
import select
import signal
import socket
import sys

import _altan

# What a worker needs is imported here, once, though nothing of it runs before the fork.
from . import connection, deferred, exchange, inspection, loop, module, outbound, service, worker  # noqa: F401
from .frames import COLD, EXITED, HEAD, LENGTH, READY, SPAWN, SPAWNED, frame

# What every service needs, imported before the first fork.
NEEDED = ("fastapi", "pydantic", "starlette")

# Imported lazily by what is above, on the way of a service's first request.
NEEDED_PARTS = (
    "asyncio",
    "concurrent.futures.thread",
    "fastapi.openapi.utils",
    "fastapi.telemetry._runtime",
    "multipart",
    "python_multipart",
    "pickle",
    "pydantic.v1",
    "anyio._backends._asyncio",
    "encodings.idna",
    "faulthandler",
    "linecache",
)

# How many milliseconds after a fork the processors are left to the worker and the host.
QUIET = 500

# What many services need, with what it imports when its first client is made: imported when there is nothing else to do,
# or just before a fork for a service that names it.
USUAL = {"httpx": ("httpx", "httpcore"), "supabase": ("supabase", "httpcore"), "stripe": ("stripe",)}


def run(control_fd, executable, packages):
    control = socket.socket(fileno=control_fd)
    os.set_inheritable(control_fd, False)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: end())
    _altan.parent_death_signal(signal.SIGTERM)
    _altan.become_subreaper()

    sys.path.append(packages)
    me = os.getpid()
    sys.modules["uvloop"] = None
    sys.modules["aiodns"] = None
    # What is imported stays; looking for garbage in it again and again is a tenth of the time.
    gc.disable()
    models, bundle = deferred.Models(), __loader__.bundle
    with models:
        missing = {name: reason for name in NEEDED if (reason := preimport(name))}
        for name in NEEDED_PARTS:
            preimport(name)
    # It was entered when the interpreter started.
    bundle.__exit__()
    bundle.is_whole = bundle.is_whole or bool(missing)
    try:
        control.send(frame(READY, payload=json.dumps({"missing": missing}).encode()))
        Zygote(control, executable, models, bundle).serve()
    except OSError:
        pass  # The host is gone.
    finally:
        if os.getpid() == me:
            end()


def preimport(name):
    """Imports a module; returns why it could not be, None if it was."""
    try:
        __import__(name)
    except Exception as error:
        return repr(error)
    return None


class Zygote:
    def __init__(self, control, executable, models, bundle):
        self.control = control
        self.executable = executable
        self.models = models
        self.bundle = bundle
        self.workers = {}  # pid → number
        self.unimported = list(USUAL)
        self.pause = 20  # Milliseconds without a message before work that nobody waits for; an order may follow READY.
        self.orders = []  # Forks that wait for imports: packages, arguments of `spawn`

    def serve(self):
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(wake_read, select.POLLIN)
        while True:
            events = poll.poll(self.patience())
            for descriptor, _ in events:
                if descriptor == wake_read:
                    try:
                        os.read(wake_read, 4096)
                    except BlockingIOError:
                        pass
                    self.reap()
                else:
                    self.receive()
            if not events:
                self.pause = 0
                self.work()

    def patience(self):
        """How many milliseconds to wait for a message before the next piece of work; None: there is none."""
        if self.orders:
            return 0
        if not (self.unimported or self.models.left or self.bundle):
            return None
        return self.pause

    def work(self):
        """Does one thing of what is left to do when nobody has a message."""
        if self.orders:
            # Who needs the least goes first: a service need not wait for what another one imports.
            order = min(self.orders, key=lambda order: len(self.absent(order[0])))
            if absent := self.absent(order[0]):
                self.bring(absent[0])
            else:
                self.orders.remove(order)
                self.spawn(*order[1])
        elif self.unimported:
            self.bring(self.unimported[0])
        elif self.models.left:
            self.models.complete_one()
        else:
            self.part_with_bundle()

    def part_with_bundle(self):
        """Everything is imported. Where the bundle was not what it should be, a process of its own writes another."""
        bundle, self.bundle = self.bundle, None
        if not bundle.is_whole and os.fork() == 0:
            try:
                os.nice(10)
                bundle.write()
            except Exception:
                pass  # A folder that cannot be written to: the next start imports as this one did.
            finally:
                os._exit(0)
        bundle.close()

    def absent(self, names):
        return [name for name in names if name in self.unimported]

    def bring(self, name):
        self.unimported.remove(name)
        with self.models, self.bundle:
            for part in USUAL[name]:
                preimport(part)

    def receive(self):
        message, descriptors, _, _ = socket.recv_fds(self.control, 65536, 4)
        if not message:
            end()
        _, number, kind, flags, _ = HEAD.unpack_from(message)
        assert kind == SPAWN and len(descriptors) == 2, (kind, descriptors)
        # A cold worker imports everything itself.
        names = [] if flags & COLD else message[HEAD.size :].decode().split()
        self.orders.append((names, (number, flags & COLD, *descriptors)))

    def spawn(self, number, cold, data, log):
        me = os.getpid()
        threads = os.listdir("/proc/self/task")
        assert len(threads) == 1, f"{len(threads)} threads before a fork"
        # Objects that no collection looks at stay in pages that both processes share.
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            gc.enable()
            try:
                self.become_worker(me, cold, data, log)
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                os._exit(70)
        try:
            os.setpgid(pid, pid)
        except OSError:
            pass  # The child was faster, or is gone already.
        os.close(data)
        os.close(log)
        self.workers[pid] = number
        self.pause = QUIET
        self.control.send(frame(SPAWNED, number, payload=LENGTH.pack(pid)))

    def become_worker(self, parent, cold, data, log):
        os.setpgid(0, 0)
        _altan.parent_death_signal(signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)  # The zygote ended between fork and the line above.
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Above everything that is rearranged below, lest one overwrite the other.
        import fcntl

        data = fcntl.fcntl(data, fcntl.F_DUPFD, 10)
        log = fcntl.fcntl(log, fcntl.F_DUPFD, 10)
        null = fcntl.fcntl(os.open(os.devnull, os.O_RDONLY), fcntl.F_DUPFD, 10)
        self.control.detach()
        os.dup2(null, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(data, 3, inheritable=bool(cold))
        _altan.close_from(4)
        if cold:
            environment = {"PATH": os.defpath, "SWIFT_BACKTRACE": "enable=no"}
            os.execve(self.executable, [self.executable, "worker", "cold", "--data", "3"], environment)
        worker.serve(3)

    def reap(self):
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            except ChildProcessError:
                return
            if found is None:
                return
            pid = found.si_pid
            number = self.workers.pop(pid, None)
            if number is not None:
                # The leader still stands (as a zombie), so that the group's number cannot mean another group.
                kill_group(pid)
            _, status = os.waitpid(pid, 0)
            if number is not None:
                payload = LENGTH.pack(pid) + LENGTH.pack(status)
                self.control.send(frame(EXITED, number, payload=payload))


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass


def end():
    """Kills every descendant and exits. Orphans of workers are children of this process (it is a subreaper), so that
    killing children until there are none leaves nothing, not even what called setsid."""
    me = os.getpid()
    while killed := list(children(me)):
        for child in killed:
            kill_group(child)
            try:
                os.kill(child, signal.SIGKILL)
            except OSError:
                pass
        for child in killed:
            try:
                os.waitpid(child, 0)
            except OSError:
                pass
    os._exit(0)


def children(parent):
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    if int(file.read().rpartition(b")")[2].split()[1]) == parent:
                        yield int(entry)
            except (OSError, IndexError):
                pass
