"""The echo and Swerve in turn, over the whole backlog, timed by the same outside clock."""
import json
import time

from . import children
from .service import Service

QUIET_SECONDS = 5


def warm_up(stage):
    """One run that counts for nothing but the echo's bytes: a sample of Swerve's predictions."""
    _swerve(stage, "warm")
    sample = stage.folder / "predictions.jsonl"
    return json.loads(children.run([
        *stage.bench("sample", "out-warm"), "--file", sample, "--records", 10_000]))


def measure(stage):
    rows = []
    for number in range(stage.repeats):
        echo = _echo(stage, f"echo-{number}")
        swerve = _swerve(stage, f"swerve-{number}")
        stage.say(
            f"repeat {number + 1}: echo {echo['outside']:,.0f}/s, Swerve "
            f"{swerve['outside']:,.0f}/s, {swerve['peak']:.0f} MB with a backlog, "
            f"{swerve['quiet']:.0f} MB caught up")
        rows.append((echo, swerve))
    return rows


def _echo(stage, name):
    watch = stage.watch(f"out-{name}", dead_letters=False)
    inside = json.loads(children.run([
        *stage.bench("echo", "raw_requests"), "--output", stage.topic(f"out-{name}"), "--group",
        stage.topic(name), "--predictions", stage.folder / "predictions.jsonl", "--records",
        stage.records]))
    outside = watch.wait(2, 60)
    watch.stop()
    _check(stage, outside)
    return {"outside": outside["records_per_s"], "inside": inside["records_per_s"]}


def _swerve(stage, name):
    watch = stage.watch(f"out-{name}")
    service = Service(stage, name, "raw_requests", f"out-{name}")
    outside = watch.wait(2, 180)
    _, peak = service.memory()
    time.sleep(QUIET_SECONDS)
    quiet, _ = service.memory()
    slot = service.slot()
    service.stop()
    watch.stop()
    _check(stage, outside)
    counted = slot["counts"]["records"]
    if counted != stage.records:
        raise RuntimeError(f"the worker counts {counted} records of {stage.records}")
    return {
        "outside": outside["records_per_s"], "peak": peak, "quiet": quiet,
        "gap": slot["poll_gap_max_ms"], "dead": outside["dead_letters"]}


def _check(stage, outside):
    arrived = outside["records"]  # dead letters among them
    if arrived != stage.records:
        raise RuntimeError(
            f"{arrived} records came out of {stage.records}: lost or duplicated, no figure")
