"""Run by test_without_network.py in namespaces of its own: a host of the internet, which is made here, is allowed,
really called by TLS, and recorded; the recording plays where nothing is allowed.

    unshare --net --mount python allowed_network.py
"""

import base64
import json
import ssl
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from emulator import Emulator, run
from third_party import LABORATORY, experiment
from without_network import has_no_network, raise_loopback

HOST = "api.real.test"
KEY = "not-a-real-key-of-the-host"
ASKS = f"""
import asyncio, base64, httpx, urllib.error, urllib.request
async def by_loop(url):
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).headers["x-tls"]
def experiment():
    key = {{"authorization": "Bearer {KEY}", "x-request": "1"}}
    with httpx.Client(base_url="https://{HOST}", headers=key) as client:
        answers = [client.get("/bytes?of=all"), client.post("/echo", json={{"key": "{KEY}", "n": 1}})]
    seen = [
        [base64.b64encode(a.content).decode(), a.status_code, a.headers["x-host"], a.headers["content-type"]]
        for a in answers
    ]
    seen.append([httpx.get("http://{HOST}/plain").headers["x-tls"], answers[0].headers["x-tls"]])
    seen.append([asyncio.run(by_loop(scheme + "://{HOST}/loop/" + scheme)) for scheme in ("http", "https")])
    try:
        urllib.request.urlopen("https://{HOST}/missing")
    except urllib.error.HTTPError as a:
        return [*seen, [a.read().decode(), a.code, a.headers["x-host"], a.headers["content-type"]]]
"""


class Internet(BaseHTTPRequestHandler):
    """Answers for the host, and keeps what it was asked."""

    seen: ClassVar[list] = []

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.command, self.path, headers, body))
        status, kind, content = {
            "/bytes?of=all": (200, "image/png", bytes(range(256))),
            "/echo": (201, "application/json", b'{"got":  ' + body + b"}"),
        }.get(self.path, (404, "text/plain", b"nothing  here\r\n"))
        self.send_response(status)
        is_secure = isinstance(self.connection, ssl.SSLSocket)
        fields = {
            "content-type": kind,
            "x-host": HOST,
            "x-tls": "yes" if is_secure else "no",
            "content-length": str(len(content)),
        }
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def certificate() -> tuple[bytes, bytes]:
    """One that the host signs for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(serialization.Encoding.PEM, *form)


def replace(path: str, content: bytes, by: Path) -> None:
    """Puts a file in another's place, in this namespace only."""
    by.write_bytes(content)
    subprocess.run(["mount", "--bind", str(by), path], check=True)


def serve(folder: Path) -> None:
    public, private = certificate()
    (folder / "host.pem").write_bytes(public + private)
    replace("/etc/hosts", f"127.0.0.1 localhost {HOST}\n".encode(), folder / "hosts")
    replace("/etc/ssl/certs/ca-certificates.crt", public, folder / "authorities")
    plain = ThreadingHTTPServer(("127.0.0.1", 80), Internet)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", 443), Internet)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "host.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def prepared(emulator: Emulator) -> Emulator:
    assert emulator.deploy("laboratory", LABORATORY).status == 200
    assert emulator.tool("upsert_secret", key="HOST_KEY", value=KEY).status == 200
    return emulator


def command(emulator: Emulator, *arguments: str) -> None:
    done = run(*arguments, "--url", emulator.base, folder=Path.cwd())
    assert done.returncode == 0, done.stdout + done.stderr


def recorded(file: Path) -> list:
    """What a service sees while the host is called."""
    settings = Path.cwd() / "emulator.json"
    settings.write_text(json.dumps({"thirdparty": {"allow": [HOST]}}))
    with prepared(Emulator("--config", str(settings))) as emulator:
        command(emulator, "record", str(file))
        seen = experiment(emulator, ASKS)
        command(emulator, "record", "--stop")
        assert emulator.get("/_emulator/thirdparty").json()["calls"] == {HOST: {"network": 6}}, seen
    return seen


def played(file: Path) -> list:
    """What it sees where the host is not allowed."""
    with prepared(Emulator()) as emulator:
        assert experiment(emulator, ASKS)["error"] == "KeyError"  # a refusal has no such header
        command(emulator, "replay", str(file))
        return experiment(emulator, ASKS)


def main() -> None:
    serve(Path.cwd())
    file = Path.cwd() / "real.har"
    real = recorded(file)
    asked = [(method, path) for method, path, _, _ in Internet.seen]
    others = [("GET", path) for path in ("/plain", "/loop/http", "/loop/https", "/missing")]
    assert asked == [("GET", "/bytes?of=all"), ("POST", "/echo"), *others]
    # TLS where the service's code asked for it, and only there.
    assert real[2:4] == [["no", "yes"], ["no", "yes"]], real
    # The host gets what the service sent, and nothing of the emulator's.
    _, _, headers, body = Internet.seen[1]
    assert (headers["authorization"], headers["host"], headers["x-request"]) == (f"Bearer {KEY}", HOST, "1")
    assert json.loads(body) == {"key": KEY, "n": 1}
    assert not [name for _, _, sent, _ in Internet.seen for name in sent if name.startswith("x-altan")]
    assert KEY not in file.read_text()
    again = played(file)
    assert len(Internet.seen) == 6
    # Every byte is as it was, but for the key.
    echoes = [base64.b64decode(answers[1].pop(0)).decode() for answers in (real, again)]
    assert echoes[0] == f'{{"got":  {body.decode()}}}' and KEY not in echoes[1]
    assert again == real, (again, real)


if __name__ == "__main__":
    raise_loopback()
    has_no_network()
    main()
    print("All held without a network.")
