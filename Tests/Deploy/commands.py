#!/usr/bin/env python3
"""Runs every command of README.md and docs/, as it stands and in the order of its page.

Usage: commands.py EXECUTABLE FOLDER [PAGE…]    kcat, jq, curl and openssl in PATH

A page is one session of bash in a folder of its own, with models/ of the repository, the executable as
`swerve`, and a network that nobody else has, where that is allowed; what it said is kept as
FOLDER/PAGE.txt. The blocks that count are ```sh. A page that goes on with the README's session begins
with the README's own commands, and PREPARED says what else it finds. Examples of output (```text, ```json)
must have the shape of what the session said. NOT_HERE lists the commands that cannot run here, why, and
what holds them instead; docs/tutorial.md has a test of its own (tutorial.py: scikit-learn).
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pages
from network import LOOPBACK

ROOT = Path(__file__).resolve().parent.parent.parent
MADE = {"docs/cli.md", "docs/configuration.md"}  # Of the executable itself.
APART = {"docs/tutorial.md"}
TIMEOUT = 240

# What a session begins with: each command is named before it runs, and the first failure ends it.
HEAD = r"""
set -eE -o pipefail
trap 'code=$?; echo "commands: $AT ended with $code"; exit 1' ERR
"""
OWN_NETWORK = ["unshare", "--user", "--map-root-user", "--net", "--kill-child"]


def complete(text):
    done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True)
    return done.returncode == 0 and "here-document" not in done.stderr


def unfenced(name):
    """Lines of code that no block fences: nothing would run them."""
    inside, before = False, ""
    for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
        inside ^= line.startswith("```")
        if not inside and line.startswith("    ") and not before and not line.lstrip().startswith(("-", "|")):
            yield f"{name}:{number}: an indented block; commands stand in blocks that begin with ```sh"
        before = line


def page_commands(name):
    """(line, command) of each command of a page."""
    inside, pending, begun = False, "", 0
    for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
        if line.startswith("```"):
            if inside and pending:
                sys.exit(f"commands: {name}:{begun}: bash does not take this as a command")
            inside = line == "```sh"
        elif inside:
            begun = begun if pending else number
            pending += line + "\n"
            bare = re.sub(r"(^|\s)#.*", "", pending).strip()
            if not bare:
                pending = ""
            elif not pending.endswith("\\\n") and complete(pending):
                yield begun, pending.rstrip("\n")
                pending = ""


def examples(name):
    """(line, kind, text) of what a page shows as output."""
    for match in re.finditer(r"^```(text|json) of a run\n(.*?)^```", (ROOT / name).read_text(), re.M | re.S):
        yield (ROOT / name).read_text()[: match.start()].count("\n") + 1, match[1], match[2]


def not_here(command, held):
    """The entry of NOT_HERE that a command falls under; what holds it instead is asked once."""
    for number, (pattern, _, holds) in enumerate(pages.NOT_HERE):
        if re.match(pattern, command):
            held.add(number)
            fault = holds(command)
            return fault or True
    return None


def script(name, held):
    """The session of a page, and the faults of what cannot run here."""
    lines, faults, ran = [HEAD], [], 0
    preparation = pages.PREPARED.get(name, [])
    if pages.SESSION in preparation:
        for line, command in page_commands("README.md"):
            if line < pages.session_end() and not not_here(command, set()):
                lines.append(command)
    lines += [text for text in preparation if text != pages.SESSION]
    for line, command in page_commands(name):
        where = f"{name}:{line}"
        absent = not_here(command, held)
        if absent:
            faults += [f"{where}: {absent}"] if absent is not True else []
        else:
            ran += 1
            lines.append(f"AT={where}; printf '%s\\n' '+ {where}'\n{command}")
    lines.append("echo 'commands: to its end'")
    return "\n".join(lines) + "\n", faults, ran


def shape(text):
    """A pattern of lines that differ in numbers, hashes and spaces alone."""
    text = re.escape(text.rstrip("\n"))
    text = re.sub(r"[0-9a-f]{8,}|\d+(?:\\\.\d+)?", "[0-9a-f.]+", text)
    return re.sub(r"(?:\\ |\\\n)+", r"\\s+", text)


def check_examples(name, said):
    for line, kind, text in examples(name):
        if kind == "text":
            if not re.search(shape(text), said):
                yield f"{name}:{line}: no output of this shape"
        else:
            keys = re.findall(r'"(\w+)":', text)
            found = [re.findall(r'"(\w+)":', other) for other in said.splitlines() if other.startswith("{")]
            if keys not in found:
                yield f"{name}:{line}: no document with the keys {keys}"


def end_session(leader):
    """Kills what a session started: its jobs have process groups of their own."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getsid(int(process)) == leader:
                os.kill(int(process), 9)
        except (ProcessLookupError, PermissionError):
            pass


