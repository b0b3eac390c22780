"""From the moment at which a record was to be produced until its prediction is read, by intervals
with a swap a second and without, in turn; and what settings for low latency change.
"""
import itertools
import json
import subprocess
import threading
import time

from . import children, delivery, processes
from .service import Service
from .stage import MODEL

SETTLE_SECONDS = 4
# A model that is registered and served by nobody here.
OTHER = "other"
LEAD_SECONDS = 3
# What docs/delivery.md recommends where milliseconds matter; and what the development broker needs
# besides, whose long poll never wakes early.
LOW = ("kafka.producer: {linger.ms: 0}",)
LOW_IN_DEVELOPMENT = (*LOW, "kafka.consumer: {fetch.wait.max.ms: 1}")

# What the settings cost in throughput: a backlog with the defaults and with them.
COST = "cost"
WAYS = ("defaults", "low")
KEYS = ["swaps-1000", "swaps-50000", "low-1000", "low-50000", COST]


class Plan:
    """One paced run: a rate, lines of the configuration, and the kinds of its intervals in turn."""

    def __init__(self, key, name, rate, kinds, seconds, lines=()):
        self.key = key
        self.name = name
        self.rate = rate
        self.kinds = kinds
        self.seconds = seconds
        self.lines = list(lines)

    @property
    def records(self):
        return int(self.rate * (SETTLE_SECONDS + len(self.kinds) * self.seconds))


def plans(options):
    """Of one run. Kinds alternate, and which is first does too: what drifts, drifts for both."""
    order = ("none", "swap", "other") if options.with_other else ("none", "swap")
    turns = [order if number % 2 == 0 else order[::-1] for number in range(options.pairs)]
    kinds = list(itertools.chain.from_iterable(turns))
    still = ["none"] * options.pairs
    low = _low(options)
    named = {
        "swaps-1000": ("1,000/s", 1_000, kinds, ()),
        "swaps-50000": ("50,000/s", 50_000, kinds, ()),
        "low-1000": ("1,000/s, low latency", 1_000, still, low),
        "low-50000": ("50,000/s, low latency", 50_000, still, low)}
    return [
        Plan(key, name, rate, kinds, options.seconds, [*lines, *options.set])
        for key, (name, rate, kinds, lines) in named.items()
        if not options.only or key in options.only]


def _low(options):
    return LOW if options.bootstrap else LOW_IN_DEVELOPMENT


def inputs(options):
    return [f"in-{plan.key}" for plan in plans(options)]


def outputs(options, repeats):
    names = [f"out-{plan.key}" for plan in plans(options)]
    if not options.only or COST in options.only:
        names += [f"out-{way}-{number}" for number in range(repeats) for way in WAYS]
    return names


def measure(stage):
    found = {}
    for plan in plans(stage.options):
        found[plan.key] = _run(stage, plan)
        _say(stage, plan, found[plan.key])
    return found


def cost(stage):
    """Records a second over a backlog, with the defaults and for low latency in turn."""
    if stage.options.only and COST not in stage.options.only:
        return {}
    found = {way: [] for way in WAYS}
    for number in range(stage.repeats):
        for way in WAYS:
            lines = _low(stage.options) if way == "low" else ()
            keys = ["assignment: fixed", *lines, *stage.options.set]
            found[way].append(delivery.backlog(stage, f"{way}-{number}", 1, keys))
    return found


def _say(stage, plan, found):
    for kind in dict.fromkeys(plan.kinds):
        words = ", ".join(
            f"{name} {_median(found[kind], name):.2f} ms" for name in ("p50", "p99", "p99.9"))
        stage.say(f"{plan.name}, {kind}: {words}")


