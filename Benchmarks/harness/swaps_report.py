"""The curve of Benchmarks/swaps, and whether anything grew from its first to its last hundred."""
import statistics

from . import machine
from .swaps import FEATURES, PROMOTIONS

# A leak of one scorer a swap, or of a hundredth of one, is beyond this after 10,000 swaps.
MEMORY_MB = 25
TIME_RATIO = 1.25


def write(field, found, command):
    rows = found["rows"]
    first, last = rows[:10], rows[-10:]
    broker = "the development broker" if field.development else "a real Kafka"
    lines = [
        "# Thousands of swaps under load", "", f"Made by `{command}`, on {broker}.", "",
        *(f"- {name}: {value}" for name, value in machine.describe(field)), "",
        f"One worker under {field.options.rate:,} records/s; three versions of {FEATURES:,} "
        "weights in turn, each swap once the one before is served, so that each loads a scorer "
        "from the cache and frees another. A row is the hundred of swaps that ends there; CPU is "
        "the worker's whole process, the loading included, divided by the hundred's records.", "",
        "| swaps | memory MB | descriptors | threads | swap p50 ms | p99 ms | records/s | "
        "CPU µs a record |",
        "|---|---|---|---|---|---|---|---|"]
    shown = [rows[0]] + [row for row in rows if row["swaps"] % 1_000 == 0 and row is not rows[0]]
    if rows[-1] not in shown:
        shown.append(rows[-1])
    lines += [_row(row) for row in shown]
    few, many = found["few"], found["many"]
    quiet = found["quiet"]
    lines += [
        "", "| without swaps | memory MB | descriptors | threads | CPU µs a record |",
        "|---|---|---|---|---|"]
    lines += [
        f"| {when} | {one['memory']:.1f} | {one['descriptors']} | {one['threads']} | "
        f"{one['micros']:.0f} |" for when, one in zip(("before the first", "after the last"), quiet)]
    lines += [
        "", "What the control topic's records add to one `swerve promote` (the whole command, "
        f"median of {PROMOTIONS}):", "",
        "| records on the control topic | ms on the clock | ms of CPU |", "|---|---|---|",
        f"| about {PROMOTIONS} | {few[0]:.0f} | {few[1]:.0f} |",
        f"| {field.options.swaps:,} | {many[0]:.0f} | {many[1]:.0f} |", "",
        "| from the first to the last thousand | | |", "|---|---|---|"]
    verdicts = list(_verdicts(first, last, quiet))
    lines += [f"| {what} | {reached} | {word} |" for what, reached, word in verdicts]
    name = "results-swaps-development.md" if field.development else "results-swaps-kafka.md"
    path = field.root / "Benchmarks" / name
    machine.publish(path, lines, field.root)
    return all(word == "PASS" for _, _, word in verdicts)


def _row(row):
    return (
        f"| {row['swaps']:,} | {row['memory']:.1f} | {row['descriptors']} | {row['threads']} | "
        f"{row['p50_ms']:.0f} | {row['p99_ms']:.0f} | {row['rate']:,.0f} | {row['micros']:.0f} |")


def _verdicts(first, last, quiet):
    def medians(name):
        return [statistics.median(row[name] for row in rows) for rows in (first, last)]

    before, after = medians("memory")
    yield (
        f"memory grows by less than {MEMORY_MB} MB", f"{before:.1f} and {after:.1f} MB",
        "PASS" if after - before < MEMORY_MB else "FAIL")
    for name in ("descriptors", "threads"):
        before, after = medians(name)
        yield (
            f"{name} do not grow", f"{before:.0f} and {after:.0f}",
            "PASS" if after <= before else "FAIL")
    before, after = (one["micros"] for one in quiet)
    yield (
        f"CPU a record, without swaps, grows by less than a factor of {TIME_RATIO}",
        f"{before:.0f} and {after:.0f} µs", "PASS" if after < before * TIME_RATIO else "FAIL")
    before, after = medians("p50_ms")
    yield (
        f"a swap takes less than {TIME_RATIO} times as long", f"{before:.0f} and {after:.0f} ms",
        "PASS" if after < before * TIME_RATIO else "FAIL")
