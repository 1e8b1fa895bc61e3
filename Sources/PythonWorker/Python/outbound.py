"""Where a service's connections go: HTTP to the host's gateway, anything else nowhere.

Installed before any code of the service. A name that the service looks up becomes an address of 198.18.0.0/15, a range
that no peer ever has; a connection to such an address is made to the gateway instead, and TLS over it is left out, so
that the gateway sees plain HTTP/1.1 with the `Host` that the service meant. No certificates, and no SDK is touched. What
the service takes for TLS begins with a line that says so.

Loopback stays as it is: the service's own Supabase, and whatever else runs on this machine.

The file is also `sitecustomize.py` of the Python processes that a service starts: it imports nothing of this package.
"""

import fnmatch
import ipaddress
import json
import os
import socket
import ssl
import sys
import threading

ENVIRONMENT = "ALTAN_OUTBOUND"
# Ports whose protocol is HTTP. A stand-in cannot answer another protocol, and one whose server speaks first would hang.
HTTP_PORTS = frozenset((80, 443, 9443, *range(8000, 9000)))
# Make connections of their own in C, where nothing of this is seen.
OWN_NETWORKING = {"grpc", "pycurl", "curl_cffi"}
# Said to the gateway before all else on a connection that the service takes for TLS.
PREFACE = b"TLS\r\n"

_real_getaddrinfo = socket.getaddrinfo
_real_connect = socket.socket.connect
_real_connect_ex = socket.socket.connect_ex
_real_wrap_socket = ssl.SSLContext.wrap_socket
_real_wrap_bio = ssl.SSLContext.wrap_bio
_real_load_verify_locations = ssl.SSLContext.load_verify_locations
_real_get_ca_certs = ssl.SSLContext.get_ca_certs
_real_cert_store_stats = ssl.SSLContext.cert_store_stats


class OfflineError(socket.gaierror):
    """A connection that goes nowhere, with the way out."""


class Routes:
    """Names given addresses, and what may pass."""

    def __init__(self):
        self.gateway = None
        self.allowed = ()
        self.addresses = {}
        self.names = {}
        self.lock = threading.Lock()

    def allows(self, host):
        host = host.lower().rstrip(".")
        return any(fnmatch.fnmatchcase(host, pattern) for pattern in self.allowed)

    def address(self, host):
        host = host.lower().rstrip(".")
        with self.lock:
            address = self.addresses.get(host)
            if address is None:
                address = str(ipaddress.IPv4Address("198.18.0.1") + len(self.addresses))
                self.addresses[host] = address
                self.names[address] = host
            return address


routes = Routes()


def refusal(host, port):
    where = f"{host}:{port}" if port else host
    return (
        f"offline: no connection to {where} leaves the emulator, and only HTTP can be answered here. "
        f'Fix: allow it with "thirdparty": {{"allow": ["{host}"]}} in emulator.json.'
    )


def parsed(host):
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None


