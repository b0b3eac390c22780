"""Each page: readable, accessible, and looking as it should."""

import pytest
from axe_selenium_python import Axe

from scene import LONG

PAGES = {
    "overview": "/",
    "model": "/models/http-anomaly",
    "version": "/models/http-anomaly/versions/2",
    "diff": "/models/http-anomaly/versions/2?against=1",
    "fleet": "/fleet",
    "model-fleet": "/fleet/http-anomaly",
    "audit": "/audit",
    "access": "/access",
    "act": "/models/http-anomaly/acts/canary?version=2&share=25%25",
    "act-rollback": "/models/http-anomaly/acts/rollback",
    "act-impossible": "/models/shop/acts/complete",
    "sign-in": "/sign-in",
    "not-found": "/models/none",
    "hostile": "/models/hostile",
    "hostile-version": "/models/hostile/versions/2?against=1",
}


@pytest.fixture(scope="session")
def settled(scene):
    """A fleet that serves, some minutes of a trial told in seconds, and a verified chain."""
    scene.wait_until(
        lambda: "converged" in scene.ask("/v1/fleet?model=http-anomaly")["model"]["verdict"])
    answer = scene.ask(
        "/v1/models/http-anomaly/rollout",
        {"version": 2, "is_observed": True, "reason": "to see what it would do"})
    assert "standing" in answer, answer
    # Until rates are drawn, and the judge has spoken twice.
    scene.wait_until(lambda: 'id="rates"' in scene.page("/models/http-anomaly"))
    scene.wait_until(lambda: "Verified" in scene.page("/audit"))
    # The first look at the page has flips looked for.
    scene.wait_until(lambda: "Both versions were asked" in scene.page("/models/http-anomaly"))
    return scene


@pytest.mark.parametrize("name", PAGES)
def test_page_looks_well(settled, browser, name):
    for width in (1200, 360):
        for dark in (False, True):
            browser.look(width, dark)
            browser.go(PAGES[name])
            assert browser.find("h1").text
            # Nothing is cut off or has to be pushed to the side, but what has a bar of its own.
            wide = browser.driver.execute_script(
                "return document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{name} is {wide} px too wide at {width}"
            hidden = browser.driver.execute_script(
                "return [...document.querySelectorAll('.stacked td[data-label]')].filter((cell) =>"
                "  getComputedStyle(cell, '::before').position === 'absolute' &&"
                "  parseFloat(getComputedStyle(cell).paddingLeft) <"
                "  parseFloat(getComputedStyle(cell, '::before').width)).length")
            assert not hidden, f"{hidden} cells of {name} lie over their labels at {width}"
            browser.keep(f"{name}-{width}-{'dark' if dark else 'light'}")
            axe = Axe(browser.driver)
            axe.inject()
            found = [
                (one["id"], one["impact"], [node["html"][:200] for node in one["nodes"][:3]])
                for one in axe.run()["violations"] if one["impact"] in ("serious", "critical")]
            assert not found, f"{name} at {width}, {'dark' if dark else 'light'}: {found}"
    complaints = [one for one in browser.complaints() if "404" not in one]
    assert not complaints, complaints


@pytest.mark.parametrize("name,table", [
    ("model", "#flip-counts"), ("model", "#flip-causes"), ("version", "#weights-table"),
    ("version", "#files-table"),
    ("diff", "#diff-table"), ("diff", "#diff-weights")])
def test_narrow_tables_are_whole_and_readable(settled, browser, name, table):
    browser.look(360)
    browser.go(PAGES[name])
    browser.find(table)
    cut, narrowest = browser.driver.execute_script(
        "const table = document.querySelector(arguments[0]);"
        "const frame = table.closest('.scroll');"
        "return [frame.scrollWidth - frame.clientWidth, Math.min("
        "  ...[...table.querySelectorAll('tbody th')].map((cell) => cell.clientWidth))];", table)
    assert cut <= 0, f"{table} is cut by {cut} px"
    assert narrowest >= 200, f"names of {table} have {narrowest} px"


def test_overview_is_small(settled, browser):
    browser.go("/")
    assert len(browser.driver.page_source.encode()) < 150_000


@pytest.mark.parametrize("name", [name for name in PAGES if name != "sign-in"])
def test_page_reads_without_scripts(settled, browser, name):
    browser.scripts(False)
    try:
        browser.go(PAGES[name])
        assert browser.find("h1").text
        assert browser.find("main").text
        if name == "overview":
            assert "http-anomaly" in browser.text("main")
            browser.click("main a[href='/models/http-anomaly']")
            assert browser.path == "/models/http-anomaly"
    finally:
        browser.scripts(True)


def test_hostile_texts_are_texts(settled, browser):
    for path in ("/", "/models/hostile", "/models/hostile/versions/1",
                 "/models/hostile/versions/3?against=1", "/audit?model=hostile"):
        browser.go(path)
        assert "owned" not in browser.driver.title
        assert not browser.all("main img, main script")
        assert "\u202e" not in browser.driver.page_source
    browser.go("/models/hostile/versions/1")
    assert "<script>" in browser.text("main")
    browser.go("/models/hostile/versions/3")
    assert LONG[:60] in browser.text("main")


def test_flips_of_a_trial_are_shown(settled, browser):
    """What the versions disagree on, and why; of a model without a word on its requests, that."""
    browser.go("/models/http-anomaly")
    assert "Both versions were asked about the newest" in browser.text("#trial")
    # In one look: newer flips may take the place of these meanwhile.
    counts, cards = browser.driver.execute_script("""
        const texts = (place, css) => [...place.querySelectorAll(css)].map(one => one.innerText);
        return [texts(document, ".flip-counts li"), [...document.querySelectorAll(".flip")].map(
            card => ({said: texts(card, ".verdict strong"), request: texts(card, ".request")}))];
    """)
    counts = [int(one.split()[0].replace(",", "")) for one in counts]
    assert sum(counts) > 0 and len(cards) == min(8, sum(counts)), counts
    for card in cards:
        said = card["said"]
        assert len(said) == 2 and said[0] != said[1], said
        assert '"path"' in card["request"][0]
    # By keyboard alone.
    browser.wait(lambda: browser.find("#flip-0 summary").send_keys("\n") is None)
    browser.wait(lambda: "What moves the score" in browser.text("#flip-0"))
    assert len(browser.all("#flip-0-reasons tbody tr")) > 0
    for width, dark in ((1200, False), (360, True)):
        browser.look(width, dark)
        browser.keep(f"flips-{width}-{'dark' if dark else 'light'}")
    settled.settle("shop", 1)
    settled.change("shop", kind="shadow", version=2, share=0.5)
    try:
        settled.wait_until(lambda: "not told how requests of shop are read" in settled.page(
            "/models/shop"))
    finally:
        settled.change("shop", kind="abort")
