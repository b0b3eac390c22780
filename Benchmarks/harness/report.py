"""The table of one run, and whether each target was met."""
import statistics

from . import machine, peer


def write(stage, found, command):
    lines = [
        f"# Benchmarks on {'the development broker' if stage.development else 'a real Kafka'}", "",
        f"Made by `{command}`. One process each; "
        f"{stage.records:,} CSIC records of {stage.fed['mean_bytes']:.0f} bytes in "
        f"{stage.partitions} partitions with lz4, keys k0 to k999; model `ll_l2l2_byte18` "
        f"(byte 1- to 3-grams, 2^18). Medians with the smallest and the largest.", ""]
    if stage.options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(stage)]
    lines += ["", "| what | median | min | max | runs |", "|---|---|---|---|---|"]
    lines += [_row(*row) for row in _rows(stage, found)]
    lines += ["", "| target | reached | |", "|---|---|---|"]
    verdicts = list(_verdicts(stage, found))
    lines += [f"| {target} | {reached} | {word} |" for target, reached, word in verdicts]
    lines += [""] + _notes(stage, found)
    name = "development" if stage.development else "kafka"
    suffix = "-quick" if stage.options.quick else ""
    folder = stage.folder if stage.options.quick else stage.root / "Benchmarks"
    path = folder / f"results-{name}{suffix}.md"
    machine.publish(path, lines, stage.root)
    return all(word != "FAIL" for _, _, word in verdicts)


def _row(what, values, form="{:,.0f}"):
    median, low, high = machine.spread(values)
    cells = " | ".join(form.format(value) for value in (median, low, high))
    return f"| {what} | {cells} | {len(values)} |"


def _rows(stage, found):
    pairs = found["throughput"]
    echo = [pair[0] for pair in pairs]
    swerve = [pair[1] for pair in pairs]
    yield "echo, records/s (outside clock)", [row["outside"] for row in echo]
    yield "echo, records/s (its own clock)", [row["inside"] for row in echo]
    yield "Swerve, records/s (outside clock)", [row["outside"] for row in swerve]
    yield "Swerve / echo, pair by pair", _ratios(pairs), "{:.3f}"
    yield "Swerve, MB resident, peak with a full backlog", [row["peak"] for row in swerve]
    yield "Swerve, MB resident, 5 s after catching up", [row["quiet"] for row in swerve]
    yield "Swerve, longest poll gap of the run, ms", [row["gap"] for row in swerve], "{:.1f}"
    if found["python"]:
        for name, rates in peer.rows(found["python"]).items():
            yield f"{name}, records/s", rates
    names = {
        "none": "no change", "swap": "a swap a second, both versions loaded",
        "load": "a swap a second, each version loaded first",
        "other": "a promotion of another model a second"}
    for kind, name in names.items():
        if found["gaps"]["maxima"][kind]:
            yield f"poll gap, ms, longest of an interval: {name}", (
                found["gaps"]["maxima"][kind]), "{:.2f}"


def _ratios(pairs):
    return [swerve["outside"] / echo["outside"] for echo, swerve in pairs]


def _verdicts(stage, found):
    def verdict(target, value, form, is_met):
        return target, form.format(value), "PASS" if is_met(value) else "FAIL"

    pairs = found["throughput"]
    goal = 0.12 if stage.development else 0.3
    yield verdict(
        f"at least {goal} of the echo", statistics.median(_ratios(pairs)), "{:.3f}",
        lambda value: value >= goal)
    if found["python"]:
        rate = statistics.median(row["outside"] for _, row in pairs)
        yield verdict(
            "at least 30 times Python in batches",
            rate / statistics.median(found["python"]["batch"]), "{:.1f}",
            lambda value: value >= 30)
    else:
        yield "at least 30 times Python in batches", "not measured", "-"
    counted = found["allocations"]
    if counted:
        yield verdict(
            "0 allocations a record on the poll thread outside librdkafka",
            counted["own"] / counted["records"], "{:.6f}", lambda value: value < 0.0005)
    else:
        yield "0 allocations a record on the poll thread outside librdkafka", "not measured", "-"
    for target, key, bound in (
        ("under 220 MB resident with a full backlog", "peak", 220),
        ("under 80 MB resident caught up", "quiet", 80),
    ):
        yield verdict(
            target, statistics.median(row[key] for _, row in pairs), "{:.0f} MB",
            lambda value, bound=bound: value < bound)
    maxima = found["gaps"]["maxima"]
    if maxima["none"] and maxima["swap"]:
        yield verdict(
            "poll gap with swaps differs by at most 5 ms",
            statistics.median(maxima["swap"]) - statistics.median(maxima["none"]), "{:+.2f} ms",
            lambda value: abs(value) <= 5)
    else:
        yield "poll gap with swaps differs by at most 5 ms", "not measured", "-"


def _notes(stage, found):
    gaps = found["gaps"]
    dead = found["throughput"][0][1]["dead"]
    notes = [
        f"The echo writes {found['sample']['mean_bytes']:.0f} bytes a record, a sample of Swerve's "
        f"own predictions. Each run gave exactly {stage.records:,} predictions and dead letters "
        f"({dead} dead letters: a CSIC request without a path).", "",
        f"Poll gaps: a paced feed of 50,000 records/s, intervals of 4 s in turn, "
        f"{gaps['records']:,} records, {gaps['swaps']} swaps between two loaded versions, "
        f"{gaps['epochs']} epochs served, {gaps['rebalances']} rebalances."]
    if found["allocations"]:
        counted = found["allocations"]
        notes += [
            "", f"Allocations of the thread swerve-poll over {counted['records']:,} records after "
            f"warm-up: {counted['own']} of Swerve's, {counted['kafka']:,} of librdkafka's "
            f"({counted['kafka'] / counted['records']:.2f} a record)."]
        notes += [f"- {number}: `{name}`" for number, name in counted["sites"]]
    return notes
