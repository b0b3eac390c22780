"""How the cost of one input grows with the length of its text and with the support vectors."""
import math
import statistics

from .scoring_contestant import Contestant

# Below, what an input costs whatever its size is most of it.
FROM_BYTES = 4_096
FROM_VECTORS = 1_000
# Of the cost's growth: 1 is linear, 2 is quadratic. What no longer fits into a cache costs more a
# piece, by a constant factor, and lifts the slope a little.
EXPONENT = 1.15


def measure(ground, loaded):
    """`loaded` has, by case, the command line that Swerve's contestant was started with."""
    curves = []
    for key, title in (
        ("byte18", "hashed bytes"), ("char18", "hashed characters"), ("tfidf", "tf-idf"),
        ("lexical", "lexical features"),
    ):
        if key in loaded:
            points = [
                (length, _with_inputs(loaded[key], ground.folder / f"length-{length}.jsonl"))
                for length in ground.prepared["lengths"]]
            curves.append(_curve(ground, f"length-{key}", title, "bytes", points))
    points = [
        (count, ground.swerve(
            "score", ground.folder / f"vectors-{count}.model", ground.folder / "sparse.json",
            "--inputs", ground.folder / "csic.svm.jsonl", "--limit", 200, "--interactive"))
        for count in ground.prepared["vectors"]]
    curves.append(_curve(ground, "vectors", "RBF, 30 numbers", "vectors", points))
    return [curve for curve in curves if curve]


def _with_inputs(command, path):
    line = [str(part) for part in command]
    line[line.index("--inputs") + 1] = str(path)
    return line


def _curve(ground, key, title, unit, points):
    """Microseconds an input at each size: median, smallest, largest of the rounds."""
    ground.say(f"curve: {title}, by {unit}")
    contestants, plans = [], {}
    try:
        for size, command in points:
            contestant = Contestant(
                f"{key}-{size}", title, [command], [], ground.environment())
            if contestant.start(ground) is None:
                ground.note(f"no curve of {title} by {unit}: {contestant.fault}")
                return None
            contestants.append((size, contestant))
            inputs = contestant.ready["inputs"]
            rate = contestant.rate("input", 0, min(2, inputs), 1)
            rate = rate and contestant.rate("input", 0, min(20, inputs), 1)
            if rate is None:
                ground.note(f"no curve of {title} by {unit}: {contestant.fault}")
                return None
            wanted = rate * ground.seconds / 2
            plans[size] = (
                (inputs, max(1, round(wanted / inputs))) if wanted >= inputs
                else (max(1, round(wanted)), 1))
        found = {size: [] for size, _ in contestants}
        for _ in range(ground.rounds):
            for size, contestant in contestants:
                rate = contestant.rate("input", 0, *plans[size])
                found[size].append(1e6 / rate)
    finally:
        for _, contestant in contestants:
            contestant.stop()
    rows = [
        (size, statistics.median(times), min(times), max(times))
        for size, times in sorted(found.items())]
    return {"key": key, "title": title, "unit": unit, "rows": rows, "exponent": _exponent(
        rows, FROM_BYTES if unit == "bytes" else FROM_VECTORS)}


def _exponent(rows, start):
    """The slope of the line through the logarithms, by least squares; of the fastest rounds, which
    the machine's noise touched least."""
    points = [(math.log(size), math.log(least)) for size, _, least, _ in rows if size >= start]
    middle_x = statistics.fmean(x for x, _ in points)
    middle_y = statistics.fmean(y for _, y in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / sum(
        (x - middle_x) ** 2 for x, _ in points)
