"""What a worker's scoring threads gain: batches scored by the scorer alone, by a team of one thread
and by a team of two, in turn."""
import json
import os
import statistics

from . import children, machine

# One that is costly, and one that is not.
CASES = ("rbf", "byte18")
COSTLY = "rbf"
LEAST = 1.6
THREADS = (0, 1, 2)
SECONDS = 1_200


def measure(ground, started, titles):
    """By case, the records a second of each number of threads."""
    if len(os.sched_getaffinity(0)) < max(THREADS):
        ground.note("scoring threads are not measured: there is one processor alone")
        return []
    found = []
    for key in CASES:
        if key not in started:
            continue
        command = [str(part) for part in started[key] if part != "--interactive"]
        line = [command[0], "team", *command[2:], "--rounds", ground.rounds]
        for number in THREADS:
            line += ["--threads", number]
        if ground.options.quick:
            line += ["--limit", 2_000]
        out = children.run(line, SECONDS, env=ground.environment())
        rows = [json.loads(words) for words in out.splitlines()]
        if not all(row["bytes_agree"] for row in rows):
            raise RuntimeError(f"{key}: the predictions of several threads are other bytes")
        found.append({
            "key": key, "title": titles[key],
            "rates": {row["threads"]: row["records_per_s"] for row in rows}})
    return found


def verdicts(found):
    words = f"two scoring threads of a worker to one, RBF: at least {LEAST} times"
    for row in found:
        if row["key"] == COSTLY:
            middle, low, high = ratio(row, 2, 1)
            word = "PASS" if middle >= LEAST else "FAIL"
            yield words, f"{middle:.2f}", f"{low:.2f} to {high:.2f}", word
            return
    yield words, "not measured", "", "-"


def ratio(row, ours, theirs):
    """The ratio of the medians, and the smallest and largest of one round."""
    ours, theirs = row["rates"][ours], row["rates"][theirs]
    by_round = [a / b for a, b in zip(ours, theirs)]
    return statistics.median(ours) / statistics.median(theirs), min(by_round), max(by_round)


def table(found):
    yield "## Scoring threads"
    yield ""
    yield (
        "Batches of 1,000 records, from their bytes to their predictions' bytes, without Kafka: by "
        "the scorer alone, and with `scoring_threads` 1 and 2. The bytes agree.")
    yield ""
    yield "| model | scoring threads | records a second | min | max | to one thread |"
    yield "|---|---|---|---|---|---|"
    for row in found:
        title = row["title"]
        for number, rates in row["rates"].items():
            cells = " | ".join(f"{value:,.0f}" for value in machine.spread(rates))
            name = number or "the scorer alone"
            yield f"| {title} | {name} | {cells} | {ratio(row, number, 1)[0]:.2f} |"
            title = ""
