"""Vendors' own clients, unmodified, inside a service: each is answered by its stand-in, or shows why not."""

import time

import pytest
from emulator import Emulator
from third_party import LABORATORY, experiment

PACKAGES = [
    "openai",
    "anthropic",
    "sendgrid",
    "twilio",
    "aiohttp",
    "google-cloud-storage",
    "websockets",
    "stripe[async]",
]

ANSWERED = {
    "openai": (
        "import openai\ndef experiment():\n    c = openai.OpenAI(api_key='x')\n"
        "    m = [{'role': 'user', 'content': 'hello'}]\n"
        "    return c.chat.completions.create(model='gpt-4o', messages=m).choices[0].message.content",
        "Echo: hello",
    ),
    "openai async": (
        "import openai\nasync def experiment():\n    c = openai.AsyncOpenAI(api_key='x')\n"
        "    return (await c.responses.create(model='gpt-5', input='hello')).output_text",
        "Echo: hello",
    ),
    "openai stream": (
        "import openai\ndef experiment():\n    c = openai.OpenAI(api_key='x')\n"
        "    m = [{'role': 'user', 'content': 'one two'}]\n"
        "    parts = c.chat.completions.create(model='gpt-4o', messages=m, stream=True)\n"
        "    return [p.choices[0].delta.content for p in parts if p.choices[0].delta.content]",
        ["Echo:", " one", " two"],
    ),
    "openai embeddings": (
        "import openai\ndef experiment():\n    c = openai.OpenAI(api_key='x')\n"
        "    r = c.embeddings.create(model='text-embedding-3-small', input=['a', 'b'])\n"
        "    return [len(d.embedding) for d in r.data]",
        [1536, 1536],
    ),
    "anthropic": (
        "import anthropic\ndef experiment():\n    c = anthropic.Anthropic(api_key='x')\n"
        "    m = [{'role': 'user', 'content': 'hello'}]\n"
        "    return c.messages.create(model='claude-sonnet-4-5', max_tokens=9, messages=m).content[0].text",
        "Echo: hello",
    ),
    "anthropic stream": (
        "import anthropic\ndef experiment():\n    c = anthropic.Anthropic(api_key='x')\n"
        "    m = [{'role': 'user', 'content': 'hello'}]\n"
        "    with c.messages.stream(model='claude-sonnet-4-5', max_tokens=9, messages=m) as s:\n"
        "        return ''.join(s.text_stream)",
        "Echo: hello",
    ),
    "sendgrid": (
        "from sendgrid import SendGridAPIClient\nfrom sendgrid.helpers.mail import Mail\ndef experiment():\n"
        "    m = Mail(from_email='a@b.test', to_emails='c@d.test', subject='s', html_content='<p>x</p>')\n"
        "    return SendGridAPIClient('SG.x').send(m).status_code",
        202,
    ),
    "twilio": (
        "from twilio.rest import Client\ndef experiment():\n    c = Client('AC1', 'token')\n"
        "    return c.messages.create(to='+15558675310', from_='+15005550006', body='hi').status",
        "queued",
    ),
    "twilio async": (
        "from twilio.rest import Client\nfrom twilio.http.async_http_client import AsyncTwilioHttpClient\n"
        "async def experiment():\n    c = Client('AC1', 'token', http_client=AsyncTwilioHttpClient())\n"
        "    return (await c.messages.create_async(to='+15558675310', from_='+15005550006', body='hi')).status",
        "queued",
    ),
    "stripe async": (
        "import stripe\nasync def experiment():\n    c = stripe.StripeClient('sk_test_x')\n"
        "    return (await c.v1.customers.create_async({'email': 'a@b.test'})).email",
        "a@b.test",
    ),
    "google-cloud-storage": (
        "from google.auth.credentials import AnonymousCredentials\nfrom google.cloud import storage\ndef experiment():\n"
        "    c = storage.Client(project='p', credentials=AnonymousCredentials())\n"
        "    b = c.create_bucket('files-of-the-test')\n    b.blob('a/b.txt').upload_from_string('one\\r\\ntwo\\n')\n"
        "    return [b.blob('a/b.txt').download_as_text(), [o.name for o in c.list_blobs(b, prefix='a/')]]",
        ["one\r\ntwo\n", ["a/b.txt"]],
    ),
}

REFUSED = {
    "openai": "import openai\ndef experiment(): openai.OpenAI(api_key='x', base_url='https://nobody.test/v1').models.list()",
    "anthropic": "import anthropic\ndef experiment(): anthropic.Anthropic(api_key='x', base_url='https://nobody.test').models.list()",
    "stripe": "import stripe\nstripe.api_key = 'sk_test_x'\nstripe.api_base = 'https://nobody.test'\ndef experiment(): stripe.Customer.list()",
    "sendgrid": "from sendgrid import SendGridAPIClient\ndef experiment(): SendGridAPIClient('x', host='https://nobody.test').client.scopes.get()",
    "aiohttp": "import aiohttp\nasync def experiment():\n    async with aiohttp.ClientSession() as s:\n        r = await s.get('https://nobody.test/')\n        raise ValueError(await r.text())",
    "requests": "import requests\ndef experiment(): requests.get('https://nobody.test/').raise_for_status()",
}  # fmt: skip


@pytest.fixture(scope="module")
def vendors():
    with Emulator() as emulator:
        answer = emulator.request(
            "POST",
            "/tools/create_service",
            {"service_name": "laboratory", "code": LABORATORY, "requirements": PACKAGES, "description": "any code"},
            timeout=300,
        )
        if answer.status == 422 and "requirements" in answer.json()["code"]:
            pytest.skip("the vendors' packages cannot be installed here")
        assert answer.status == 200, answer.text
        yield emulator


@pytest.mark.parametrize("client", ANSWERED)
def test_a_stand_in_answers(vendors, client):
    source, expected = ANSWERED[client]
    assert experiment(vendors, source) == expected


def test_a_refusal_reaches_the_developer_in_each_clients_error_and_soon(vendors):
    began = time.monotonic()
    for client, source in REFUSED.items():
        answer = experiment(vendors, source)
        assert "error" in answer, client
        said = answer["text"].lower()
        assert "offline" in said and "nobody.test" in said, (client, answer)
    # Clients that retry, or wait for a name server, take ten times as long.
    assert time.monotonic() - began < 30
