"""The ways of delivery in turn, over the whole backlog, and scoring threads over a part of it with a
costly model, timed by the same outside clock."""
import json
import os
import signal
import time

from . import children
from .service import Service
from .stage import MODEL

# A name, the slots, and the lines of the configuration.
MEMBER = "assignment: static"
WAYS = [
    ("at least once", "alo", 1, [MEMBER]),
    ("at least once, 2 workers", "alo2", 2, [MEMBER]),
    *((f"exactly once, {ms} ms", f"eo{ms}", 1, [
        MEMBER, "delivery: exactly-once", f"commit: {{interval_ms: {ms}}}"])
      for ms in (100, 500, 1_000)),
    ("exactly once, 500 ms, 2 workers", "eo2", 2, [
        MEMBER, "delivery: exactly-once", "commit: {interval_ms: 500}"]),
]


# A model of 3,140 support vectors on 30 numbers of a request.
COSTLY = "costly"
COSTLY_THREADS = (1, 2)


def ways(stage):
    """The development broker has no transactions."""
    return [way for way in WAYS if not (stage.development and _is_transactional(way[3]))]


def _is_transactional(keys):
    return any("exactly-once" in line for line in keys)


def inputs():
    return ["raw_requests", "numbers"]


def outputs(stage):
    names = ["out-warm", "out-kill", "out-python"]
    for number in range(stage.repeats):
        names += [f"out-echo-{number}"] + [f"out-{key}-{number}" for _, key, _, _ in ways(stage)]
        names += [f"out-threads{threads}-{number}" for threads in COSTLY_THREADS]
    return names


def costly_records(stage):
    return stage.records // 4


def prepare_costly(stage):
    """Registers and promotes the costly model, and fills its topic with the numbers of requests."""
    stage.swerve(
        "register", stage.shared / "conformance" / "models" / "sk_svc_rbf.onnx", "--model", COSTLY)
    stage.promote(f"{COSTLY}@1")
    spec = stage.folder / "lexical.json"
    spec.write_text(json.dumps({"steps": [{"lexical": {}}]}))
    numbers = stage.folder / "numbers.jsonl"
    with open(numbers, "w") as out:
        for line in stage.swerve("featurize", spec, stage.csic).splitlines():
            row = [0.0] * 30
            for pair in line.split()[1:]:
                index, value = pair.split(":")
                row[int(index) - 1] = float(value)
            out.write(json.dumps({"x": row}) + "\n")
    stage.feed("numbers", costly_records(stage), numbers)


def warm_up(stage):
    backlog(stage, "warm", 1, [MEMBER])
    sample = stage.folder / "predictions.jsonl"
    return json.loads(children.run([
        *stage.bench("sample", "out-warm"), "--file", sample, "--records", 10_000]))


def measure(stage):
    """Records a second of each way, by its name; the echo's too."""
    found = {"echo": []}
    for number in range(stage.repeats):
        found["echo"].append(_echo(stage, f"echo-{number}"))
        for name, key, slots, keys in ways(stage):
            rate = backlog(stage, f"{key}-{number}", slots, keys)
            found.setdefault(name, []).append(rate)
        for threads in COSTLY_THREADS:
            rate = backlog(
                stage, f"threads{threads}-{number}", 1, [MEMBER, f"scoring_threads: {threads}"],
                source="numbers", records=costly_records(stage), model=COSTLY)
            found.setdefault(costly_name(threads), []).append(rate)
        words = ", ".join(f"{name} {rates[-1]:,.0f}/s" for name, rates in found.items())
        stage.say(f"repeat {number + 1}: {words}")
    return found


def costly_name(threads):
    return f"RBF of 3,140 vectors, scoring_threads {threads}"


def kill(stage):
    """Kills a worker at work, at least once: how many records were answered twice, and how many a
    second went through before."""
    watch = stage.watch("out-kill")
    third = _look(stage, "out-kill", stage.records // 3)
    service = Service(stage, "kill", "raw_requests", "out-kill", 1, [MEMBER])
    # After the kill the partitions wait for the end of the session: that is no rate.
    before = third.wait(2, 120)
    os.kill(service.worker, signal.SIGKILL)
    outside = watch.wait(2, 180)
    watch.stop()
    # Until nothing more comes: what comes twice may come last.
    arrived, last = None, outside["records"]
    while arrived != last:
        time.sleep(2)
        arrived, last = last, _arrived(stage, "out-kill")
    service.stop()
    return {"twice": arrived - stage.records, "rate": before["records_per_s"]}


def _counted(service):
    return sum(slot["counts"]["records"] for slot in service.slots())


def _arrived(stage, output):
    look = _look(stage, output, stage.records)
    found = look.wait(2, 60)
    look.stop()
    return found["records"]


def _look(stage, output, records):
    look = children.Lines([
        *stage.bench("watch", output), "--records", records, "--dead-letters",
        stage.topic(output.replace("out-", "dead-"))])
    look.wait(1, 60)
    return look


def _echo(stage, name):
    watch = stage.watch(f"out-{name}", dead_letters=False)
    children.run([
        *stage.bench("echo", "raw_requests"), "--output", stage.topic(f"out-{name}"), "--group",
        stage.topic(name), "--predictions", stage.folder / "predictions.jsonl", "--records",
        stage.records])
    outside = watch.wait(2, 60)
    watch.stop()
    return outside["records_per_s"]


def backlog(stage, name, slots, keys, source="raw_requests", records=None, model=MODEL):
    """Records a second of a service over a whole backlog, by the outside clock."""
    records = records or stage.records
    watch = stage.watch(f"out-{name}", records=records)
    service = Service(stage, name, source, f"out-{name}", slots, keys, model)
    outside = watch.wait(2, 180)
    time.sleep(2)
    counted = _counted(service)
    service.stop()
    watch.stop()
    if counted != records:
        raise RuntimeError(f"{name}: the workers count {counted} records of {records}")
    # The ends of a transaction take an offset of each partition too.
    arrived = outside["records"]
    if arrived < records or (arrived > records and not _is_transactional(keys)):
        raise RuntimeError(f"{name}: {arrived} records came out of {records}, no figure")
    return outside["records_per_s"]