def place(executable, path):
    try:
        os.link(executable, path)
    except OSError:
        shutil.copy2(executable, path)


def run(name, text, executable, kept, isolated):
    """What a page's session said, and its faults."""
    with tempfile.TemporaryDirectory(prefix="swerve-page-") as folder:
        # As installed: the demo finds its models beside the executable.
        shutil.copytree(ROOT / "models", f"{folder}/share/swerve/models")
        os.makedirs(f"{folder}/bin")
        place(executable, f"{folder}/bin/swerve")
        os.mkdir(f"{folder}/page")
        shutil.copytree(ROOT / "models", f"{folder}/page/models")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SWERVE_")}
        environment |= {
            "PATH": f"{folder}/bin:{environment['PATH']}", "HOME": folder, "no_proxy": "127.0.0.1",
            "CORPUS": str(ROOT / "Tests/Hostile/corpus"), "LC_ALL": "C.UTF-8",
            "PYTHON": sys.executable, "TESTS": str(ROOT / "Tests/Deploy")}
        # Monitor mode, for the words %1 and %2.
        command = ["bash", "-m", "-c", text]
        if isolated:
            command = [*OWN_NETWORK, sys.executable, "-c", LOOPBACK, *command]
        log = kept / (name.replace("/", "-").removesuffix(".md") + ".txt")
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command, cwd=f"{folder}/page", env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                code = f"no end within {TIMEOUT} s"
            end_session(process.pid)
            process.wait()
        said = log.read_text(errors="replace")
        if code or "commands: to its end" not in said:
            tails = "".join(
                f"--- {path.name}\n{path.read_text()[-1500:]}" for path in Path(folder, "page").glob("*.log"))
            return said, [f"{name}: {code}: {said[-2500:]}\n{tails}"]
    return said, []


def main():
    executable, kept = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2])
    kept.mkdir(parents=True, exist_ok=True)
    names = ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
    chosen = [n for n in names if n not in MADE | APART and (not sys.argv[3:] or n in sys.argv[3:])]
    isolated = subprocess.run([*OWN_NETWORK, "true"], capture_output=True).returncode == 0
    held, faults, total = set(), [], 0
    sessions = {}
    for name in chosen:
        faults += unfenced(name)
        text, wrong, ran = script(name, held)
        faults += wrong
        total += ran
        if ran:
            sessions[name] = text
    with concurrent.futures.ThreadPoolExecutor(4 if isolated else 1) as pool:
        waiting = {name: pool.submit(run, name, text, executable, kept, isolated)
                   for name, text in sessions.items()}
        for name, future in waiting.items():
            said, wrong = future.result()
            faults += wrong or list(check_examples(name, said))
    if not sys.argv[3:]:
        faults += [f"NOT_HERE: no page has {pattern}"
                   for number, (pattern, _, _) in enumerate(pages.NOT_HERE) if number not in held]
    for fault in faults:
        print(f"commands: {fault}")
    print(f"commands: {total} commands of {len(sessions)} pages ran")
    for number in sorted(held):
        print(f"commands: not run here: {pages.NOT_HERE[number][0]}: {pages.NOT_HERE[number][1]}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
