#!/usr/bin/env python3
"""Stands in for systemd: starts `swerve serve` and `swerve hub`, and listens to what they tell it.

Usage: notify.py EXECUTABLE

No broker answers, and nothing was promoted: both are ready to systemd all the same, say that they live,
and say that they stop.
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

COMMANDS = {
    "serve": ["--set", "model=m", "--set", "start=earliest", "--set", "http=none",
              "--bootstrap", "127.0.0.1:1"],
    "hub": ["--set", "hub.listen=127.0.0.1:0", "--bootstrap", "127.0.0.1:1"],
}


def heard(channel, process, sought):
    """The messages until one has all lines of `sought`."""
    messages = []
    while True:
        try:
            lines = channel.recv(4_096).decode().split("\n")
        except TimeoutError:
            sys.exit(f"notify: no {sought} within 60 s, only {messages}; it ended: {process.poll()}")
        messages.append(lines)
        if set(sought) <= {line.split("=")[0] for line in lines}:
            return messages


def check(executable, command, name, folder):
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.bind("\0" + name[1:] if name.startswith("@") else name)
    channel.settimeout(60)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SWERVE_")}
    environment |= {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000000"}
    process = subprocess.Popen(
        [executable, command, *COMMANDS[command]], cwd=folder, env=environment,
        stderr=subprocess.DEVNULL)
    heard(channel, process, ["READY"])
    heard(channel, process, ["WATCHDOG"])
    process.send_signal(signal.SIGTERM)
    last = heard(channel, process, ["STOPPING"])[-1]
    span = next(int(line.split("=")[1]) for line in last if line.startswith("EXTEND_TIMEOUT_USEC="))
    code = process.wait(60)
    if code or span < 30_000_000:
        sys.exit(f"notify: {command} ended with {code}, and asked for {span} microseconds")


def main():
    executable = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory(prefix="swerve-notify-") as folder:
        check(executable, "serve", f"{folder}/socket", folder)
        check(executable, "hub", f"@swerve-notify-{os.getpid()}", folder)
    print("notify: serve and hub are ready, live, and stop")
    return 0


if __name__ == "__main__":
    sys.exit(main())
