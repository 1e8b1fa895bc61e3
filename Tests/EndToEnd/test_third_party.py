"""Calls to third parties: caught whatever the client, refused with a reason, answered by stand-ins."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from emulator import REPOSITORY, SEEDS, Emulator, eventually, run
from third_party import LABORATORY, STRIPE, deliveries, experiment, logs

ACME = """
import asyncio
from altan_standin import new_id, now, store
from fastapi import APIRouter, Request, WebSocket
HOSTS = ["api.acme.test", "*.acme.test"]
router = APIRouter()

@router.post("/things")
def create(thing: dict):
    return store.put("things", new_id("thing_", 8), thing | {"at": now()})

@router.get("/things")
def things():
    return store.all("things")

@router.get("/broken")
def broken():
    raise RuntimeError("on purpose")

@router.get("/hang")
async def hang():
    await asyncio.Event().wait()

@router.websocket("/talk/{name}")
async def talk(socket: WebSocket, name: str):
    offered = socket.scope["subprotocols"]
    await socket.accept("b" if "b" in offered else None, [(b"x-hello", b"yes")])
    await socket.send_text(f"hello {name}, {socket.url.query}")
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") == "bye":
            return await socket.close(3001, "as asked")
        if message.get("text"):
            await socket.send_text(str(len(message["text"])))
        else:
            await socket.send_bytes(message["bytes"])

@router.websocket("/refuses")
async def refuses(socket: WebSocket):
    await socket.close()

@router.websocket("/fails")
async def fails(socket: WebSocket):
    raise RuntimeError("on purpose")

@router.get("/scheme")
def scheme(request: Request):
    return request.url.scheme

@router.put("/upload")
async def upload(request: Request):
    return len(await request.body())
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """An emulator with the payments seed, a stand-in of its own, and the laboratory."""
    seed = tmp_path_factory.mktemp("shop") / "seed"
    shutil.copytree(SEEDS / "payments", seed)
    (seed / "thirdparty").mkdir()
    (seed / "thirdparty/api.acme.test.py").write_text(ACME)
    with Emulator(seed=seed) as emulator:
        emulator.seed = seed
        assert emulator.deploy("laboratory", LABORATORY).status == 200
        emulator.request("POST", "/_emulator/mark", {})
        yield emulator


CLIENTS = {
    "httpx": "import httpx\ndef experiment():\n    r = httpx.get('https://nobody.test/v1/x?key=k')\n    return [r.status_code, r.json()['message'], r.reason_phrase]",
    "httpx async": "import httpx\nasync def experiment():\n    async with httpx.AsyncClient() as c:\n        r = await c.get('https://nobody.test/v1/x?key=k')\n    return [r.status_code, r.json()['message'], r.reason_phrase]",
    "requests": "import requests\ndef experiment():\n    r = requests.get('https://nobody.test/v1/x?key=k')\n    return [r.status_code, r.json()['message'], r.reason]",
    "urllib": "import json, urllib.request, urllib.error\ndef experiment():\n    try:\n        urllib.request.urlopen('https://nobody.test/v1/x?key=k')\n    except urllib.error.HTTPError as e:\n        return [e.code, json.loads(e.read())['message'], e.reason]",
    "urllib3": "import urllib3\ndef experiment():\n    r = urllib3.request('GET', 'https://nobody.test/v1/x?key=k')\n    return [r.status, r.json()['message'], r.reason]",
    "child process": "import json, subprocess, sys\ndef experiment():\n    code = \"import urllib.request, urllib.error, json\\ntry: urllib.request.urlopen('https://nobody.test/v1/x?key=k')\\nexcept urllib.error.HTTPError as e: print(json.dumps([e.code, json.loads(e.read())['message'], e.reason]))\"\n    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)\n    return json.loads(done.stdout) if done.stdout else {'error': done.stderr}",
}  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
def test_a_call_nobody_answers_is_refused_at_once_with_the_way_out(shop, client):
    status, message, reason = experiment(shop, CLIENTS[client])
    assert status == 421
    for part in ("nobody.test", "GET", "/v1/x", "seed/thirdparty/nobody.test.py"):
        assert part in message
    assert "nobody.test" in reason


OTHER = {
    "another protocol": "import socket\ndef experiment(): socket.create_connection(('db.nobody.test', 5432), 5)",
    "an address": "import socket\ndef experiment(): socket.create_connection(('203.0.113.7', 443), 5)",
    "datagrams": "import socket\ndef experiment(): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('203.0.113.7', 53))",
    "the module below": "import _socket\ndef experiment(): return _socket.getaddrinfo('nobody.test', 80)",
    "mail": "import smtplib\ndef experiment(): smtplib.SMTP('mail.nobody.test', 587, timeout=5)",
}  # fmt: skip


