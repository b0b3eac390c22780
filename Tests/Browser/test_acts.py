"""What somebody does from a page, and what others see of it."""

from selenium.webdriver.common.keys import Keys

from scene import HOSTILE, MARKUP


def confirm(browser, reason):
    browser.find("#reason").send_keys(reason)
    browser.click("form.confirm button[type=submit]")


def notice(browser):
    return browser.text(".notice")


def test_each_act(scene, browser):
    """As somebody clicks through them, one after the other."""
    scene.settle("shop", 1)
    first = scene.epoch("shop")

    def begin(kind, version, share=None):
        browser.go("/models/shop")
        form = f"form[action='/models/shop/acts/{kind}']"
        for option in browser.all(f"{form} option"):
            if option.text == version:
                option.click()
        if share:
            field = browser.find(f"{form} input[name=share]")
            field.clear()
            field.send_keys(share)
        browser.click(f"{form} button")

    def press(words):
        # In one go: the page may put another link in its place at any moment.
        browser.leave(lambda: browser.wait(lambda: browser.driver.execute_script(
            "for (const link of document.querySelectorAll('main a.button')) {"
            "  if (link.textContent.trim() === arguments[0]) { link.click(); return true; }"
            "} return false;", words)))

    begin("shadow", "2", "25%")
    assert "shadow" in browser.text("#change")
    confirm(browser, "to compare")
    assert browser.path.startswith("/models/shop?told=")
    assert f"epoch {first + 1}" in notice(browser)
    assert "Shadow 2 against 1" in browser.text("#trial")
    begin("canary", "2", "5")
    confirm(browser, "looks well")
    press("Widen to 10%")
    assert "10%" in browser.text("h1")
    confirm(browser, "still well")
    press("Drop canary 2")
    confirm(browser, "not so well")
    assert scene.epoch("shop") == first + 4
    begin("canary", "2", "1%")
    confirm(browser, "once more")
    press("Make 2 stable")
    assert "Note" in browser.text(".cautions")
    confirm(browser, "good enough")
    assert "stable 2" in browser.text("#deployment")
    press("Roll back to 1")
    confirm(browser, "too many alerts")
    begin("promote", "2")
    confirm(browser, "mended")
    assert scene.epoch("shop") == first + 8
    changes = browser.text("#changes")
    for reason in ("to compare", "too many alerts", "mended"):
        assert reason in changes
    assert not browser.complaints()


def test_the_newest_that_is_not_stable_is_proposed(scene, browser):
    for stable, proposed in ((1, "2"), (2, "1")):
        scene.settle("shop", stable)
        browser.go("/models/shop")
        for kind in ("canary", "shadow", "promote"):
            assert browser.attribute(f"#begin-{kind}-version", "value") == proposed


def test_rollout_words(scene, browser):
    scene.settle("shop", 2)
    scene.change("shop", kind="shadow", version=1, share=0.25)
    answer = scene.ask("/v1/models/shop/rollout", {"version": 1, "reason": "by the plan"})
    assert "standing" in answer, answer
    for word, told in (("pause", "paused"), ("resume", "running"), ("abort", "aborted")):
        browser.go(f"/models/shop/acts/rollout-{word}")
        confirm(browser, f"{word} it")
        assert word in notice(browser)
        browser.go("/models/shop")
        assert told in browser.text("#trial").lower()
    browser.go("/models/shop/acts/rollout-pause")
    assert "no rollout is open" in browser.text("main")


def test_a_form_sent_twice_acts_once(scene, browser):
    scene.settle("shop", 2)
    before = scene.epoch("shop")
    browser.go("/models/shop/acts/shadow?version=1&share=10%25")
    browser.find("#reason").send_keys("twice")
    browser.driver.execute_script(
        "const form = document.querySelector('form.confirm');"
        "const sent = new URLSearchParams(new FormData(form));"
        "window.sent = fetch(form.action, {method: 'POST', body: sent});"
        "form.submit();")
    browser.wait(lambda: "told=" in browser.path)
    # The second is led there while the first is at work.
    scene.wait_until(lambda: scene.epoch("shop") > before)
    assert scene.epoch("shop") == before + 1


def test_back_shows_what_is_so_by_now(scene, browser):
    scene.settle("shop", 2)
    browser.go("/models/shop")
    browser.go("/models/shop/acts/shadow?version=1&share=30%25")
    confirm(browser, "wider")
    browser.wait(lambda: "told=" in browser.path)
    after = scene.epoch("shop")
    browser.driver.back()
    browser.wait(lambda: browser.path.startswith("/models/shop/acts/shadow"))
    # The same form again is the same act, and is told so; a page that was loaded again has a new
    # one, which finds that nothing has to change.
    form = browser.all("form.confirm")
    if form:
        reason = browser.find("#reason")
        reason.clear()
        confirm(browser, "wider, once more")
        browser.wait(lambda: "told=" in browser.path)
    assert scene.epoch("shop") == after
    browser.driver.forward()
    assert browser.find("h1").text