def _median(intervals, name):
    ordered = sorted(interval[name] for interval in intervals)
    return ordered[len(ordered) // 2]


def _run(stage, plan):
    source, output = f"in-{plan.key}", f"out-{plan.key}"
    lines = ["assignment: fixed", *plan.lines]
    service = Service(stage, plan.key, source, output, 1, lines)
    _wait_until_serving(stage, service)
    promotions = _Promotions(stage)
    # Both versions are loaded before the first interval.
    for _ in range(2):
        promotions.alternate(MODEL)
    start = time.monotonic_ns() + LEAD_SECONDS * 1_000_000_000
    first = start + SETTLE_SECONDS * 1_000_000_000
    arrivals = children.Lines([
        *stage.bench("arrivals", output), "--group", stage.topic(f"arrivals-{plan.key}"),
        "--records", plan.records, "--start", first, "--interval-ms", int(plan.seconds * 1e3),
        "--intervals", len(plan.kinds), *(["--fetch-wait-ms", 1] if stage.development else [])])
    arrivals.wait(1, 60)
    feeder = children.Lines([
        *stage.bench("pace", source), "--file", stage.csic, "--rate", plan.rate, "--records",
        plan.records, "--start", start])
    before = None
    for number, kind in enumerate(plan.kinds):
        begins = first + int(number * plan.seconds * 1e9)
        _wait(begins)
        before = before or _spent(stage, service)
        if kind != "none":
            _promote_each_second(promotions, kind, begins, plan.seconds)
    _wait(first + int(len(plan.kinds) * plan.seconds * 1e9))
    after = _spent(stage, service)
    fed = feeder.wait(1, 60)
    read = arrivals.wait(2, 60)
    slot = service.slot()
    promotions.stop()
    service.stop()
    feeder.stop()
    arrivals.stop()
    return _judge(stage, plan, fed, read, slot, promotions, {
        name: (after[name] - before[name]) / (len(plan.kinds) * plan.seconds * plan.rate) * 1e6
        for name in before})


def _judge(stage, plan, fed, read, slot, promotions, micros):
    if read["arrived"] != plan.records or read["unstamped"] or slot["counts"]["dead_letters"]:
        raise RuntimeError(
            f"{plan.name}: {read['arrived']:,} predictions of {plan.records:,} records, "
            f"{read['unstamped']} without a stamp: lost or doubled, no figure")
    served, epoch = slot["serving"]["epoch"], promotions.epochs[MODEL]
    if served != epoch:
        raise RuntimeError(f"{plan.name}: epoch {served} is served, not {epoch}")
    found = {"fed": fed, "micros": micros, "promotions": promotions.milliseconds[2:],
             "rebalances": slot["counts"]["rebalances"]}
    for kind, interval in zip(plan.kinds, read["intervals"]):
        found.setdefault(kind, []).append(interval)
    return found


def _spent(stage, service):
    return {
        "worker": processes.cpu_seconds(service.worker),
        "supervisor": processes.cpu_seconds(service.child.pid),
        "broker": processes.cpu_seconds(stage.broker_process)}


def _promote_each_second(promotions, kind, begins, seconds):
    """From a tenth of a second on, so that none reaches into the next interval."""
    offset = 0.1
    while offset < seconds - 0.5:
        _wait(begins + int(offset * 1e9))
        promotions.alternate(MODEL if kind == "swap" else OTHER)
        offset += 1.0


def _wait(moment):
    time.sleep(max(0.0, (moment - time.monotonic_ns()) / 1e9))


def _wait_until_serving(stage, service):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if service.slot().get("serving"):
                return
        except RuntimeError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{service.group} serves nothing: {service.last_words()}")


class _Promotions:
    """`swerve-bench promotions`: versions are promoted by one process that is there already."""

    def __init__(self, stage):
        line = [
            stage.build / "swerve-bench", "promotions", "--bootstrap", stage.bootstrap,
            "--registry", stage.folder / "swerve.db", "--control-topic",
            stage.topic("swerve.control"), *(["--development"] if stage.development else [])]
        self._lines = children.Lines(line, stdin=subprocess.PIPE)
        self.epochs = {}
        self.milliseconds = []
        self._versions = {}

    def alternate(self, model):
        """Promotes version 2 of the model, and 1 where 2 was the last."""
        version = self._versions[model] = 3 - self._versions.get(model, 1)
        self._lines.child.stdin.write(f"{model}@{version}\n")
        self._lines.child.stdin.flush()
        done = self._lines.wait(len(self.milliseconds) + 1, 30)
        self.epochs[model] = done["epoch"]
        self.milliseconds.append(done["milliseconds"])

    def stop(self):
        self._lines.child.stdin.close()
        self._lines.stop()
