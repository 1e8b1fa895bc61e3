"""The pages as people meet them: in a real browser, with a keyboard."""

import pytest
from browser import Browser, Missing
from emulator import Emulator

CANARY = 'c4nary "quoted" & <b>+%20</b> é'


@pytest.fixture(scope="module")
def browser():
    try:
        with Browser() as browser:
            yield browser
    except Missing as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def platform():
    with Emulator() as emulator:
        yield emulator


def ask(platform, secrets, **more) -> dict:
    answer = platform.tool("create_authorization_request", custom_secrets=secrets, **more)
    assert answer.status == 200, answer.text
    return answer.json()


def read(platform, asked) -> dict:
    return platform.tool("get_authorization_request", id=asked["id"]).json()


def test_a_person_types_the_secrets_that_an_agent_asked_for(platform, browser):
    secrets = {
        "PAYMENT_KEY": {"description": "From the dashboard", "required": True},
        "MAIL_REGION": {"type": "text", "required": False},
        "SIGNING_PEM": {"type": "textarea", "required": True},
    }
    asked = ask(platform, secrets, name="Keys of the shop", message="Both are on the dashboard.")
    browser.open(asked["page_url"])
    for text in ("Keys of the shop", "Both are on the dashboard.", "PAYMENT_KEY", "From the dashboard", "optional"):
        assert text in browser.text
    key, region, pem = (f"[name='secret.{name}']" for name in secrets)
    assert browser.property(key, "type") == "password"
    assert browser.run("return getComputedStyle(document.querySelector('textarea')).webkitTextSecurity") == "disc"
    # The page's own style was let through by its policy, and nothing was loaded from elsewhere.
    assert browser.run("return getComputedStyle(document.querySelector('main')).borderRadius") == "12px"
    assert all(address.startswith(platform.base) for address in browser.requests())
    # A field that is needed keeps the form back.
    browser.type(key, CANARY)
    browser.press("button.main")
    assert browser.url == asked["page_url"] and read(platform, asked)["status"] == "pending"
    browser.type(region, "eu")
    browser.type(pem, "-----BEGIN KEY-----\nabc=\n-----END KEY-----\n")
    browser.follow("button.main")
    assert "Thank you" in browser.text and "PAYMENT_KEY, MAIL_REGION and SIGNING_PEM were received" in browser.text
    assert "c4nary" not in browser.run("return document.documentElement.outerHTML")
    given = read(platform, asked)
    assert (given["is_completed"], given["status"]) == (True, "completed")
    assert given["meta_data"]["provided_secrets"] == {
        "PAYMENT_KEY": CANARY,
        "MAIL_REGION": "eu",
        "SIGNING_PEM": "-----BEGIN KEY-----\nabc=\n-----END KEY-----",
    }
    # The page says the same when it is opened again, and takes nothing more.
    browser.open(asked["page_url"])
    assert "Thank you" in browser.text and not browser.run("return document.querySelectorAll('form').length")


def test_a_person_rejects(platform, browser):
    asked = ask(platform, ["PAYMENT_KEY"])
    browser.open(asked["page_url"])
    browser.follow("button[value=reject]")
    assert "rejected" in browser.text
    assert read(platform, asked)["status"] == "rejected"