@pytest.mark.parametrize("way", OTHER)
def test_no_other_connection_leaves(shop, way):
    answer = experiment(shop, OTHER[way], timeout=10)
    assert answer["error"] in ("ConnectionRefusedError", "OfflineError"), answer
    assert "offline" in answer["text"] and "emulator.json" in answer["text"]


def test_the_services_own_supabase_is_reached_directly(shop):
    source = (
        "import os\nfrom supabase import create_client\ndef experiment():\n"
        "    client = create_client(os.environ['SUPABASE_URL'], os.environ['SUPABASE_KEY'])\n"
        "    return client.table('subscriptions').select('*').execute().data"
    )
    before = shop.get("/_emulator/thirdparty").json()["calls"]
    assert experiment(shop, source) == []
    assert shop.get("/_emulator/thirdparty").json()["calls"] == before


def test_each_call_is_a_line_of_the_log_an_entry_of_the_journal_and_counted(shop):
    experiment(shop, "import httpx\ndef experiment(): return httpx.post('https://counted.test/a', json={}).status_code")
    lines = eventually(lambda: [line for line in logs(shop, "laboratory") if "counted.test/a" in line])
    assert len(lines) == 1 and lines[0].startswith("[outbound] POST counted.test/a -> 421 (refused")
    journal = shop.get("/_emulator/journal").json()
    entries = [e for e in journal if e["kind"] == "outbound" and e.get("host") == "counted.test"]
    assert [(e["caller"], e["method"], e["status"]) for e in entries] == [("laboratory", "POST", 421)]
    assert shop.get("/_emulator/thirdparty").json()["calls"]["counted.test"] == {"refused": 1}


def test_a_stand_in_of_the_seed_answers_keeps_its_state_and_is_read_again_when_it_changes(shop):
    create = "import httpx\ndef experiment(): return httpx.post('https://api.acme.test/things', json={'n': 1}).json()"
    listing = "import httpx\ndef experiment(): return httpx.get('https://eu.acme.test/things').json()"
    assert experiment(shop, create)["n"] == 1
    assert len(experiment(shop, listing)) == 1
    file = shop.seed / "thirdparty/api.acme.test.py"
    file.write_text(ACME.replace("return store.all", "return [] + store.all").replace('| {"at"', '| {"new": 1, "at"'))
    assert experiment(shop, create)["new"] == 1
    assert len(experiment(shop, listing)) == 2
    shop.reset()
    assert experiment(shop, listing) == []


def test_a_stand_in_that_fails_says_so_and_nothing_else_stops(shop):
    file = shop.seed / "thirdparty/api.acme.test.py"
    call = "import httpx\ndef experiment():\n    r = httpx.get('https://api.acme.test/{}')\n    return [r.status_code, r.text]"
    assert experiment(shop, call.format("broken"))[0] == 500
    file.write_text("def (:\n")
    status, text = experiment(shop, call.format("things"))
    assert status == 424 and "SyntaxError" in text and "api.acme.test" in text
    file.write_text(ACME)
    assert experiment(shop, call.format("things"))[0] == 200


SPEAKING = """
import websockets
async def experiment():
    async with websockets.connect("wss://api.acme.test/talk/ada?loud=1", subprotocols=["a", "b"]) as socket:
        said = [socket.subprotocol, socket.response.headers["x-hello"], await socket.recv()]
        await socket.send("x" * 100_000)
        await socket.send(bytes(range(256)))
        said += [await socket.recv(), await socket.recv() == bytes(range(256))]
        await socket.send("bye")
        try:
            await socket.recv()
        except websockets.ConnectionClosed as end:
            return [*said, end.rcvd.code, end.rcvd.reason]
"""
WITH_AIOHTTP = """
import aiohttp
async def experiment():
    async with aiohttp.ClientSession() as session, session.ws_connect("wss://eu.acme.test/talk/bob") as socket:
        first = await socket.receive_str()
        await socket.send_str("four")
        return [first, await socket.receive_str()]
"""
CONNECT = (
    "import websockets\nasync def experiment():\n    try:\n        await websockets.connect('wss://{}')\n"
    "    except websockets.InvalidStatus as e:\n        return [e.response.status_code, e.response.reason_phrase]"
)


