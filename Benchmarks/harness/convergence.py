"""From a promotion's commit to the last slot's first poll under its epoch, by what must be loaded.

`cold`: a version that no worker has seen: out of the registry into the cache, parsed, tested.
`cached`: three versions in turn, so that the one promoted is in the cache and not in memory.
`loaded`: the previous version, which is in memory. `rollback`: the same swap by swerve rollback;
the two alternate. After some changes fleet and broker are renewed, the caches stay.
"""
import json
import subprocess
import time

from . import children
from .ground import PARTITIONS
from .stage import MODEL

SLOTS = 8
RATE = 300
CACHED_VERSIONS = 3
# After so many changes a fresh broker, and a fleet on it; see Ground.renew_broker.
CHANGES_OF_A_BROKER = 100


def measure(ground):
    registry = ground.registry("linear")
    count = ground.promotions + CACHED_VERSIONS
    took = ground.fill(
        registry, ground.base, ground.folder / "byte18.json", count, 1, MODEL)
    ground.say(f"{count} versions of 2^18 weights registered in {took['seconds']:.1f} s")
    found = {"delivery": _delivery(ground)}
    fresh = iter(range(1 + CACHED_VERSIONS, 1 + count))
    found["cold"] = _in_turns(ground, registry, ground.promotions, 1, lambda fleet, number: [
        fleet.promote(version) for _, version in zip(range(number), fresh)])
    ground.say("cold promotions measured")
    found["cached"] = _in_turns(ground, registry, ground.promotions, 1, _cached)
    ground.say("cached promotions measured")
    pairs = _in_turns(ground, registry, ground.promotions, 3, _pairs)
    found["loaded"] = [loaded for loaded, _ in pairs]
    found["rollback"] = [rollback for _, rollback in pairs]
    ground.say("swaps and rollbacks measured")
    return found


def _in_turns(ground, registry, number, changes, body):
    """What `body` measures `number` times in all, with `changes` each, on fleets that serve the
    last of the versions in their caches."""
    found = []
    while len(found) < number:
        ground.renew_broker()
        fleet = Fleet(ground, registry, ground.stable)
        fleet.start()
        for version in range(1, 1 + CACHED_VERSIONS):
            if version != fleet.stable:
                fleet.promote(version)
        found += body(fleet, min(number - len(found), CHANGES_OF_A_BROKER // changes))
        fleet.stop()
        ground.stable = fleet.stable
    return found


def _cached(fleet, number):
    """Three versions in turn: the one promoted is neither the stable nor the previous one."""
    return [fleet.promote(1 + index % CACHED_VERSIONS) for index in range(number)]


def _pairs(fleet, number):
    """A promotion of the loaded previous version and its rollback, in turn."""
    found = []
    other = 1
    for _ in range(number):
        stable = fleet.stable
        # A rollback leaves no previous version; this one loads it again and is not counted.
        fleet.promote(other)
        found.append((fleet.promote(stable), fleet.rollback()))
        other = stable
    return found


def _delivery(ground):
    return json.loads(children.run(
        [*ground.bench("delivery", "delivery", 1), "--rounds", max(20, ground.promotions)],
        300))["milliseconds"]


class Fleet:
    """One `swerve serve` with eight slots under light load."""

    def __init__(self, ground, registry, stable):
        self.ground = ground
        # The version that the registry has as stable; None before the first promotion.
        self.stable = stable
        self.environment = ground.environment(registry)
        self.config = ground.config(registry, SLOTS)
        self.log = open(ground.folder / "serve.log", "w")
        self.child = None

    def start(self):
        """Announces what the registry has, or the first version, and serves it."""
        if self.stable is None:
            self.promote(1)
        else:
            children.run(
                [self.ground.build / "swerve", "republish"], env=self.environment,
                cwd=self.ground.folder)
        lines = self.ground.folder / "requests.jsonl"
        lines.write_text(children.run([
            self.ground.build / "swerve", "generate", "--records", 10_000]))
        self.feed = children.start([
            *self.ground.bench("feed", "requests", PARTITIONS), "--file", lines, "--rate", RATE,
            "--records", RATE * 7_200], stdout=subprocess.DEVNULL)
        self.child = children.start(
            [self.ground.build / "swerve", "serve", "--config", self.config],
            env=self.environment, stdout=self.log, stderr=self.log)
        deadline = time.time() + 120
        while self.slots() != SLOTS:
            if time.time() > deadline or self.child.poll() is not None:
                raise RuntimeError(f"the slots do not come up, see {self.log.name}")
            time.sleep(0.2)
        self.ground.say(f"{SLOTS} slots serve")

    def slots(self):
        """How many slots were heard and serve what is announced."""
        # Not converged (exit code 2) is no matter here.
        done = subprocess.run(
            [str(self.ground.build / "swerve"), "status", MODEL, "--json"],
            env=self.environment, capture_output=True, text=True, timeout=60)
        if done.returncode not in (0, 2):
            raise RuntimeError(f"swerve status: {done.stderr.strip()[-400:]}")
        document = json.loads(done.stdout)
        return len(document["slots"]) if document.get("converged") else 0

    def promote(self, version):
        return self._change("promote", f"{MODEL}@{version}")

    def rollback(self):
        return self._change("rollback", MODEL)

    def _change(self, *arguments):
        """Milliseconds from commit to convergence; nothing to wait for before the start."""
        wait = ["--wait", "--timeout", "60", "--group", "lifecycle"] if self.child else []
        document = json.loads(children.run(
            [self.ground.build / "swerve", *arguments, "--json", *wait],
            env=self.environment, cwd=self.ground.folder))
        self.stable = document["stable"]["version"]
        if not wait:
            return None
        return document["converged_at_ms"] - document["committed_at_ms"]

    def stop(self):
        children.stop(self.feed)
        code = children.stop(self.child)
        self.log.close()
        if code != 0:
            raise RuntimeError(f"swerve serve ended with {code}, see {self.log.name}")
