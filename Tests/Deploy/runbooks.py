#!/usr/bin/env python3
"""Each alert has a page of its own and a test, and each page an alert."""
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
SECTIONS = ["What it means", "What to look at", "What to do"]
# The base stands in one place.
LINK = '{{ with query "swerve:docs:info" }}{{ . | first | label "url" }}{{ end }}'


def main():
    faults = []
    rules = yaml.safe_load((ROOT / "deploy/prometheus/swerve.rules.yml").read_text())
    alerts = [rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule]
    names = {rule["alert"] for rule in alerts}
    tests = yaml.safe_load((ROOT / "deploy/prometheus/swerve.tests.yml").read_text())["tests"]
    cases = [case for test in tests for case in test.get("alert_rule_test", [])]
    for rule in alerts:
        name = rule["alert"]
        page = ROOT / f"docs/runbooks/{name}.md"
        if rule["annotations"]["runbook_url"] != LINK + f"/runbooks/{name}.md":
            faults.append(f"{name}: its runbook_url is another's, or has a base of its own")
        text = page.read_text() if page.exists() else ""
        sections = [line[3:] for line in text.splitlines() if line.startswith("## ")]
        if sections != SECTIONS:
            faults.append(f"{name}: its page {page.name} has the sections {sections}")
        if len(text.splitlines()) > 60:
            faults.append(f"{name}: its page is longer than a page")
        fires = [case for case in cases if case["alertname"] == name and case["exp_alerts"]]
        if not fires:
            faults.append(f"{name}: no test in which it fires")
        if rule["labels"]["severity"] not in ("page", "ticket"):
            faults.append(f"{name}: severity {rule['labels']['severity']}")
    pages = {page.stem for page in (ROOT / "docs/runbooks").glob("Swerve*.md")}
    faults += [f"{page}: a page without an alert" for page in sorted(pages - names)]
    index = (ROOT / "docs/runbooks/README.md").read_text()
    faults += [f"{name}: not in the list of pages" for name in sorted(names) if name not in index]
    for fault in faults:
        print(f"runbooks: {fault}")
    print(f"runbooks: {len(names)} alerts, a page each")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
