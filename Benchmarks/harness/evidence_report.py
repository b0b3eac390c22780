"""The table of Benchmarks/evidence, and whether each target was met."""
import statistics

from . import evidence, machine, processes
from .evidence import WORKER

MEMORY_MB = 200
PLAIN_RATE = 400_000
REPLAY_SHARE = 0.8
THREADS_CPU = 1.1
NAMES = {WORKER: "worker", **{way.key: way.name for way in evidence.WAYS}}


def write(stage, rows, command):
    broker = "development" if stage.development else "kafka"
    lines = [
        f"# Evidence on {'the development broker' if stage.development else 'a real Kafka'}", "",
        f"Made by `{command}`. {stage.records:,} CSIC requests as JSON, "
        f"{stage.fed['mean_bytes']:.0f} bytes each, in {stage.partitions} partitions with lz4, "
        f"scored by the model of 2^18 byte n-grams; {stage.repeats} repetitions, in which all rows "
        "take turns. Medians with the smallest and the largest.", ""]
    if stage.options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(stage)]
    for title, key, form in (
        ("records/s", "rate", "{:,.0f}"), ("CPU µs a record, its own", "cpu", "{:.2f}"),
        ("CPU µs a record, the broker", "broker", "{:.2f}"),
        ("peak resident memory, MB", "peak", "{:.0f}"),
    ):
        lines += ["", f"| {title} | median | min | max | runs |", "|---|---|---|---|---|"]
        lines += [
            _row(name, [row[way][key] for row in rows], form) for way, name in NAMES.items()
            if key in rows[0][way]]
    lines += ["", "| ratio inside one repetition | median | min | max | runs |",
              "|---|---|---|---|---|"]
    ratios = {
        "replay with 1 thread, to the worker": _ratios(rows, "replay1", WORKER),
        "replay with 2 threads, to 1": _ratios(rows, "replay2", "replay1"),
        "audit of all scores, to replay, 1 thread each": _ratios(rows, "audit1", "replay1"),
        "audit of all scores, to replay, 2 threads each": _ratios(rows, "audit2", "replay2"),
        "CPU a record: replay with 2 threads, to 1": _ratios(rows, "replay2", "replay1", "cpu"),
        "CPU a record: replay, to the worker": _ratios(rows, "replay1", WORKER, "cpu"),
        "CPU a record: audit of all scores, to replay": _ratios(rows, "audit1", "replay1", "cpu"),
    }
    lines += [_row(name, values, "{:.3f}") for name, values in ratios.items()]
    lines += ["", "## Targets", "", "| target | reached | |", "|---|---|---|"]
    verdicts = list(_verdicts(rows, ratios))
    lines += [f"| {target} | {reached} | {word} |" for target, reached, word in verdicts]
    lines += [
        "", "The worker's clock is the outside one of `Benchmarks/run`, and its processor time is "
        "that between the first record and the last; the commands' clock is their own, from the "
        "first question to a broker to the last record, and their processor time is that of the "
        f"whole process. {processes.cores()} cores, which the broker shares. Each thread of an audit "
        "of all scores has a second one beside it that computes them, and a replay's has none: where "
        "no core is free for those, an audit cannot be as fast, since it reads a second topic."]
    name = f"results-evidence-{broker}{'-quick' if stage.options.quick else ''}.md"
    path = (stage.folder if stage.options.quick else stage.root / "Benchmarks") / name
    machine.publish(path, lines, stage.root)
    return all(word != "FAIL" for _, _, word in verdicts)


def _row(what, values, form):
    median, low, high = machine.spread(values)
    cells = " | ".join(form.format(value) for value in (median, low, high))
    return f"| {what} | {cells} | {len(values)} |"


def _ratios(rows, one, other, key="rate"):
    return [row[one][key] / row[other][key] for row in rows]


def _verdicts(rows, ratios):
    def at_least(target, name, bound):
        value = statistics.median(ratios[name])
        return target, f"{value:,.2f}", "PASS" if value >= bound else "FAIL"

    yield at_least(
        f"replay with 1 thread at least {REPLAY_SHARE} of a worker's records/s",
        "replay with 1 thread, to the worker", REPLAY_SHARE)
    cost = statistics.median(ratios["CPU a record: replay with 2 threads, to 1"])
    times = statistics.median(ratios["replay with 2 threads, to 1"])
    yield (
        f"replay with 2 threads costs at most {THREADS_CPU} of the processor time a record of 1",
        f"{cost:.2f}; {times:.2f} times the records/s", "PASS" if cost <= THREADS_CPU else "FAIL")
    yield at_least(
        "audit of all scores at least as fast as replay, 1 thread each",
        "audit of all scores, to replay, 1 thread each", 1)
    yield at_least(
        "the same with 2 threads each", "audit of all scores, to replay, 2 threads each", 1)
    rate = statistics.median(row["plain2"]["rate"] for row in rows)
    yield (f"audit without scores at least {PLAIN_RATE:,} records/s", f"{rate:,.0f}",
           "PASS" if rate >= PLAIN_RATE else "FAIL")
    peak = max(row[way.key]["peak"] for row in rows for way in evidence.WAYS)
    yield (f"each under {MEMORY_MB} MB", f"{peak:.0f} MB at most",
           "PASS" if peak < MEMORY_MB else "FAIL")