def is_local(host):
    """Whether a name or address is this machine's own."""
    address = parsed(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified
    host = host.lower().rstrip(".")
    return host in ("", "localhost") or host.endswith(".localhost")


def text(value):
    return value.decode("ascii") if isinstance(value, (bytes, bytearray)) else value


def number(port):
    port = text(port)
    if port is None or port == "":
        return 0
    if isinstance(port, str) and not port.isdigit():
        return socket.getservbyname(port)
    return int(port)


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    name = text(host)
    if name is None or name == "" or parsed(name) is not None:
        return _real_getaddrinfo(host, port, family, type, proto, flags)
    if is_local(name):
        # Debian's resolver does not know the names below localhost.
        address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        return _real_getaddrinfo(address, port, family, type, proto, flags)
    target = number(port)
    if routes.allows(name) and target and target not in HTTP_PORTS:
        return real_addresses(host, port, family, type, proto, flags)
    if family == socket.AF_INET6:
        raise OfflineError(socket.EAI_NONAME, f"{name} has no IPv6 address here")
    if target and target not in HTTP_PORTS:
        raise OfflineError(socket.EAI_FAIL, refusal(name, target))
    return _real_getaddrinfo(routes.address(name), target, socket.AF_INET, type or socket.SOCK_STREAM, proto, 0)


def gethostbyname(host):
    return getaddrinfo(host, None, socket.AF_INET)[0][4][0]


def gethostbyname_ex(host):
    return text(host), [], [gethostbyname(host)]


def target_of(sock, address):
    """Where a connection to `address` really goes.

    - Raises: ConnectionRefusedError for what may go nowhere."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return address
    host, port = text(address[0]), address[1]
    if parsed(host) is None:
        if is_local(host):
            return address
        host = getaddrinfo(host, port, socket.AF_INET)[0][4][0]
    name = routes.names.get(host)
    if name is not None:
        if port in HTTP_PORTS:
            return routes.gateway
        raise ConnectionRefusedError(111, refusal(name, port))
    if is_local(host) or routes.allows(host) or host in passed:
        return address
    raise ConnectionRefusedError(111, refusal(host, port))


# Addresses that names on the allow list have.
passed = set()


def connect(self, address):
    return _real_connect(self, target_of(self, address))


def connect_ex(self, address):
    return _real_connect_ex(self, target_of(self, address))


def is_routed(host):
    return bool(host) and not is_local(host) and parsed(host) is None


class Peer:
    """What clients ask a TLS connection about."""

    def version(self):
        # None means that there was no handshake yet; truststore then leaves its check of the peer out.
        return None

    def cipher(self):
        return ("TLS_AES_128_GCM_SHA256", "TLSv1.3", 128)

    def shared_ciphers(self):
        return None

    def selected_alpn_protocol(self):
        return "http/1.1"

    def selected_npn_protocol(self):
        return None

    def compression(self):
        return None

    def pending(self):
        return 0

    def do_handshake(self, *_):
        pass

    def get_channel_binding(self, *_):
        return None

    def verify_client_post_handshake(self):
        pass

    def getpeercert(self, binary_form=False):
        host = self.server_hostname
        return b"" if binary_form else {"subject": ((("commonName", host),),), "subjectAltName": (("DNS", host),)}


class PlainSocket(Peer, socket.socket):
    """Stands for `ssl.SSLSocket`, as clients without an event loop use it."""

    def __init__(self, sock, context, host):
        timeout = sock.gettimeout()
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self.settimeout(timeout)
        self.context, self.server_hostname, self.server_side, self.session = context, host, False, None
        self._sslobj = None
        self._is_announced = False
        self.announce()

    def announce(self):
        """Tells the gateway that this is TLS, as soon as there is a connection; others than the gateway are told nothing."""
        if not self._is_announced and goes_to_gateway(self):
            self._is_announced = True
            # So few bytes always fit into the buffer of a connection on which nothing was sent yet.
            self.send(PREFACE)

    def connect(self, address):
        super().connect(address)
        self.announce()

    def connect_ex(self, address):
        result = super().connect_ex(address)
        self.announce()
        return result

    def do_handshake(self, *_):
        self.announce()

    def unwrap(self):
        return self

    def read(self, count=1024, buffer=None):
        return self.recv(count) if buffer is None else self.recv_into(buffer, count)

    def write(self, data):
        return self.send(data)


class PlainObject(Peer):
    """Stands for `ssl.SSLObject`, as asyncio and anyio use it."""

    def __init__(self, incoming, outgoing, context, host):
        self._incoming, self._outgoing = incoming, outgoing
        self.context, self.server_hostname, self.server_side, self.session = context, host, False, None
        outgoing.write(PREFACE)

    def read(self, count=1024, buffer=None):
        data = self._incoming.read(len(buffer) if buffer is not None and count <= 0 else count)
        if not data:
            if not self._incoming.eof:
                raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "more data is needed")
            return 0 if buffer is not None else b""
        if buffer is None:
            return data
        buffer[: len(data)] = data
        return len(data)

    def write(self, data):
        return self._outgoing.write(data)

    def unwrap(self):
        return None

    def pending(self):
        return self._incoming.pending


def goes_to_gateway(sock):
    try:
        return sock.getpeername()[:2] == routes.gateway
    except OSError:
        return False


class Certificates:
    """The authorities that a context is told to trust, in a file of an installed package (`certifi`'s, mostly): read when
    something needs them. Nearly every client names them when it is made, reading takes longer than all else that it
    does then, and TLS to the gateway needs none."""

    attribute = "_altan_unread_certificates"

    @classmethod
    def load(cls, context, cafile, capath, cadata):
        if capath is None and cadata is None and cls.is_packaged(cafile):
            context.__dict__.setdefault(cls.attribute, []).append(cafile)
        else:
            cls.read(context)
            _real_load_verify_locations(context, cafile, capath, cadata)

    @classmethod
    def read(cls, context):
        for file in context.__dict__.pop(cls.attribute, ()):
            _real_load_verify_locations(context, file)

    @staticmethod
    def is_packaged(path):
        return isinstance(path, str) and os.path.isfile(path) and path.startswith(tuple(filter(None, sys.path)))


def load_verify_locations(self, cafile=None, capath=None, cadata=None):
    Certificates.load(self, cafile, capath, cadata)


def get_ca_certs(self, binary_form=False):
    Certificates.read(self)
    return _real_get_ca_certs(self, binary_form)


def cert_store_stats(self):
    Certificates.read(self)
    return _real_cert_store_stats(self)


def wrap_socket(
    self,
    sock,
    server_side=False,
    do_handshake_on_connect=True,
    suppress_ragged_eofs=True,
    server_hostname=None,
    session=None,
):
    host = text(server_hostname)
    if not server_side and (is_routed(host) or goes_to_gateway(sock)):
        return PlainSocket(sock, self, host)
    Certificates.read(self)
    return _real_wrap_socket(
        self, sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session
    )


def wrap_bio(self, incoming, outgoing, server_side=False, server_hostname=None, session=None):
    host = text(server_hostname)
    if not server_side and is_routed(host):
        return PlainObject(incoming, outgoing, self, host)
    Certificates.read(self)
    return _real_wrap_bio(self, incoming, outgoing, server_side, server_hostname, session)


def audit(event, arguments):
    """What gets past the functions above: UDP, `_socket`, look-ups in C. It cannot be removed again."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and len(address) > 1:
            host = text(address[0])
            if not is_local(host) and not routes.allows(host) and host not in passed:
                raise ConnectionRefusedError(111, refusal(host, address[1]))
    elif event == "socket.getaddrinfo":
        host = text(arguments[0])
        if host and parsed(host) is None and not is_local(host) and not routes.allows(host):
            raise OfflineError(socket.EAI_FAIL, refusal(host, None))
    elif event == "import" and arguments[0] in OWN_NETWORKING:
        OWN_NETWORKING.discard(arguments[0])
        print(
            f"[outbound] {arguments[0]} makes its own connections in C: stand-ins and recordings do not see them",
            file=sys.stderr,
        )


def real_addresses(host, port, family=0, type=0, proto=0, flags=0):
    """The real look-up of a name on the allow list; its addresses may be connected to."""
    found = _real_getaddrinfo(host, port, family, type, proto, flags)
    passed.update(entry[4][0] for entry in found)
    return found


def install(port, allowed=()):
    """Routes everything from now on. `port`: the gateway's, on 127.0.0.1. `allowed`: patterns of hosts whose other
    protocols may pass; their HTTP goes through the gateway too."""
    routes.gateway = ("127.0.0.1", port)
    routes.allowed = tuple(pattern.lower() for pattern in allowed)
    # A proxy would hide the name of the host.
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    # A resolver and a loop in C that would pass by: without them their users take the standard library's.
    for name in ("aiodns", "uvloop"):
        sys.modules[name] = None
    socket.getaddrinfo = getaddrinfo
    socket.gethostbyname = gethostbyname
    socket.gethostbyname_ex = gethostbyname_ex
    socket.socket.connect, socket.socket.connect_ex = connect, connect_ex
    ssl.SSLContext.wrap_socket, ssl.SSLContext.wrap_bio = wrap_socket, wrap_bio
    ssl.SSLContext.load_verify_locations = load_verify_locations
    ssl.SSLContext.get_ca_certs, ssl.SSLContext.cert_store_stats = get_ca_certs, cert_store_stats
    sys.addaudithook(audit)


def set_up(port, allowed, folder):
    """For the worker itself: installs the routes, and has Python processes that the service starts do the same, by way
    of `sitecustomize`."""
    install(port, allowed)
    write_once(os.path.join(folder, "sitecustomize.py"), __loader__.get_source(__name__))
    os.environ[ENVIRONMENT] = json.dumps({"port": port, "allowed": list(allowed)})
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = folder + (os.pathsep + path if path else "")


def write_once(path, source):
    """Writes a file where there is none with that text; whole, whoever else does it at the same time."""
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == source:
                return
    except OSError:
        pass
    os.makedirs(os.path.dirname(path), exist_ok=True)
    scratch = f"{path}.{os.getpid()}"
    with open(scratch, "w", encoding="utf-8") as file:
        file.write(source)
    os.replace(scratch, path)


if __name__ == "sitecustomize" and ENVIRONMENT in os.environ:
    _order = json.loads(os.environ[ENVIRONMENT])
    install(_order["port"], _order["allowed"])
