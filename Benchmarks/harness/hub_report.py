"""The tables of Benchmarks/hub, and whether each target was met."""
from . import machine
from .hub import CHANGE_SECONDS, READ_RATE, RECORDS_RATE, median
from .lifecycle_report import percentile

READ_MS = 20
CHANGE_MS = 250
RESIDENT_MB = 120
START_SECONDS = 1
PAGE_BYTES = 150_000
WAL_MB = 64


def write(ground, found, command):
    lines = ["# Benchmarks of the hub", "", f"Made by `{command}`, on the development broker.", ""]
    if ground.options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(ground)]
    lines += [
        "", f"{ground.versions:,} versions of {ground.models} models "
        f"({found['registry'] / 1e6:.1f} MB); {ground.slots} slots of one `swerve serve` beside it, {RECORDS_RATE} records/s.", ""]
    lines += [*_times(found), "", *_pages(found), ""]
    verdicts = list(_verdicts(found))
    lines += ["| target | reached | |", "|---|---|---|"]
    lines += [
        f"| {target} | {reached} | {'PASS' if is_met else 'FAIL'} |"
        for target, reached, is_met in verdicts]
    folder = ground.folder if ground.options.quick else ground.root / "Benchmarks"
    name = "results-hub-quick.md" if ground.options.quick else "results-hub.md"
    machine.publish(folder / name, lines, ground.root)
    return all(is_met for _, _, is_met in verdicts)


def _times(found):
    yield "| what | p50 ms | p99 ms | max | times |"
    yield "|---|---|---|---|---|"
    for kind, values in sorted(found["reads"]["ms"].items()):
        yield _row(f"`GET {kind}`", values)
    yield _row(f"a promotion answered, one each {CHANGE_SECONDS} s", found["changes"])
    yield _row("a promotion told on each of the event streams", found["events"]["ms"])
    yield ""
    yield (
        f"Reads come at fixed times, {found['reads']['rate']:.0f} a second, over 16 connections; a "
        "time is that from when a read was due. The hub used "
        f"{found['reads']['cores']:.2f} cores meanwhile. The client is a Python program on the "
        "same machine.")


def _row(name, values):
    return (
        f"| {name} | {percentile(values, 0.5):.1f} | {percentile(values, 0.99):.1f} | "
        f"{max(values):.1f} | {len(values)} |")


def _pages(found):
    yield "| page | bytes |"
    yield "|---|---|"
    for path, size in found["pages"].items():
        yield f"| `{path}` | {size:,} |"


def _verdicts(found):
    reads = [value for values in found["reads"]["ms"].values() for value in values]
    p99 = percentile(reads, 0.99)
    rate = found["reads"]["rate"]
    yield (
        f"{READ_RATE} reads a second with p99 under {READ_MS} ms",
        f"{p99:.1f} ms at {rate:.0f}/s", p99 < READ_MS and rate > 0.98 * READ_RATE)
    p99 = percentile(found["changes"], 0.99)
    yield f"a promotion answered with p99 under {CHANGE_MS} ms", f"{p99:.0f} ms", p99 < CHANGE_MS
    streams = found["events"]
    yield (
        "event streams at once, each told of a change", f"{len(streams['ms'])}, the last after "
        f"{max(streams['ms']):.0f} ms", True)
    yield (
        f"under {RESIDENT_MB} MB resident, with all event streams",
        f"{found['peak_mb']:.0f} MB at most, {found['idle_mb']:.0f} MB at the beginning",
        found["peak_mb"] < RESIDENT_MB)
    start = max(found["starts"])
    yield (
        f"ready and leading under {START_SECONDS} s after its start",
        f"{median(found['starts']):.2f} s, at most {start:.2f}", start < START_SECONDS)
    page = found["pages"]["/"]
    yield f"the overview page under {PAGE_BYTES // 1_000} kB", f"{page:,} bytes", page < PAGE_BYTES
    yield (
        f"the write-ahead log under {WAL_MB} MB", f"{found['wal_mb']:.1f} MB",
        found["wal_mb"] < WAL_MB)
