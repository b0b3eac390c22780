"""What a figure depends on besides the code: machine, versions, noise."""
import datetime
import os
import platform
import re
import statistics
import subprocess


def describe(stage):
    cpu = "unknown"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) // 1024
    return [
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("machine", f"{cpu}, {os.cpu_count()} cores, {memory:,} MiB"),
        ("system", f"{_distribution()}, Linux {platform.release()}"),
        ("versions", ", ".join(_versions(stage))),
        ("commit", _commit(stage.root)),
        ("load average at the start", stage.load_at_start),
        ("load average at the end", load()),
    ]


def load():
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _distribution():
    try:
        with open("/etc/os-release") as file:
            return re.search(r'PRETTY_NAME="(.*)"', file.read()).group(1)
    except (OSError, AttributeError):
        return platform.system()


def _output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _versions(stage):
    swift = re.search(r"Swift version (\S+)", _output("swift", "--version"))
    kafka = _output("pkg-config", "--modversion", "rdkafka").strip()
    found = [f"Swift {swift.group(1) if swift else '?'}", f"librdkafka {kafka or '?'}"]
    if stage.python:
        script = (
            "import sys,sklearn,confluent_kafka as c;"
            "print(f'Python {sys.version.split()[0]}, scikit-learn {sklearn.__version__}, '"
            "f'confluent-kafka {c.__version__} on librdkafka {c.libversion()[0]}')"
        )
        found.append(_output(stage.python, "-c", script).strip())
    return found


def _commit(root):
    name = _output("git", "-C", str(root), "describe", "--always", "--dirty").strip()
    return name or "not a checkout"


def spread(values):
    """Median, smallest, largest."""
    return statistics.median(values), min(values), max(values)


def publish(path, lines, root):
    """Writes the lines of a report, and shows them."""
    text = "\n".join(lines).rstrip() + "\n"
    path.write_text(text)
    print("\n" + text)
    print(f"written to {path.relative_to(root)}")
