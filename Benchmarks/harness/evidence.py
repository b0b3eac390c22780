"""Replay and audit in turn with a worker, over the same records: rates, processor time, memory."""
import dataclasses
import json
import os
import subprocess
import time

from . import children, processes
from .service import Sampler, Service
from .stage import MODEL

WORKER = "worker"
SAMPLE_SECONDS = 0.02


@dataclasses.dataclass(frozen=True)
class Way:
    """One command over what a worker has read and written."""
    key: str
    name: str
    arguments: tuple


WAYS = (
    Way("replay1", "replay, 1 thread", ("replay", f"{MODEL}@1", "--threads", 1)),
    Way("replay2", "replay, 2 threads", ("replay", f"{MODEL}@1", "--threads", 2)),
    Way("audit1", "audit of all scores, 1 thread", ("audit", "stream", MODEL, "--threads", 1)),
    Way("audit2", "audit of all scores, 2 threads", ("audit", "stream", MODEL, "--threads", 2)),
    Way("plain1", "audit without scores, 1 thread",
        ("audit", "stream", MODEL, "--sample", 0, "--threads", 1)),
    Way("plain2", "audit without scores, 2 threads",
        ("audit", "stream", MODEL, "--sample", 0, "--threads", 2)),
    Way("impact", "impact", ("impact", f"{MODEL}@1")),
)


def measure(stage):
    """What each repetition found; the first counts for nothing."""
    found = []
    for number in range(stage.repeats + 1):
        name = f"{WORKER}-{number}"
        row = {WORKER: _worker(stage, name)}
        for way in WAYS:
            row[way.key] = _command(stage, way, stage.folder / f"{name}.yaml")
        stage.say(
            f"{'warming up' if number == 0 else f'repeat {number}'}: "
            + ", ".join(f"{key} {row[key]['rate']:,.0f}/s" for key in row))
        if number > 0:
            found.append(row)
    return found


def _worker(stage, name):
    watch = stage.watch(f"out-{name}")
    service = Service(stage, name, "raw_requests", f"out-{name}")
    sampler = Sampler(lambda: processes.cpu_seconds(service.worker), SAMPLE_SECONDS)
    outside = watch.wait(2, 300)
    time.sleep(2 * SAMPLE_SECONDS)
    samples = sampler.stop()
    _, peak = service.memory()
    service.stop()
    watch.stop()
    if outside["records"] != stage.records:
        raise RuntimeError(
            f"{outside['records']} records came out of {stage.records}: no figure")
    first, last = (
        max([value for at, value in samples if at <= moment], default=samples[0][1])
        for moment in (outside["started_at_ms"] / 1e3, outside["finished_at_ms"] / 1e3))
    return {
        "rate": outside["records_per_s"], "cpu": (last - first) * 1e6 / stage.records,
        "peak": peak}


def _command(stage, way, config):
    """The rate by the command's own clock; processor time and memory as the kernel counts them for
    the whole process, its start and its report included."""
    broker = processes.cpu_seconds(stage.broker_process)
    words = open(stage.folder / f"{way.key}.log", "w")
    child = children.start(
        [stage.build / "swerve", *way.arguments, "--config", config, "--json"],
        env=stage.environment, cwd=stage.folder, stdout=subprocess.PIPE, stderr=words)
    out = child.stdout.read()
    child.stdout.close()
    words.close()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    children.forget(child)
    if child.returncode != 0:
        raise RuntimeError(f"{way.name}: exit {child.returncode}, see {words.name}: {out[-800:]}")
    document = json.loads(out)
    records = document["records"] if "records" in document else document["counts"]["records"]
    if records != stage.records:
        raise RuntimeError(f"{way.name}: {records} records of {stage.records}: no figure")
    seconds = document["speed"]["seconds"] if "speed" in document else document["seconds"]
    return {
        "rate": records / seconds,
        "cpu": (usage.ru_utime + usage.ru_stime) * 1e6 / records,
        "broker": (processes.cpu_seconds(stage.broker_process) - broker) * 1e6 / records,
        # Kilobytes of 1,024 bytes.
        "peak": usage.ru_maxrss * 1024 / 1e6}
