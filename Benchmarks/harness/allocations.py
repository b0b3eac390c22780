"""Allocations counted by Allocations/count.c: on the poll thread of a worker, and the reading of
its counts for others."""
import collections
import mmap
import pathlib
import struct
import subprocess
import time

from . import children
from .service import Sampler, Service

# The layout of count.c, in 8-byte fields.
THREADS, SITES, FRAMES, MODULES, NAME_BYTES = 64, 512, 16, 64, 256
MODULE_BYTES = 32 + NAME_BYTES
SITE_BYTES = 8 * (3 + FRAMES)
SLOT_BYTES = 32 + SITES * SITE_BYTES
SLOTS_AT = 16 + MODULES * MODULE_BYTES
THREAD = "swerve-poll"


def measure(stage):
    library = stage.folder / "count.so"
    source = stage.root / "Benchmarks" / "Allocations" / "count.c"
    try:
        children.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source])
    except (RuntimeError, OSError) as error:
        stage.say(f"allocations are not counted: {error}")
        return None
    counts = stage.folder / "counts"
    counts.mkdir()
    statuses = children.Lines(stage.bench("statuses", "swerve.status", 1))
    watch = stage.watch("out-count")
    service = Service(
        stage, "count", "raw_requests", "out-count", LD_PRELOAD=str(library),
        COUNT_FOLDER=str(counts))
    data = mapped(counts / str(service.worker))
    sampler = Sampler(lambda: slot(data, service.worker), 0.02)
    watch.wait(2, 300)
    time.sleep(1.2)
    samples = sampler.stop()
    found = modules(data)
    records = [r for r in statuses.snapshot() if r.get("group") == stage.topic("count")]
    service.stop()
    watch.stop()
    statuses.stop()
    return _judge(stage, samples, records, found)


def mapped(path):
    """A process's table, once its constructor has made it."""
    for _ in range(500):
        if path.exists() and path.stat().st_size == SLOTS_AT + THREADS * SLOT_BYTES:
            with open(path, "rb") as file:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        time.sleep(0.01)
    raise RuntimeError(f"{path.name}: the process does not count its allocations")


def slot(data, pid, first=False):
    """The poll thread's slot, or the first one, which is the main thread's: own, librdkafka's, and
    the program's call stacks."""
    used, _ = struct.unpack_from("<2Q", data, 0)
    for place in range(min(used, THREADS)):
        at = SLOTS_AT + place * SLOT_BYTES
        tid, own, kafka, size = struct.unpack_from("<4Q", data, at)
        name = pathlib.Path(f"/proc/{pid}/task/{tid}/comm")
        if not first and (not name.exists() or name.read_text().strip() != THREAD):
            continue
        sites = {}
        for number in range(SITES):
            fields = struct.unpack_from(f"<{3 + FRAMES}Q", data, at + 32 + number * SITE_BYTES)
            if fields[0]:
                sites[fields[3:3 + fields[2]]] = fields[1]
        return {"own": own, "kafka": kafka, "bytes": size, "sites": sites}
    return None


def modules(data):
    found = []
    for number in range(struct.unpack_from("<2Q", data, 0)[1]):
        at = 16 + number * MODULE_BYTES
        base, low, high, _ = struct.unpack_from("<4Q", data, at)
        name = data[at + 32:at + MODULE_BYTES].split(b"\0", 1)[0].decode()
        found.append((base, low, high, name))
    return found


def _judge(stage, samples, records, modules):
    """Between a status after a fifth of the records and the last one before the end."""
    usable = [
        r for r in records
        if 0.2 * stage.records <= r["counts"]["records"] <= 0.97 * stage.records]
    samples = [(at, slot) for at, slot in samples if slot]
    if len(usable) < 2 or len(samples) < 2:
        stage.say("allocations: too few reports in so short a run, no figure")
        return None
    first, last = usable[0], usable[-1]
    before, after = (_at(samples, r["sent_at_ms"] / 1e3) for r in (first, last))
    count = last["counts"]["records"] - first["counts"]["records"]
    return {
        "records": count, "own": after["own"] - before["own"],
        "kafka": after["kafka"] - before["kafka"], "sites": grown(before, after, modules)}


def grown(before, after, modules):
    """The call stacks that allocated most between two slots."""
    sites = collections.Counter(after["sites"])
    sites.subtract(before["sites"])
    return [
        (number, _name(frames, modules)) for frames, number in sites.most_common(5) if number > 0]


def _at(samples, moment):
    return min(samples, key=lambda sample: abs(sample[0] - moment))[1]


def _name(frames, modules):
    """The innermost functions of a call stack, as far as the symbols tell."""
    names = []
    for frame in frames[:14]:
        for base, low, high, path in modules:
            if low <= frame < high:
                names.append(_symbol(path, frame - base - 1))
    names = [name for name in names if name and name != "??"]
    return " < ".join(names[:9]) or "unknown"


def _symbol(path, address):
    try:
        out = subprocess.run(
            ["addr2line", "-f", "-e", path, hex(address)], capture_output=True, text=True,
            timeout=60).stdout.split("\n")[0]
        if out.startswith("$s"):
            out = subprocess.run(
                ["swift", "demangle", "--simplified", "--compact", out], capture_output=True,
                text=True, timeout=60).stdout.strip()
        return out
    except (OSError, subprocess.TimeoutExpired):
        return ""