def test_websockets_are_answered_by_stand_ins(shop):
    assert experiment(shop, SPEAKING) == ["b", "yes", "hello ada, loud=1", "100000", True, 3001, "as asked"]
    lines = eventually(lambda: [line for line in logs(shop, "laboratory") if "/talk/ada -> 101 (your stand-in" in line])
    assert len(lines) == 1, lines
    assert experiment(shop, CONNECT.format("api.acme.test/refuses"))[0] == 403
    assert experiment(shop, CONNECT.format("api.acme.test/fails"))[0] == 500
    assert experiment(shop, CONNECT.format("api.acme.test/nowhere"))[0] == 403
    status, reason = experiment(shop, CONNECT.format("nobody.test"))
    assert status == 421 and "nobody.test" in reason
    assert experiment(shop, CONNECT.format("api.stripe.com/v1"))[0] == 403


def test_websockets_of_another_client(shop):
    answer = shop.deploy("talker", LABORATORY, ["aiohttp"])
    if answer.status == 422 and "requirements" in answer.json()["code"]:
        pytest.skip("aiohttp cannot be installed here")
    assert answer.status == 200, answer.text
    assert experiment(shop, WITH_AIOHTTP, "talker") == ["hello bob, ", "4"]


def test_a_stand_in_that_hangs_stops_nothing_else(shop):
    """It has 30 seconds; meanwhile it answers others, and so does everybody else."""
    hang = "import httpx\ndef experiment():\n    r = httpx.get('https://api.acme.test/hang', timeout=60)\n    return [r.status_code, r.text]"
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(experiment, shop, hang)
        assert eventually(lambda: shop.get("/_emulator/ready").status == 200)
        listing = "import httpx\ndef experiment(): return httpx.get('https://api.acme.test/things').status_code"
        assert experiment(shop, listing) == 200
        assert experiment(shop, stripe("return stripe.Customer.list().data")) == []
        assert not hanging.done()
        status, text = hanging.result(60)
    assert status == 424 and "did not answer within 30 s" in text and "api.acme.test" in text
    assert experiment(shop, listing) == 200


def test_large_bodies_pass(shop):
    source = (
        "import httpx\ndef experiment():\n    r = httpx.put('https://api.acme.test/upload', content=b'x' * 50_000_000,"
        " timeout=60)\n    return r.json()"
    )
    assert experiment(shop, source) == 50_000_000


SCHEMES = """
import asyncio, httpx, urllib.request
async def by_loop(url):
    async with httpx.AsyncClient() as client:
        return [(await client.get(url)).json() for _ in range(2)]
def experiment():
    seen = {}
    for scheme in ("http", "https"):
        url = scheme + "://api.acme.test/scheme"
        with httpx.Client() as client:
            seen[scheme] = [client.get(url).json(), client.get(url).json(), *asyncio.run(by_loop(url))]
        seen[scheme].append(urllib.request.urlopen(url).read().decode().strip('"'))
    return seen
"""


def test_a_stand_in_sees_whether_it_was_called_by_tls(shop):
    assert experiment(shop, SCHEMES) == {scheme: [scheme] * 5 for scheme in ("http", "https")}


def test_two_services_at_once_each_have_their_own_calls(shop):
    assert shop.deploy("second", LABORATORY).status == 200
    source = "import httpx\ndef experiment(): return httpx.get('https://twice.test/').status_code"
    assert experiment(shop, source, "second") == 421
    assert not any("twice.test" in line for line in logs(shop, "laboratory"))
    assert eventually(lambda: any("twice.test" in line for line in logs(shop, "second")))


# Stripe


