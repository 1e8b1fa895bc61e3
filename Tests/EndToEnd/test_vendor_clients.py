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
    "boto3",
    "requests",
    "urllib3",
    "httpx",
]

CHAT = "https://api.openai.com/v1/chat/completions"
KEY = {"authorization": "Bearer x"}
ASK = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}

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
    "stripe": (
        "import stripe\ndef experiment():\n    c = stripe.StripeClient('sk_test_x')\n"
        "    return c.v1.customers.create({'email': 'a@b.test'}).email",
        "a@b.test",
    ),
    "anthropic async": (
        "import anthropic\nasync def experiment():\n    c = anthropic.AsyncAnthropic(api_key='x')\n"
        "    m = [{'role': 'user', 'content': 'hello'}]\n"
        "    return (await c.messages.create(model='claude-sonnet-4-5', max_tokens=9, messages=m)).content[0].text",
        "Echo: hello",
    ),
    "boto3": (
        "import boto3\ndef experiment():\n"
        "    keys = dict(aws_access_key_id='AKIATEST', aws_secret_access_key='x', region_name='us-east-1')\n"
        "    s3 = boto3.client('s3', **keys)\n    s3.create_bucket(Bucket='files-of-the-test')\n"
        "    s3.put_object(Bucket='files-of-the-test', Key='a/b.txt', Body=b'one\\r\\ntwo')\n"
        "    sqs = boto3.client('sqs', **keys)\n    url = sqs.create_queue(QueueName='q')['QueueUrl']\n"
        "    sqs.send_message(QueueUrl=url, MessageBody='hi')\n"
        "    return [s3.get_object(Bucket='files-of-the-test', Key='a/b.txt')['Body'].read().decode(),\n"
        "            sqs.receive_message(QueueUrl=url)['Messages'][0]['Body']]",
        ["one\r\ntwo", "hi"],
    ),
    "httpx": (
        f"import httpx\ndef experiment():\n    return httpx.post('{CHAT}', json={ASK}, headers={KEY}, verify=False)"
        ".json()['choices'][0]['message']['content']",
        "Echo: hello",
    ),
    "httpx async, HTTP/2 allowed": (
        "import httpx\nasync def experiment():\n    async with httpx.AsyncClient(http2=True) as c:\n"
        f"        r = await c.post('{CHAT}', json={ASK}, headers={KEY})\n"
        "        return [r.http_version, r.json()['choices'][0]['message']['content']]",
        ["HTTP/1.1", "Echo: hello"],
    ),
    "requests": (
        f"import requests\ndef experiment():\n    with requests.Session() as s:\n        for _ in range(2):\n"
        f"            r = s.post('{CHAT}', json={ASK}, headers={KEY})\n"
        "    return r.json()['choices'][0]['message']['content']",
        "Echo: hello",
    ),
    "aiohttp": (
        "import aiohttp\nasync def experiment():\n    async with aiohttp.ClientSession() as s:\n"
        f"        async with s.post('{CHAT}', json={ASK}, headers={KEY}) as r:\n"
        "            return (await r.json())['choices'][0]['message']['content']",
        "Echo: hello",
    ),
    "urllib3": (
        f"import urllib3\ndef experiment():\n    r = urllib3.request('POST', '{CHAT}', json={ASK}, headers={KEY})\n"
        "    return r.json()['choices'][0]['message']['content']",
        "Echo: hello",
    ),
    "urllib": (
        f"import json, urllib.request\ndef experiment():\n"
        f"    r = urllib.request.Request('{CHAT}', json.dumps({ASK}).encode(), {KEY} | {{'content-type': 'application/json'}})\n"
        "    return json.load(urllib.request.urlopen(r))['choices'][0]['message']['content']",
        "Echo: hello",
    ),
}

REFUSED = {
    "openai": "import openai\ndef experiment(): openai.OpenAI(api_key='x', base_url='https://nobody.test/v1').models.list()",
    "openai async": "import openai\nasync def experiment(): await openai.AsyncOpenAI(api_key='x', base_url='https://nobody.test/v1').models.list()",
    "anthropic": "import anthropic\ndef experiment(): anthropic.Anthropic(api_key='x', base_url='https://nobody.test').models.list()",
    "stripe": "import stripe\nstripe.api_key = 'sk_test_x'\nstripe.api_base = 'https://nobody.test'\ndef experiment(): stripe.Customer.list()",
    "sendgrid": "from sendgrid import SendGridAPIClient\ndef experiment(): SendGridAPIClient('x', host='https://nobody.test').client.scopes.get()",
    "twilio": "from twilio.rest import Client\ndef experiment(): Client('AC1', 'x', edge='nobody', region='test').messages.list()",
    "boto3": "import boto3\ndef experiment(): boto3.client('s3', endpoint_url='https://nobody.test', aws_access_key_id='x', aws_secret_access_key='x').list_buckets()",
    "aiohttp": "import aiohttp\nasync def experiment():\n    async with aiohttp.ClientSession(raise_for_status=True) as s:\n        await s.get('https://nobody.test/')",
    "requests": "import requests\ndef experiment(): requests.get('https://nobody.test/').raise_for_status()",
    "websockets": "import websockets\nasync def experiment():\n    try:\n        await websockets.connect('wss://nobody.test/')\n    except websockets.InvalidStatus as e:\n        raise ValueError(f'{e} {e.response.reason_phrase} {e.response.body}')",
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
    for client, source in REFUSED.items():
        answer = experiment(vendors, source)
        assert "error" in answer, client
        said = answer["text"].lower()
        assert "offline" in said and "nobody.test" in said, (client, answer)
    # Once imported: clients that retry, or wait for a name server, take ten times as long.
    began = time.monotonic()
    for source in REFUSED.values():
        experiment(vendors, source)
    assert time.monotonic() - began < 30
