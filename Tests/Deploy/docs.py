#!/usr/bin/env python3
"""What of docs/ is made by the executable is as it says, and no link leads nowhere.

Usage: docs.py EXECUTABLE [write]    write: makes those pages anew
       docs.py links FOLDER          of a package: links of its README.md and its docs/
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIGURATION = """# Configuration

Made from the program's own table (`swerve config keys`; `make docs`), and held against it by a check.
Flags beat environment beats file: the file is the one that `--config` names, else `SWERVE_CONFIG`, else
`./swerve.yaml` where it is there. Each key is also an environment variable (`slots.first` is
`SWERVE_SLOTS_FIRST`) and can be given with `--set slots.first=2`. `swerve serve --check` prints what came
of all of them and where each value is from; `swerve config schema` a JSON Schema for editors.

"""


def pages(executable):
    """Text by the path of each page that is made."""
    manual = [sys.executable, str(ROOT / "deploy/manual.py"), "markdown", executable]
    said = subprocess.run(manual, check=True, capture_output=True, text=True).stdout
    keys = subprocess.run(
        [executable, "config", "keys"], check=True, capture_output=True, text=True).stdout
    return {"docs/cli.md": said, "docs/configuration.md": CONFIGURATION + keys}


def anchors(text):
    """Names of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    found = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def broken_links(root=ROOT):
    places = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    for page in places:
        text = page.read_text()
        prose = re.sub(r"^(?:    |\t).*$", "", text, flags=re.M)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                yield f"{page.relative_to(root)}: {target} is not there"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
                yield f"{page.relative_to(root)}: {target} has no such heading"


def main():
    if sys.argv[1] == "links":
        faults = list(broken_links(Path(sys.argv[2]).resolve()))
        for fault in faults:
            print(f"docs: {fault}")
        return 1 if faults else 0
    executable = str(Path(sys.argv[1]).resolve())
    made = pages(executable)
    if sys.argv[2:] == ["write"]:
        for name, text in made.items():
            (ROOT / name).write_text(text)
        return 0
    faults = [f"{name} is not what the executable says: make docs"
              for name, text in made.items()
              if not (ROOT / name).exists() or (ROOT / name).read_text() != text]
    faults += broken_links()
    for fault in faults:
        print(f"docs: {fault}")
    print(f"docs: {len(made)} pages as the executable says, links of {len(list((ROOT / 'docs').rglob('*.md'))) + 1} pages")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
