"""The tables of Benchmarks/lifecycle, and whether each target was met."""
import math
import statistics

from . import machine
from .convergence import RATE, SLOTS

CPU_MS = 50
CONVERGED_MS = 150
NAMES = {
    "cold": "promotion, artifact not in the cache", "cached": "promotion, artifact in the cache",
    "loaded": "promotion of the loaded previous version", "rollback": "rollback"}


def write(ground, found, command):
    lines = [
        "# Benchmarks of the lifecycle", "", f"Made by `{command}`, on the development broker.", ""]
    if ground.options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(ground)]
    verdicts = []
    if found["commands"]:
        lines += ["", *_commands(ground, found["commands"])]
        verdicts += _command_verdicts(ground, found["commands"])
    if found["convergence"]:
        lines += ["", *_convergence(found["convergence"])]
        verdicts += _convergence_verdicts(found["convergence"])
    lines += ["", "| target | reached | |", "|---|---|---|"]
    lines += [f"| {target} | {reached} | {word} |" for target, reached, word in verdicts]
    whole = not ground.options.quick and not ground.options.only
    folder = ground.root / "Benchmarks" if whole else ground.folder
    path = folder / ("results-lifecycle.md" if whole else "results-lifecycle-part.md")
    machine.publish(path, lines, ground.root)
    return all(word != "FAIL" for _, _, word in verdicts)


def _commands(ground, found):
    yield "## CPU time of a command"
    yield ""
    yield (
        f"User and system time of the whole process (wait4), {ground.models} models; waiting for "
        "the broker is not in it. Sizes and commands in turn. The floor is `swerve --version`; "
        "`show` lists the versions of one model; `promote` is a model's first promotion, announced "
        "and read back.")
    yield ""
    yield "| command | versions in all | median ms | min | max | runs |"
    yield "|---|---|---|---|---|---|"
    for name in ("floor", "show", "models", "promote"):
        for size, row in found["ms"].items():
            median, low, high = machine.spread(row[name])
            label = "--version (floor)" if name == "floor" else name
            yield f"| {label} | {size:,} | {median:.1f} | {low:.1f} | {high:.1f} | {len(row[name])} |"
    yield ""
    sizes = ", ".join(
        f"{size:,} versions {count / 1e6:,.1f} MB" for size, count in found["bytes"].items())
    yield f"Registry files: {sizes}."


def _command_verdicts(ground, found):
    (smallest, first), *_, (largest, last) = found["ms"].items()
    for name in ("show", "promote", "models"):
        median = statistics.median(last[name])
        growth = median / statistics.median(first[name])
        yield (
            f"`{name}` under {CPU_MS} ms of CPU with {largest:,} versions",
            f"{median:.1f} ms, {growth:.2f} times that with {smallest:,}",
            "PASS" if median < CPU_MS else "FAIL")


def percentile(values, share):
    """The smallest value that at least that share of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _convergence(found):
    yield f"## From commit to convergence, {SLOTS} slots"
    yield ""
    yield (
        f"`converged_at_ms - committed_at_ms` of `--wait --json`: from the registry's commit to the "
        f"last slot's first poll under the epoch. One `swerve serve`, `fixed`, {RATE} records/s, "
        "linear models of 2^18 weights.")
    yield ""
    yield "| what | p50 ms | p99 ms | min | max | changes |"
    yield "|---|---|---|---|---|---|"
    for kind, name in NAMES.items():
        yield _row(name, found[kind], "{:.0f}")
    yield _row("one record through an idle topic", found["delivery"], "{:.1f}")
    yield ""
    yield (
        "The last row is the broker's part, of which a change has at least one: a producer's record "
        "to a consumer with the workers' own settings. The development broker answers a fetch only "
        "when its wait ends (fetch.wait.max.ms is 10 there); a real one answers at once.")


def _row(name, values, form):
    cells = [
        percentile(values, 0.5), percentile(values, 0.99), min(values), max(values)]
    return f"| {name} | {' | '.join(form.format(cell) for cell in cells)} | {len(values)} |"


def _convergence_verdicts(found):
    for kind in ("cached", "cold"):
        reached = percentile(found[kind], 0.99)
        yield (
            f"{NAMES[kind]}: p99 below {CONVERGED_MS} ms", f"{reached:.0f} ms",
            "PASS" if reached < CONVERGED_MS else "FAIL")
    rollback, loaded = (percentile(found[kind], 0.5) for kind in ("rollback", "loaded"))
    # The clocks tell whole milliseconds.
    yield (
        "a rollback no slower than a promotion of a loaded version (p50, within 1 ms)",
        f"{rollback:.0f} ms and {loaded:.0f} ms", "PASS" if rollback <= loaded + 1 else "FAIL")
