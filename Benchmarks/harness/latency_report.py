"""The tables of Benchmarks/latency, and whether each target was met."""
import random
import statistics

from . import latency, machine

NAMES = ("p50", "p99", "p99.9", "max")
KINDS = {
    "none": "no swap", "swap": "a swap a second",
    "other": "a promotion of another model a second"}
RATIO = 1.1
RESAMPLES = 10_000
DEFAULT_MS = 10
LOW_MS = 3


def write(stage, found, cost, command):
    options = stage.options
    broker = "development" if stage.development else "kafka"
    where = "the development broker" if stage.development else "a real Kafka"
    lines = [
        f"# Latency on {where}", "",
        f"Made by `{command}`. One worker, CSIC records in {stage.partitions} partitions, model "
        "`ll_l2l2_byte18`. Milliseconds from the moment at which a record was to be produced (an "
        "open loop: a feeder that is late counts against the record) until a consumer that waits "
        f"has its prediction. Intervals of {options.seconds:g} s; medians over the intervals with "
        "the smallest and the largest.", ""]
    if options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(stage)]
    lines += ["", "| rate | intervals | what | median | min | max | runs |", "|---|---|---|---|---|---|---|"]
    plans = [plan for plan in latency.plans(options) if plan.key in found]
    for plan in plans:
        for kind, name in KINDS.items():
            for what in NAMES:
                values = [interval[what] for interval in found[plan.key].get(kind, [])]
                if values:
                    lines.append(_row(f"{plan.name} | {name} | {what}, ms", values, "{:.2f}"))
    if cost:
        lines += ["", "| one worker over a backlog, records/s | median | min | max | runs |",
                  "|---|---|---|---|---|"]
        lines += [_row(way, rates, "{:,.0f}") for way, rates in cost.items()]
    lines += ["", "| target | reached | |", "|---|---|---|"]
    verdicts = list(_verdicts(found, cost))
    lines += [f"| {target} | {reached} | {word} |" for target, reached, word in verdicts]
    lines += [""] + [note for plan in plans for note in _notes(plan, found[plan.key])]
    name = f"results-latency-{broker}{'-quick' if options.quick else ''}.md"
    folder = stage.root / "Benchmarks" / ("out" if options.quick else "")
    folder.mkdir(exist_ok=True)
    path = folder / name
    machine.publish(path, lines, stage.root)
    return all(word != "FAIL" for _, _, word in verdicts)


def _row(what, values, form):
    cells = " | ".join(form.format(value) for value in machine.spread(values))
    return f"| {what} | {cells} | {len(values)} |"


def ratio(still, swapped):
    """Of the medians, with the interval that 95 % of resamples of the pairs lie in."""
    pairs = list(zip(still, swapped))
    # The same figures give the same interval.
    draw = random.Random(1)
    ratios = sorted(
        _of_medians(draw.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    edge = RESAMPLES // 40
    return _of_medians(pairs), ratios[edge], ratios[-edge - 1]


def _ratio_words(still, swapped):
    middle, low, high = ratio(still, swapped)
    return middle, f"{middle:.3f} (95 %: {low:.3f} to {high:.3f})"


def _of_medians(pairs):
    still, swapped = zip(*pairs)
    return statistics.median(swapped) / statistics.median(still)


def _verdicts(found, cost):
    for key, rate in (("swaps-1000", "1,000/s"), ("swaps-50000", "50,000/s")):
        target = f"{rate}: p99 with a swap a second at most {RATIO} times that without"
        if key not in found:
            yield target, "not measured", "-"
            continue
        tails = {
            kind: [interval["p99"] for interval in found[key][kind]]
            for kind in KINDS if kind in found[key]}
        middle, words = _ratio_words(tails["none"], tails["swap"])
        yield target, words, "PASS" if middle <= RATIO else "FAIL"
        if "other" in tails:
            yield (
                f"{rate}: p99 with a swap, of that with promotions of another model",
                _ratio_words(tails["other"], tails["swap"])[1], "-")
    for key, words, bound in (
        ("swaps-1000", "with the defaults", DEFAULT_MS), ("low-1000", "for low latency", LOW_MS)
    ):
        target = f"1,000/s: p50 under {bound} ms {words}"
        if key not in found:
            yield target, "not measured", "-"
            continue
        middle = statistics.median(interval["p50"] for interval in found[key]["none"])
        yield target, f"{middle:.2f} ms", "PASS" if middle < bound else "FAIL"
    if cost:
        middle = statistics.median(a / b for a, b in zip(cost["low"], cost["defaults"]))
        yield "throughput for low latency, of that with the defaults", f"{middle:.2f}", "-"


def _notes(plan, found):
    late = found["fed"]["late"]
    micros = found["micros"]
    lines = "; ".join(f"`{line}`" for line in plan.lines)
    note = (
        f"- {plan.name}{f' ({lines})' if lines else ''}: {found['fed']['records']:,} records, all "
        f"answered once; the feeder was late by {late['p50']:.2f} ms (p50), {late['p99']:.2f} ms "
        f"(p99), {late['max']:.1f} ms at most; CPU µs a record: worker {micros['worker']:.1f}, "
        f"supervisor {micros['supervisor']:.1f}, broker {micros['broker']:.1f}; "
        f"{found['rebalances']} rebalances")
    if found["promotions"]:
        note += (
            f"; {len(found['promotions'])} swaps between two loaded versions, announced in "
            f"{statistics.median(found['promotions']):.1f} ms (median)")
    yield note + "."
