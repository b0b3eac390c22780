import json
import os
import pathlib
import shutil
import time

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from scene import Scene

SCREENS = pathlib.Path(os.environ.get("SWERVE_SCREENS", "screens"))


class Browser:
    """One person at a browser."""

    def __init__(self, url):
        self.url = url
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for word in (
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
            "--window-size=1200,900", "--disable-background-networking", "--no-first-run",
        ):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(
            options=options, service=Service(shutil.which("chromedriver")))

    def go(self, path):
        self.driver.get(self.url + path)

    def find(self, css):
        """The first one that is there or, behind a click, soon will be."""
        self.wait(lambda: self.all(css), seconds=10)
        return self.driver.find_element("css selector", css)

    def all(self, css):
        return self.driver.find_elements("css selector", css)

    def text(self, css="body"):
        return self.read(css, lambda element: element.text)

    def attribute(self, css, name):
        return self.read(css, lambda element: element.get_attribute(name))

    def read(self, css, how):
        """Of the first one; what an update takes away meanwhile is looked for again."""
        found = []

        def once():
            found[:] = [how(self.find(css))]
            return True

        self.wait(once)
        return found[0]

    @property
    def path(self):
        return self.driver.current_url.removeprefix(self.url)

    def wait(self, condition, seconds=30):
        # Whatever is asked while one page gives way to the next may fail: it is asked again.
        waiting = WebDriverWait(
            self.driver, seconds, 0.1, ignored_exceptions=[WebDriverException])
        return waiting.until(lambda _: condition())

    def leave(self, act):
        """Does what leads to another page, and waits until that one is there as a whole.

        A click returns before its answer has come: what is asked behind it, of the page or of the
        hub, would else be told as it was before.
        """
        self.driver.execute_script("window.isLeft = true")
        act()
        self.wait(lambda: self.driver.execute_script(
            "return !window.isLeft && document.readyState === 'complete'"))

    def click(self, css):
        """On a link or a button that leads to another page."""
        self.leave(self.find(css).click)

    def look(self, width=1200, dark=False):
        """As a window of that width, in that scheme."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [
                {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def scripts(self, are_on):
        self.driver.execute_cdp_cmd(
            "Emulation.setScriptExecutionDisabled", {"value": not are_on})

    def keep(self, name):
        """Writes what the whole page looks like."""
        import base64

        shown = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "format": "png"})
        (SCREENS / f"{name}.png").write_bytes(base64.b64decode(shown["data"]))

    def complaints(self):
        """What the browser's console has, of the policy of contents above all."""
        return [
            entry["message"] for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE"]

    def end(self):
        self.driver.quit()


@pytest.fixture(scope="session")
def scene():
    scene = Scene()
    yield scene
    scene.end()


@pytest.fixture(scope="session")
def _browser(scene):
    browser = Browser(scene.url)
    yield browser
    browser.end()


@pytest.fixture
def browser(_browser):
    _browser.look()
    _browser.complaints()
    return _browser


@pytest.fixture
def another(scene):
    browser = Browser(scene.url)
    yield browser
    browser.end()
