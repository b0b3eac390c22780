"""Who signs in with a token, what they see, and how a session ends."""

import os
import subprocess

import pytest

from conftest import Browser
from scene import MODELS, SWERVE


@pytest.fixture(scope="module")
def closed(scene):
    """Another hub, which lets nobody in without a token; and the texts of two tokens."""
    if subprocess.run([SWERVE, "tokens", "--help"], capture_output=True, check=False).returncode:
        pytest.skip("this swerve has no tokens")
    registry = os.path.join(scene.folder.name, "closed.db")

    def run(*words):
        done = subprocess.run(
            [SWERVE, *words, "--registry", registry], env=scene.env, text=True,
            capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    for model in ("shop", "login"):
        for number in (1, 2):
            run("register", str(MODELS / f"http-anomaly-{number}.model"), "--model", model,
                "--featurizer", str(MODELS / "featurizer.json"), "--label", "attack=1",
                "--label", "normal=-1")
        run("promote", f"{model}@1", "--offline", "--reason", "first")
    tokens = {
        "dana": run("tokens", "create", "dana", "--role", "promoter"),
        "eve": run("tokens", "create", "eve", "--role", "reader", "--models", "shop*"),
    }
    # Of its own topics: the other hub speaks on the usual ones.
    _, url = scene.start_hub(
        "--set", "topics.control=closed.control", "--set", "hub.open=none", registry=registry)
    return url, tokens, run


@pytest.fixture
def person(closed):
    browser = Browser(closed[0])
    yield browser
    browser.end()


def sign_in(browser, token):
    browser.find("#bearer").send_keys(token)
    browser.click("main button[type=submit]")


def test_signs_in_and_out(closed, person):
    _, tokens, _ = closed
    person.go("/models/shop")
    assert person.text("h1") == "Sign in"
    assert "shop" not in person.text("main")
    sign_in(person, "nonsense")
    person.wait(lambda: "Not signed in" in person.text("main"))
    sign_in(person, tokens["dana"])
    person.wait(lambda: person.path == "/models/shop")
    assert person.text("h1") == "shop"
    assert "dana" in person.text(".account")
    cookie = person.driver.get_cookie("swerve")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    person.keep("signed-in-1200-light")
    person.click(".account button")
    person.wait(lambda: person.text("h1") == "Sign in")
    person.go("/models/shop")
    assert person.text("h1") == "Sign in"


def test_acts_are_told_by_name(closed, person):
    _, tokens, _ = closed
    person.go("/models/login/acts/promote?version=2")
    sign_in(person, tokens["dana"])
    person.wait(lambda: person.all("#reason"))
    person.find("#reason").send_keys("mine")
    person.click("form.confirm button[type=submit]")
    person.wait(lambda: "told=" in person.path)
    assert "dana" in person.text("#changes")


def test_who_may_only_look_sees_their_own(closed, person):
    _, tokens, _ = closed
    person.go("/")
    sign_in(person, tokens["eve"])
    person.wait(lambda: person.text("h1") == "Overview")
    assert "shop" in person.text("#models") and "login" not in person.text("main")
    person.go("/models/shop")
    assert not person.all("main .acts a") and not person.all("#begin")
    person.go("/models/shop/acts/promote?version=2")
    assert "takes the role promoter of shop" in person.text("#confirm")
    assert not person.all("#reason")
    for path in ("/models/login", "/fleet/login", "/audit?model=login"):
        person.go(path)
        assert person.text("h1") == "Not allowed", path
    person.go("/audit")
    assert "login" not in person.text("main")
    assert "told to who may see all models" in person.text("#chain")
    assert "not verified" not in person.text("#chain")


def test_a_session_ends_with_its_token(closed, person):
    _, tokens, run = closed
    person.go("/models/shop")
    sign_in(person, tokens["dana"])
    person.wait(lambda: person.path == "/models/shop" and person.text("h1") == "shop")
    run("tokens", "revoke", "dana", "--break-glass", "--reason", "lost")
    # The page that is open stops, and says so; the next one asks who it is.
    person.wait(lambda: "Sign in again" in person.text("#live-state"))
    person.go("/models/shop/acts/promote?version=2")
    assert person.text("h1") == "Sign in"
    assert "Your session is over" in person.text("main")
