#!/usr/bin/env python3
"""Runs every command of docs/tutorial.md in its order, as it stands, in an empty folder.

Usage: tutorial.py FOLDER    with swerve, swerve-export, kcat and a python3 that has scikit-learn in PATH
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def commands(page):
    """The blocks of commands, as one script."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S))


def end_session(leader):
    """Kills what the script started: jobs have process groups of their own."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getsid(int(process)) == leader:
                os.kill(int(process), signal.SIGKILL)
        except ProcessLookupError:
            pass


def main():
    script = "set -e\nset -o pipefail\n" + commands((ROOT / "docs/tutorial.md").read_text())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SWERVE_")}
    with tempfile.TemporaryDirectory(prefix="swerve-tutorial-") as folder:
        run = subprocess.Popen(
            # Monitor mode, for the words %1 and %2.
            ["bash", "-m", "-c", script], cwd=folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            said, _ = run.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            end_session(run.pid)
            said = run.communicate()[0] + "\nit did not come to its end"
        print(said)
        # A tutorial whose candidate is taken back would teach something else.
        completed = "version 2 against 1: completed" in said
        if run.returncode or not completed:
            for log in sorted(Path(folder).glob("*.log")):
                print(f"--- {log.name}\n{log.read_text()[-3000:]}")
            print(f"tutorial: failed with {run.returncode}")
            return 1
    print("tutorial: every command ran")
    return 0


if __name__ == "__main__":
    sys.exit(main())