def test_two_people_at_once(scene, browser, another):
    scene.settle("shop", 2)
    for person in (browser, another):
        person.go("/models/shop/acts/shadow?version=1&share=40%25")
        person.find("#reason").send_keys("mine")
    browser.click("form.confirm button")
    browser.wait(lambda: "told=" in browser.path)
    epoch = scene.epoch("shop")
    another.go("/models/shop/acts/abort")
    scene.change("shop", kind="shadow", version=1, share=0.5)
    confirm(another, "and mine")
    alert = another.text("[role=alert]")
    assert "Not done" in alert and "epoch" in alert
    assert another.attribute("#reason", "value") == "and mine"
    assert scene.epoch("shop") == epoch + 1
    # What is shown now is what is so now: sent again, it is done.
    another.click("form.confirm button")
    another.wait(lambda: "told=" in another.path)
    assert scene.epoch("shop") == epoch + 2


def test_hostile_reasons(scene, browser):
    for text in HOSTILE:
        browser.go("/models/hostile/acts/rollback")
        browser.driver.execute_script(
            "document.getElementById('reason').value = arguments[0]", text)
        browser.click("form.confirm button")
        browser.wait(lambda: "told=" in browser.path)
        assert "owned" not in browser.driver.title
        assert not browser.all("main img, main script")
        # Back again, for the next one.
        scene.ask(
            "/v1/models/hostile/deployment",
            {"change": {"kind": "promote", "version": 2}, "is_forced": True, "reason": MARKUP})
    browser.go("/audit")
    assert "owned" not in browser.driver.title


def test_a_page_follows_what_changes(scene, browser):
    scene.settle("shop", 2)
    browser.go("/models/shop")
    browser.wait(lambda: "As of" in browser.text("#live-state"))
    browser.driver.execute_script("window.isTheSame = true")
    epoch = scene.change("shop", kind="shadow", version=1, share=0.05)["deployment"]["epoch"]
    browser.wait(lambda: f"epoch {epoch}" in browser.attribute("#deployment", "data-news"))
    assert browser.driver.execute_script("return window.isTheSame")
    assert browser.attribute("#live-news", "textContent")
    # Whoever wants rest has it.
    browser.find("#live-switch").click()
    assert browser.text("#live-switch") == "Resume updates"
    shown = browser.attribute("#deployment", "data-news")
    scene.change("shop", kind="abort")
    browser.find("#live-switch").click()
    browser.wait(lambda: browser.attribute("#deployment", "data-news") != shown)
    assert not browser.complaints()


def test_the_overview_follows_too(scene, browser):
    scene.settle("shop", 2)
    browser.go("/")
    browser.driver.execute_script("window.isTheSame = true")
    epoch = scene.change("shop", kind="shadow", version=1, share=0.07)["deployment"]["epoch"]
    browser.wait(lambda: str(epoch) in browser.text("#models"))
    assert browser.driver.execute_script("return window.isTheSame")


def test_by_keyboard_alone(scene, browser):
    scene.settle("shop", 2)
    scene.change("shop", kind="shadow", version=1, share=0.15)
    browser.go("/models/shop")
    driver = browser.driver

    def focused():
        return driver.switch_to.active_element

    def tab_to(condition):
        for _ in range(120):
            webdriver_keys(driver, Keys.TAB)
            if condition(focused()):
                seen = driver.execute_script(
                    "const style = getComputedStyle(document.activeElement);"
                    "return style.outlineStyle !== 'none' || style.boxShadow !== 'none'")
                assert seen, f"nobody sees where the keyboard is: {focused().text}"
                return
        raise AssertionError("the keyboard does not get there")

    webdriver_keys(driver, Keys.TAB)
    assert focused().get_attribute("class") == "skip"
    webdriver_keys(driver, Keys.ENTER)
    tab_to(lambda one: one.text == "Drop shadow 1")
    webdriver_keys(driver, Keys.ENTER)
    browser.wait(lambda: browser.path.endswith("/acts/abort"))
    tab_to(lambda one: one.get_attribute("id") == "reason")
    webdriver_keys(driver, "by keyboard")
    tab_to(lambda one: one.get_attribute("type") == "submit" and "Drop" in one.text)
    webdriver_keys(driver, Keys.ENTER)
    browser.wait(lambda: "told=" in browser.path)
    assert "by keyboard" in browser.text("#changes")


def webdriver_keys(driver, keys):
    from selenium.webdriver import ActionChains

    ActionChains(driver).send_keys(keys).perform()
