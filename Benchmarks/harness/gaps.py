"""The poll gap with and without swaps: intervals of both in turn, under a paced feed.

A status record carries the longest gap since the one before it; only records whose whole span lies
inside an interval count for it. Two more kinds say where a difference would come from: `load`
promotes versions that are not loaded yet, `other` promotes another model, which costs the machine
the same commands and no worker anything.
"""
import itertools
import threading
import time

from . import children
from .service import Service
from .stage import MODEL

PATTERN = ["none", "swap", "load", "none", "swap", "other"]
RATE = 50_000
SETTLE_SECONDS = 4


def measure(stage):
    quick = stage.options.quick
    kinds = PATTERN if quick else PATTERN * 5
    length = 4.0
    seconds = SETTLE_SECONDS + len(kinds) * (length + 1)
    statuses = children.Lines(stage.bench("statuses", "swerve.status", 1))
    service = Service(stage, "gap", "paced", "out-gap")
    feed = children.start([
        *stage.bench("feed", "paced"), "--file", stage.csic, "--rate", RATE, "--records",
        int(RATE * (seconds + 60))], stdout=children.subprocess.DEVNULL)
    time.sleep(SETTLE_SECONDS)
    versions = {
        "swap": itertools.cycle([f"{MODEL}@2", f"{MODEL}@1"]),
        "load": itertools.cycle([f"{MODEL}@3", f"{MODEL}@4", f"{MODEL}@5"]),
        "other": itertools.cycle(["other@1", "other@2"])}
    stage.promote(next(versions["swap"]))  # version 1 was there already
    time.sleep(1)
    intervals = []
    for kind in kinds:
        began = time.time()
        count = _changes(stage, versions.get(kind), began, length)
        intervals.append((kind, began, time.time(), count))
        if kind == "load":
            _load_both(stage, versions["swap"])
    time.sleep(1.5)
    children.stop(feed)
    records = [r for r in statuses.snapshot() if r.get("group") == stage.topic("gap")]
    service.stop()
    statuses.stop()
    return _judge(intervals, records)


def _load_both(stage, versions):
    """Between two intervals: the stable and the previous version are the two of `swap` again."""
    for _ in range(2):
        stage.promote(next(versions))
        time.sleep(1)


def _changes(stage, versions, began, length):
    """A change a second while the interval lasts, each a command of its own; how many."""
    running = []
    failures = []

    def change(version):
        try:
            stage.promote(version)
        except RuntimeError as error:
            failures.append(error)

    offset = 0.1
    while versions and offset < length - 0.5:
        time.sleep(max(0.0, began + offset - time.time()))
        thread = threading.Thread(target=change, args=(next(versions),))
        thread.start()
        running.append(thread)
        offset += 1.0
    time.sleep(max(0.0, began + length - time.time()))
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]
    return len(running)


def _judge(intervals, records):
    records.sort(key=lambda record: record["sent_at_ms"])
    found = {kind: [] for kind in PATTERN}
    for kind, began, ended, _ in intervals:
        spans = zip(records, records[1:])
        gaps = [
            after["poll_gap_ms"] for before, after in spans
            if before["sent_at_ms"] >= began * 1e3 and after["sent_at_ms"] <= ended * 1e3]
        if gaps:
            found[kind].append(max(gaps))
    epochs = {r["serving"]["epoch"] for r in records if r.get("serving")}
    taken = records[-1]["counts"]["records"] if records else 0
    return {
        "maxima": found, "epochs": len(epochs), "records": taken,
        "rebalances": records[-1]["counts"]["rebalances"] if records else 0,
        "swaps": sum(count for kind, _, _, count in intervals if kind == "swap")}
