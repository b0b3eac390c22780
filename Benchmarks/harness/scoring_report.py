"""The tables of Benchmarks/scoring, and whether each target was met."""
import statistics

from . import machine, scoring_curves, scoring_plot, scoring_rounds, scoring_threads

MEMORY_FACTOR = 2
# Of |a-b| / max(1, |a|).
EXACT = 1e-9
FLOAT32 = 1e-3


def write(ground, found, command):
    verdicts = list(_verdicts(ground, found))
    lines = [
        "# Benchmarks of scoring", "",
        f"Made by `{command}`. One thread each; every contestant is a process of its own that "
        f"holds model and inputs in memory; {ground.rounds} rounds, all contestants of a model in "
        "turn. "
        "Medians with the smallest and the largest round.", ""]
    if ground.options.quick:
        lines += ["**A smoke run (`--quick`): too small for figures.**", ""]
    lines += [f"- {name}: {value}" for name, value in machine.describe(ground)]
    lines += [f"- {line}" for line in _machine(ground, found)]
    lines += ["", "## Targets", "", "| target | reached | rounds, least to most | |",
              "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in verdicts]
    lines += ["", *_rates(found), "", *_agreement(found), "", *_loads(found["loads"])]
    if found["allocations"] is not None:
        lines += ["", *_allocations(found["allocations"])]
    if found["threads"]:
        lines += ["", *scoring_threads.table(found["threads"])]
    if found["curves"]:
        lines += ["", *_curves(found["curves"], _name(ground, "svg"))]
        (_folder(ground) / _name(ground, "svg")).write_text(scoring_plot.draw(found["curves"]))
    lines += [f"\n{note}" for note in ground.notes]
    path = _folder(ground) / _name(ground, "md")
    machine.publish(path, lines, ground.root)
    return all(row[-1] == "PASS" for row in verdicts)


def _folder(ground):
    given = ground.options
    whole = not (given.quick or given.only or given.no_curves)
    return ground.root / "Benchmarks" if whole else ground.folder


def _name(ground, ending):
    return f"results-scoring.{ending}"


def _machine(ground, found):
    for way, word in (("arithmetic", "arithmetic"), ("memory", "a walk through 4 MiB")):
        times = found["noise"][way]
        if times:
            median, low, high = machine.spread(times)
            yield (
                f"noise, {word} that never changes, {len(times)} times between the rounds: "
                f"{median * 1e3:.1f} ms ({low * 1e3:.1f} to {high * 1e3:.1f})")
    ready_words = [ready for case in found["cases"] for ready in case["ready"].values()]
    libraries = sorted({ready["library"] for ready in ready_words if "library" in ready})
    yield f"peers: {', '.join(libraries)}"
    for ready in ready_words:
        if "threads" in ready:
            kernels = ", ".join(
                f"{info['internal_api']} {info['version'] or ''} {info['architecture'] or ''} "
                f"on {info['num_threads']} thread" for info in ready["threads"])
            yield f"numeric libraries of the Python peers: {' '.join(kernels.split())}"
            return


def _verdicts(ground, found):
    for case in found["cases"]:
        for target in case["case"].targets:
            yield _ratio(case, target)
    for case in found["cases"]:
        loaded = found["loads"].get(case["case"].key)
        bound = case["case"].weighed
        if bound:
            words = f"load of {case['case'].title}, under {bound} ms"
            yield _bounded(words, loaded and loaded["milliseconds"], bound)
    for case in found["cases"]:
        loaded = found["loads"].get(case["case"].key)
        if case["case"].weighed is not None:
            words = f"memory of {case['case'].title}, at most {MEMORY_FACTOR} times its weights"
            if not loaded:
                yield words, "not measured", "", "-"
                continue
            factor = loaded["resident_bytes_each"] / _weights(loaded)
            yield words, f"{factor:.2f}", "", "PASS" if factor <= MEMORY_FACTOR else "FAIL"
    yield from _agreement_verdicts(found)
    yield from _allocation_verdict(found["allocations"])
    yield from scoring_threads.verdicts(found["threads"])
    for curve in found["curves"]:
        exponent = curve["exponent"]
        is_linear = exponent <= scoring_curves.EXPONENT
        yield (
            f"cost of {curve['title']} grows linearly with {curve['unit']} (exponent at most "
            f"{scoring_curves.EXPONENT})", f"{exponent:.3f}", "", "PASS" if is_linear else "FAIL")


def _ratio(case, target):
    aim = f" (aim {target.aim})" if target.aim else ""
    if not target.theirs:
        words = f"{target.text}: at least {target.factor:,} a second{aim}"
        rates = case["rates"].get(target.ours)
        if not rates:
            return words, "not measured", "", "-"
        median, low, high = machine.spread(rates)
        word = "PASS" if median >= target.factor else "FAIL"
        return words, f"{median:,.0f}", f"{low:,.0f} to {high:,.0f}", word
    words = f"{target.text}: at least {target.factor} times{aim}"
    found = scoring_rounds.ratio(case, target.ours, target.theirs)
    if not found:
        return words, "not measured", "", "-"
    middle, low, high, (_, way) = found
    word = "PASS" if middle >= target.factor else "FAIL"
    against = {"batch": "batches", "one": "one at a time", "input": "Swerve itself"}[way]
    digits = 1 if target.factor > 1 else 2
    return (
        words, f"{middle:.{digits}f} (to {against})", f"{low:.{digits}f} to {high:.{digits}f}", word)


def _bounded(words, values, bound):
    if not values:
        return words, "not measured", "", "-"
    median, low, high = machine.spread(values)
    word = "PASS" if median < bound else "FAIL"
    return words, f"{median:.1f} ms", f"{low:.1f} to {high:.1f}", word


def _agreement_verdicts(found):
    for name, is_float32, bound in (
        ("scikit-learn, LIBSVM and LIBLINEAR", False, EXACT),
        ("onnxruntime, or of scikit-learn's from its float32 export", True, FLOAT32),
    ):
        words = f"decisions and probabilities are those of {name} within {bound:.0e}"
        largest = [
            compared[0] for case in found["cases"]
            for first, _, compared, is_onnx in case["differences"]
            if compared and first.startswith("Swerve") and is_onnx == is_float32]
        if not largest:
            yield words, "not measured", "", "-"
        else:
            word = "PASS" if max(largest) <= bound else "FAIL"
            yield words, f"{max(largest):.1e}", "", word


def _allocation_verdict(counted):
    words = "no allocation of Swerve's own code per record"
    if not counted:
        yield words, "not measured", "", "-"
        return
    total = sum(row["allocations"] for row in counted)
    records = sum(row["records"] for row in counted)
    reached = f"{total} over {records:,} records"
    yield words, reached, "", "PASS" if total == 0 else "FAIL"


def _rates(found):
    yield "## Records a second"
    yield ""
    yield "| model | contestant | median | min | max | µs a record |"
    yield "|---|---|---|---|---|---|"
    for case in found["cases"]:
        title = case["case"].title
        for contestant in case["case"].contestants:
            for way, words in contestant.ways:
                rates = case["rates"].get((contestant.key, way))
                if not rates:
                    continue
                cells = " | ".join(f"{value:,.0f}" for value in machine.spread(rates))
                cost = 1e6 / statistics.median(rates)
                yield f"| {title} | {contestant.title}, {words} | {cells} | {cost:.2f} |"
                title = ""
        for name, fault in case["faults"]:
            yield f"| {title} | {name} | {' '.join(str(fault).split())[:160]} | | | |"
            title = ""


def _agreement(found):
    yield "## Do they say the same?"
    yield ""
    yield (
        "The largest difference of a decision or probability from Swerve's, |a-b| / max(1, |a|), "
        "over all inputs. onnxruntime calculates in float32.")
    yield ""
    yield "| model | contestant | largest difference | inputs |"
    yield "|---|---|---|---|"
    for case in found["cases"]:
        for first, other, compared, _ in case["differences"]:
            if compared:
                largest, rows = compared
                yield (
                    f"| {case['case'].title} | {other}, from {first} | {largest:.1e} | {rows:,} |")


def _weights(loaded):
    return loaded["weight_bytes"] + loaded["vocabulary_bytes"]


def _loads(loads):
    yield "## Load and memory"
    yield ""
    yield (
        "From the artifact's bytes in memory to a scorer that may serve, self-test included. "
        "Memory is the growth by one more scorer: what the kernel says is resident, and what the "
        "allocator has given out. Weights are the model's numbers as doubles, and a vocabulary's "
        "terms and idf. Scratch is one thread's buffers for features and scores, at the longest "
        "input. The parser, for any number of scorers, reserves "
        f"{max((row['parser_bytes'] for row in loads.values()), default=0) / 1e6:.1f} MB more, of "
        "which only what records reach becomes resident.")
    yield ""
    yield (
        "| model | load ms | min | max | runs | weights MB | resident MB | allocated MB | "
        "scratch MB |")
    yield "|---|---|---|---|---|---|---|---|---|"
    for loaded in loads.values():
        times = " | ".join(f"{value:.2f}" for value in machine.spread(loaded["milliseconds"]))
        sizes = " | ".join(f"{value / 1e6:.2f}" for value in (
            _weights(loaded), loaded["resident_bytes_each"], loaded["heap_bytes_each"],
            loaded["scratch_bytes"]))
        yield f"| {loaded['title']} | {times} | {len(loaded['milliseconds'])} | {sizes} |"


def _allocations(counted):
    yield "## Allocations of Swerve's own code, after warm-up"
    yield ""
    yield "| model | way | allocations | records |"
    yield "|---|---|---|---|"
    for row in counted:
        yield f"| {row['case']} | {row['way']} | {row['allocations']} | {row['records']:,} |"
    for row in counted:
        for number, name in row["sites"]:
            yield f"- {row['case']}, {row['way']}: {number} by `{name}`"


def _curves(curves, image):
    yield "## Growth"
    yield ""
    yield f"![Time of one input by length of text and by support vectors]({image})"
    yield ""
    yield (
        "The exponent is the slope of the logarithms of the fastest rounds, from "
        f"{scoring_curves.FROM_BYTES:,} bytes or {scoring_curves.FROM_VECTORS:,} vectors on; 1 is "
        "linear.")
    for curve in curves:
        unit = curve["unit"]
        yield ""
        yield f"**{curve['title']}**, exponent {curve['exponent']:.3f}"
        yield ""
        yield f"| {unit} | µs an input | min | max | ns a {unit[:-1]} |"
        yield "|---|---|---|---|---|"
        for size, median, low, high in curve["rows"]:
            cells = " | ".join(f"{value:,.2f}" for value in (median, low, high))
            yield f"| {size:,} | {cells} | {1e3 * median / size:.2f} |"
