"""The table of Benchmarks/delivery, and whether each target was met."""
import statistics

from . import delivery, machine


def write(stage, found, command):
    rates = found["rates"]
    broker = "development" if stage.development else "kafka"
    lines = [
        f"# Ways of delivery on {'the development broker' if stage.development else 'a real Kafka'}",
        "", f"Made by `{command}`. {stage.records:,} CSIC records in {stage.partitions} partitions "
        "with lz4; model `ll_l2l2_byte18`; assignment static. Records a second by the outside "
        "clock: medians with the smallest and the largest.", ""]
    if stage.options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(stage)]
    lines += ["", "| what | median | min | max | of the echo | runs |", "|---|---|---|---|---|---|"]
    for name, values in rates.items():
        median, low, high = machine.spread(values)
        share = _ratio(values, rates["echo"])
        lines.append(
            f"| {name} | {median:,.0f} | {low:,.0f} | {high:,.0f} | {share:.3f} | {len(values)} |")
    for name, values in found["python"].items():
        median, low, high = machine.spread(values)
        share = median / statistics.median(rates["echo"])
        lines.append(
            f"| {name} | {median:,.0f} | {low:,.0f} | {high:,.0f} | {share:.4f} | {len(values)} |")
    lines += ["", "| target | reached | |", "|---|---|---|"]
    verdicts = list(_verdicts(stage, found))
    lines += [f"| {target} | {reached} | {word} |" for target, reached, word in verdicts]
    name = f"results-delivery-{broker}{'-quick' if stage.options.quick else ''}.md"
    path = (stage.folder if stage.options.quick else stage.root / "Benchmarks") / name
    machine.publish(path, lines, stage.root)
    return all(word != "FAIL" for _, _, word in verdicts)


def _ratio(values, others):
    """The median of the ratios, run by run."""
    return statistics.median(value / other for value, other in zip(values, others))


def _verdicts(stage, found):
    rates = found["rates"]
    once = rates["at least once"]
    thread, threads = (delivery.costly_name(number) for number in delivery.COSTLY_THREADS)
    for target, name, other, bound, is_judged in (
        ("exactly once at 500 ms at least 0.6 of at least once (on Kafka)",
         "exactly once, 500 ms", once, 0.6, not stage.development),
        ("two workers at least 1.2 times one (on the development broker)",
         "at least once, 2 workers", once, 1.2, stage.development),
        # A real broker and its garbage collector are at work on the same processors.
        ("two scoring threads of a worker at least 1.6 times one, RBF (on the development broker)",
         threads, rates[thread], 1.6, stage.development),
    ):
        if name not in rates:
            yield target, "not measured", "-"
            continue
        reached = _ratio(rates[name], other)
        word = "-" if not is_judged else "PASS" if reached >= bound else "FAIL"
        yield target, f"{reached:.2f}", word
    window = 0.25 * found["kill"]["rate"]
    yield (
        "after a kill at most 250 ms of records twice",
        f"{found['kill']['twice']:,} records, of {window:,.0f} in 250 ms",
        "PASS" if found["kill"]["twice"] <= window else "FAIL")
