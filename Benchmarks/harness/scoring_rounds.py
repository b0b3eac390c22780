"""All contestants of a case in rounds, each a short pass in turn."""
import json
import statistics

from . import children
from .scoring_contestant import Contestant, difference

# A slow contestant takes part of the inputs a round, never less than one batch.
LEAST = {"batch": 500, "one": 100}


class Noise:
    """Two loops that never change: how much the machine itself varies from round to round."""

    def __init__(self, ground):
        self.contestant = Contestant(
            "noise", "noise", [[ground.predict, "noise"]], [], ground.environment())
        self.ground = ground
        self.seconds = {"arithmetic": [], "memory": []}

    def start(self):
        if self.contestant.start(self.ground) is None:
            raise RuntimeError(f"noise: {self.contestant.fault}")

    def look(self):
        for way, found in self.seconds.items():
            found.append(self.contestant.ask(f"pass {way} 0 1 1")["seconds"])

    def stop(self):
        self.contestant.stop()


def measure(ground, case, noise):
    """Rates by contestant and way, differences of the scores, and who could not take part."""
    ground.say(case.title)
    found = {"case": case, "rates": {}, "differences": [], "faults": [], "ready": {}}
    present = []
    for contestant in case.contestants:
        ready = contestant.start(ground)
        if ready is None:
            found["faults"].append((contestant.title, contestant.fault))
        else:
            found["ready"][contestant.key] = ready
            present.append(contestant)
    try:
        entries = [(c, way) for c in present for way, _ in c.ways]
        plans = {}
        for contestant, way in entries:
            plan = _plan(ground, contestant, way, found["ready"][contestant.key]["inputs"])
            if plan is None:
                found["faults"].append((contestant.title, contestant.fault))
            else:
                plans[contestant.key, way] = plan
        entries = [(c, way) for c, way in entries if (c.key, way) in plans]
        for number in range(ground.rounds if entries else 0):
            noise.look()
            # Each round begins with another one: no contestant always follows the same.
            turn = number % len(entries)
            for contestant, way in entries[turn:] + entries[:turn]:
                count, repeats = plans[contestant.key, way]
                rate = contestant.rate(way, number * count, count, repeats)
                found["rates"].setdefault((contestant.key, way), []).append(rate)
        found["differences"] = _compare(ground, present)
    finally:
        for contestant in present:
            contestant.stop()
    return found


def _plan(ground, contestant, way, inputs):
    """How many inputs, how often: about as long as a pass should take."""
    count = min(inputs, LEAST.get(way, inputs))
    rate = contestant.rate(way, 0, count, 1)
    if rate is None:
        return None
    wanted = rate * ground.seconds
    if wanted >= inputs:
        return inputs, max(1, round(wanted / inputs))
    least = min(inputs, LEAST.get(way, 1))
    batches = max(1, round(wanted / least))
    return min(inputs, batches * least), 1


def _compare(ground, present):
    """Each against the first, which is Swerve where Swerve could load the model; and whether one of
    the two has float32 weights."""
    if not present:
        return []
    values = [(contestant, contestant.values(ground)) for contestant in present if contestant.is_same]
    first, ours = values[0]
    return [
        (first.title, other.title, difference(ours, theirs), first.is_onnx or other.is_onnx)
        for other, theirs in values[1:]]


def ratio(found, ours, theirs):
    """The ratio of medians, the smallest and largest ratio of one round, and against whom."""
    rates = found["rates"]
    if ours not in rates or not any(key in rates for key in theirs):
        return None
    fastest = max(
        (key for key in theirs if key in rates), key=lambda key: statistics.median(rates[key]))
    by_round = [a / b for a, b in zip(rates[ours], rates[fastest])]
    middle = statistics.median(rates[ours]) / statistics.median(rates[fastest])
    return middle, min(by_round), max(by_round), fastest


def load(ground, contestant, seconds=1_200):
    """What loading the model of a contestant takes, and what it weighs."""
    command = [str(part) for part in contestant.commands[contestant.chosen]]
    end = command.index("--inputs")
    command = [command[0], "load", *command[2:end]]
    out = children.run(command, seconds, env=ground.environment())
    return json.loads(out.splitlines()[-1])

