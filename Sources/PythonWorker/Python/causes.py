"""Tells the emulator which call of a service led to a request that the service makes.

Requests to the emulator's own address, and those that the emulator answers in the place of somebody else, get a header
with the id of the call during which they are made; the journal takes it as their cause. Nobody else ever sees it.
"""

import functools
import importlib.abc
import importlib.util
import sys
from urllib.parse import urlsplit

from . import logs, outbound

HEADER = "X-Altan-Cause"


def install(base_url, is_caught):
    """Adds the header in http.client (urllib, requests) and h11 (httpx, supabase), now or when that is imported.

    `base_url` is the service's own Supabase; `is_caught` says whether calls to other hosts end at the emulator."""
    takers = Takers(base_url, is_caught)
    import http.client

    patch_http_client(http.client.HTTPConnection, takers)
    if "h11" in sys.modules:
        patch_h11(sys.modules["h11"], takers)
    else:
        sys.meta_path.insert(0, WhenImported("h11", lambda module: patch_h11(module, takers)))


class Takers:
    """Who may be told."""

    def __init__(self, base_url, is_caught):
        self.own_port = urlsplit(base_url or "").port
        self.is_caught = is_caught
        # Every request asks, mostly about the same few.
        self.has = functools.lru_cache(1024)(self._has)
        self.has_authority = functools.lru_cache(1024)(lambda authority: self._has(*split(authority)))

    def _has(self, host, port):
        if outbound.is_local(host):
            return port is not None and port == self.own_port
        return self.is_caught and (port is None or port in outbound.HTTP_PORTS)


def patch_http_client(connection, takers):
    finish = connection.endheaders

    def endheaders(self, *arguments, **options):
        cause = logs.request_id.get()
        if cause and takers.has(self.host, self.port):
            self.putheader(HEADER, outbound.text(cause))
        return finish(self, *arguments, **options)

    connection.endheaders = endheaders


def patch_h11(h11, takers):
    forward = h11.Connection.send

    def send(self, event):
        if type(event) is h11.Request:
            cause = logs.request_id.get()
            if cause and takers.has_authority(next((value for name, value in event.headers if name == b"host"), b"")):
                tell(event, outbound.text(cause).encode())
        return forward(self, event)

    h11.Connection.send = send


def tell(event, cause):
    """Adds the header to a request of h11. The other fields were checked when it was made: a request made anew would
    have them all checked again, which takes longer than everything else that is done here."""
    name = HEADER.encode()
    fields = event.headers
    object.__setattr__(event, "headers", type(fields)([*fields._full_items, (name, name.lower(), cause)]))


def split(authority):
    """Host and port of a `Host` field."""
    address = urlsplit(f"//{authority.decode('latin-1')}")
    try:
        return address.hostname or "", address.port
    except ValueError:
        return "", 0


class WhenImported(importlib.abc.MetaPathFinder):
    """Does something to a module once, right after it is first imported."""

    def __init__(self, name, action):
        self.name, self.action = name, action

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            self.action(module)

        spec.loader.exec_module = exec_module
        return spec