def stripe(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return f"import os, stripe\nstripe.api_key = os.environ['STRIPE_SECRET_KEY']\ndef experiment():\n{lines}"


STRIPE_ERRORS = [
    ("stripe.Customer.create(nickname='x')", "InvalidRequestError", "unknown parameter: nickname"),
    ("stripe.Customer.retrieve('cus_none')", "InvalidRequestError", "No such customer: 'cus_none'"),
    ("stripe.Customer.create(api_key='sk_wrong')", "AuthenticationError", "Invalid API Key"),
    ("stripe.Product.create()", "InvalidRequestError", "Missing required param: name"),
    ("stripe.Quote.create(customer='c')", "APIError", "does not emulate POST /v1/quotes"),
    (
        "stripe.checkout.Session.create(mode='payment', success_url='https://a.test', line_items=[{'price': 'price_none'}])",
        "InvalidRequestError",
        "No such price: 'price_none'",
    ),
    (
        "stripe.checkout.Session.create(mode='payment', discounts=[{'coupon': 'c'}], success_url='https://a.test', "
        "line_items=[{'price_data': {'currency': 'usd', 'unit_amount': 5, 'product_data': {'name': 'x'}}}])",
        "InvalidRequestError",
        "No such coupon: 'c'",
    ),
    (
        "stripe.Subscription.create(customer='c', items=[{'price': 'p', 'discounts': [{'coupon': 'c'}]}])",
        "APIError",
        "the parameter items[0][discounts]",
    ),
    ("stripe.Charge.create(amount=5, currency='usd', source='tok_visa')", "APIError", "POST /v1/charges"),
    (
        "stripe.PaymentIntent.create(amount=5, currency='usd', payment_method='pm_card_chargeDeclined', confirm=True)",
        "CardError",
        "Your card was declined.",
    ),
    (
        "[stripe.Customer.create(email=e, idempotency_key='same') for e in ('a@b.c', 'd@e.f')]",
        "IdempotencyError",
        "same parameters",
    ),
]


@pytest.mark.parametrize(("call", "error", "text"), STRIPE_ERRORS)
def test_stripe_refuses_in_its_own_shape(shop, call, error, text):
    answer = experiment(shop, stripe(f"return str({call})"))
    assert answer["error"] == error, answer
    assert text in answer["text"]


def test_stripe_keeps_lists_expands_and_repeats(shop):
    source = """
made = [stripe.Customer.create(email=f'{n}@example.com', idempotency_key=f'k{n // 2}' if n > 3 else None) for n in (1, 2, 3)]
again = [stripe.Customer.create(email='r@example.com', idempotency_key='again').id for _ in range(2)]
product = stripe.Product.create(name='Pro', default_price_data={'currency': 'usd', 'unit_amount': 500})
page = stripe.Customer.list(limit=2)
return {
    'same': again[0] == again[1],
    'newest first': page.data[0].id == again[0] and page.has_more,
    'all': len([c for c in stripe.Customer.list(limit=1).auto_paging_iter()]),
    'expanded': stripe.Product.retrieve(product.id, expand=['default_price']).default_price.unit_amount,
}
"""
    shop.reset()
    assert experiment(shop, stripe(source)) == {"same": True, "newest first": True, "all": 4, "expanded": 500}


WEBHOOK = """
import json, os, stripe
from fastapi import APIRouter, HTTPException, Request
router = APIRouter()
SECRET = os.environ["STRIPE_WEBHOOK_SECRET"]
seen = []

@router.post("/stripe/webhook")
async def webhook(request: Request):
    payload = await request.body()
    stripe.Webhook.construct_event(payload, request.headers["stripe-signature"], SECRET)
    event = json.loads(payload)
    seen.append(event["type"])
    if event["type"] == "customer.deleted" and seen.count("customer.deleted") == 1:
        raise HTTPException(500, "not now")
    return {}

@router.get("/seen")
def list_seen():
    return seen
"""


def test_events_are_signed_delivered_retried_and_kept_when_nobody_listens(shop):
    shop.reset()
    trigger = shop.request("POST", f"{STRIPE}/trigger", {"event": "customer.created"}).json()["events"]
    assert [d["status"] for d in deliveries(trigger, "customer.created")] == ["undelivered"]
    assert "webhook" in deliveries(trigger, "customer.created")[0]["reason"]
    assert shop.deploy("listener", WEBHOOK).status == 200
    done = run("stripe", "resend", "--url", shop.base, folder=shop.folder)
    assert done.returncode == 0 and "delivered (200, attempt 1)" in done.stdout, done.stdout + done.stderr
    done = run("stripe", "trigger", "customer.deleted", "--json", "--url", shop.base, folder=shop.folder)
    first = deliveries(json.loads(done.stdout)["events"], "customer.deleted")
    assert [d["attempts"][0]["status"] for d in first] == [500]

    def retried():
        events = shop.get(f"{STRIPE}/events").json()["events"]
        return [a["status"] for a in deliveries(events, "customer.deleted")[0]["attempts"]] == [500, 200]

    assert eventually(retried)
    assert "customer.created" in shop.service("listener", "/seen").json()
    shop.reset()


def test_a_subscription_lives_its_whole_life_without_a_network(tmp_path):
    done = run("demo", "billing", folder=tmp_path, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All 9 steps held" in done.stdout


def test_the_repositorys_billing_service_is_green(tmp_path):
    with Emulator("--config", str(REPOSITORY / "emulator.json"), seed=REPOSITORY / "seed") as emulator:
        plan = emulator.service("billing", "/plans", "POST", {"name": "Pro", "amount": 900})
        assert plan.status == 201, plan.text
        assert emulator.service("billing", "/plans").json()[0]["price_id"] == plan.json()["price_id"]
        refused = {
            "price_id": "price_x",
            "user_id": "u",
            "success_url": "https://a.test/s",
            "cancel_url": "https://a.test/c",
        }
        answer = emulator.service("billing", "/checkout", "POST", refused)
        assert answer.status == 400 and "No such price" in answer.text


# Mail, messages, models


def test_what_services_send_is_in_the_outbox(shop):
    mail = (
        "import httpx\ndef experiment(): return httpx.post('https://api.sendgrid.com/v3/mail/send', headers={"
        "'authorization': 'Bearer SG.x'}, json={'personalizations': [{'to': [{'email': 'ada@example.com'}]}], 'from': "
        "{'email': 'shop@example.com'}, 'subject': 'Thanks <3', 'content': [{'type': 'text/plain', 'value': 'Hello'}]}"
        ").status_code"
    )
    assert experiment(shop, mail) == 202
    sms = (
        "import httpx\ndef experiment(): return httpx.post('https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json',"
        " auth=('AC1', 'token'), data={'To': '+15558675310', 'From': '+15005550006', 'Body': 'Hi'}).json()['status']"
    )
    assert experiment(shop, sms) == "queued"
    done = run("outbox", "--json", "--url", shop.base, folder=shop.folder)
    sent = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(s["kind"], s["to"]) for s in sent] == [("mail", "ada@example.com"), ("sms", "+15558675310")]
    page = shop.get("/_emulator/outbox", headers={"Accept": "text/html,*/*"})
    assert page.headers["Content-Type"].startswith("text/html")
    for text in ("Thanks &lt;3", "ada@example.com", "Hello", "+15558675310", "Hi"):
        assert text in page.text, page.text


def test_models_answer_by_rules(shop):
    rules = {"rules": [{"match": "capital of france", "reply": "Paris."}, {"match": "fail", "reply": {"error": 429}}]}
    assert shop.request("PUT", "/_emulator/thirdparty/api.openai.com/rules", rules).status == 200
    ask = (
        "import httpx\ndef experiment():\n    r = httpx.post('https://api.openai.com/v1/chat/completions', headers={"
        "'authorization': 'Bearer x'}, json={'model': 'gpt-4o', 'messages': [{'role': 'user', 'content': %r}]})\n"
        "    return [r.status_code, r.json().get('choices', [{}])[0].get('message', {}).get('content')]"
    )
    assert experiment(shop, ask % "What is the capital of France?") == [200, "Paris."]
    assert experiment(shop, ask % "fail")[0] == 429
    assert experiment(shop, ask % "hello") == [200, "Echo: hello"]


def test_a_built_in_stand_in_can_be_taken_as_ones_own(tmp_path):
    done = run("thirdparty", "eject", "api.sendgrid.com", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "seed/thirdparty/api.sendgrid.com.py").read_text().startswith('"""api.sendgrid.com')
    assert run("thirdparty", "eject", "api.sendgrid.com", folder=tmp_path).returncode == 2
    assert run("thirdparty", "eject", "api.nobody.test", folder=tmp_path).returncode == 2
    done = run("thirdparty", "eject", "api.stripe.com", folder=tmp_path)
    assert (tmp_path / "seed/thirdparty/api.stripe.com/__init__.py").exists()


CERTIFICATES = """
import certifi, datetime, ipaddress, os, socket, ssl, tempfile, threading
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

def server():
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with tempfile.NamedTemporaryFile() as file:
        file.write(certificate + private)
        file.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file.name)
    listener = socket.create_server(("127.0.0.1", 0))
    def serve():
        for _ in range(2):
            try:
                context.wrap_socket(listener.accept()[0], server_side=True).close()
            except ssl.SSLError:
                pass
    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname(), certificate.decode()

def handshake(context, address):
    try:
        with socket.create_connection(address) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
            return tls.version()
    except ssl.SSLCertVerificationError as error:
        return error.reason

def experiment():
    address, certificate = server()
    context = ssl.create_default_context(cafile=certifi.where())
    stranger = handshake(context, address)
    context.load_verify_locations(cadata=certificate)
    known = handshake(context, address)
    authorities = ssl.create_default_context(cafile=certifi.where())
    try:
        ssl.create_default_context(cafile=os.path.dirname(certifi.where()) + "/nothing.pem")
        missing = None
    except FileNotFoundError:
        missing = "FileNotFoundError"
    return [stranger, known, context.cert_store_stats()["x509_ca"] > 100, len(authorities.get_ca_certs()) > 100, missing]
"""


def test_certificates_are_there_for_whoever_looks_at_them(shop):
    assert experiment(shop, CERTIFICATES) == ["CERTIFICATE_VERIFY_FAILED", "TLSv1.3", True, True, "FileNotFoundError"]
