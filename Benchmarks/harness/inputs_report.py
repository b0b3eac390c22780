"""The tables of Benchmarks/inputs, and whether each target was met."""
import statistics

from . import inputs, machine, processes
from .stage import MODEL

SHARE = 0.70
DECODE_MICROS = 0.4
PYTHON_TIMES = 350
PYTHON = "Python as usually written"


def write(stage, families, found, others, python, command):
    broker = "development" if stage.development else "kafka"
    lines = [
        f"# Forms of input on {'the development broker' if stage.development else 'a real Kafka'}",
        "", f"Made by `{command}`. {stage.records:,} records of the same CSIC requests in each form, "
        f"in {stage.partitions} partitions with lz4; {stage.repeats} repetitions, in which all rows "
        "take turns. Medians with the smallest and the largest.", ""]
    if stage.options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(stage)]
    for family in families:
        lines += ["", f"## {family.name}", "", *_family(stage, family, found[family.key])]
    lines += ["", "## Decoding", "", *_decoding(families, found, others)]
    if python:
        lines += ["", "## The Python service", "", "| records/s | median | min | max | runs |",
                  "|---|---|---|---|---|"]
        lines += [_row(name, rates, "{:,.0f}") for name, rates in python.items()]
    lines += ["", "## Targets", "", "| target | reached | |", "|---|---|---|"]
    verdicts = list(_verdicts(stage, families, found, python))
    lines += [f"| {target} | {reached} | {word} |" for target, reached, word in verdicts]
    lines += ["", *_notes()]
    name = f"results-inputs-{broker}{'-quick' if stage.options.quick else ''}.md"
    path = (stage.folder if stage.options.quick else stage.root / "Benchmarks") / name
    machine.publish(path, lines, stage.root)
    return all(word != "FAIL" for _, _, word in verdicts)


def _row(what, values, form):
    median, low, high = machine.spread(values)
    cells = " | ".join(form.format(value) for value in (median, low, high))
    return f"| {what} | {cells} | {len(values)} |"


def _family(stage, family, rows):
    size = stage.record_bytes[family.key]
    cost = rows[0]["cost"]
    yield (
        f"{size:.0f} bytes a record"
        + (f", {cost['mean_text_bytes']:.0f} of text scored" if cost["mean_text_bytes"] else "")
        + f", {cost['mean_prediction_bytes']:.0f} of prediction without its place and key; "
        f"{rows[0][inputs.SHAPES[0].key]['dead']} dead letters.")
    yield ""
    yield "| what | median | min | max | runs |"
    yield "|---|---|---|---|---|"
    column = lambda *path: [_dig(row, path) for row in rows]  # noqa: E731
    yield _row("echo, records/s", column("echo", "rate"), "{:,.0f}")
    yield _row("echo, CPU µs a record: its own", column("echo", "own"), "{:.2f}")
    yield _row("echo, CPU µs a record: the broker", column("echo", "broker"), "{:.2f}")
    yield _row("from bytes to the score, CPU µs", column("cost", "score"), "{:.2f}")
    yield _row("from bytes to the prediction's, CPU µs", column("cost", "predict"), "{:.2f}")
    yield _row("**limit**, records/s", column("limit"), "{:,.0f}")
    for shape in inputs.SHAPES:
        key, name = shape.key, shape.name
        yield _row(f"{name}, records/s", column(key, "rate"), "{:,.0f}")
        yield _row(f"{name}: **share of the limit**", _shares(rows, shape), "{:.3f}")
        yield _row(
            f"{name}: share, had predictions no cost",
            _shares(rows, shape, "limit_of_scores"), "{:.3f}")
        for kind in ("worker", "supervisor", "broker"):
            what = "workers" if kind == "worker" and shape.workers > 1 else kind
            yield _row(f"{name}, CPU µs a record: {what}", column(key, kind), "{:.2f}")
        yield _row(f"{name}: share of the cores in use", column(key, "busy"), "{:.2f}")


def _dig(row, path):
    for key in path:
        row = row[key]
    return row


def _shares(rows, shape, limit="limit"):
    return [row[shape.key]["rate"] / row[limit] for row in rows]


def _decoding(families, found, others):
    yield "| ns a record | median | min | max | runs | bytes a record | bytes of text |"
    yield "|---|---|---|---|---|---|---|"
    rows = [(f.decoding, [row["cost"] for row in found[f.key]]) for f in families]
    rows += [(inputs.OTHERS[key], costs) for key, costs in others.items()]
    for name, costs in rows:
        cells = _row(name, [cost["decode"] * 1e3 for cost in costs], "{:.0f}")
        yield f"{cells} {costs[0]['mean_bytes']:.0f} | {costs[0]['mean_text_bytes']:.0f} |"


def _verdicts(stage, families, found, python):
    for family in families:
        rows = found[family.key]
        best = {s.name: statistics.median(_shares(rows, s)) for s in inputs.SHAPES}
        yield (
            f"{family.name}: at least {SHARE:.2f} of the limit by one or two workers",
            "; ".join(f"{share:.3f} by {name}" for name, share in best.items()),
            "PASS" if max(best.values()) >= SHARE else "FAIL")
    for family in families:
        # The target is of the requests: 30 numbers are another matter than four short strings.
        if family.model != MODEL:
            continue
        decode = statistics.median(row["cost"]["decode"] for row in found[family.key])
        yield (
            f"decoding of {family.decoding} under {DECODE_MICROS} µs a record",
            f"{decode:.3f} µs", "PASS" if decode < DECODE_MICROS else "FAIL")
    target = f"at least {PYTHON_TIMES} times Python as usually written (on Kafka), a process each"
    if python and "json" in found:
        rate = statistics.median(
            row[inputs.SHAPES[0].key]["rate"] for row in found["json"])
        times = rate / statistics.median(python[PYTHON])
        word = "-" if stage.development else "PASS" if times >= PYTHON_TIMES else "FAIL"
        yield target, f"{times:.0f}", word
    else:
        yield target, "not measured", "-"


def _notes():
    return [
        f"The limit is {processes.cores()} cores, divided by the processor time that a record costs "
        "at least: that of the echo, of its process and of the broker's, and that of one thread from "
        "the record's bytes to the prediction's, all of the same repetition. An echo writes as many "
        "bytes as Swerve's predictions of the same form have. `had predictions no cost` leaves the "
        "writing of the prediction out of the limit.", "",
        "A combined log has no bodies: its texts, and those of `JSON without bodies`, are the "
        "requests' first lines alone. Shares compare each form with its own echo."]
