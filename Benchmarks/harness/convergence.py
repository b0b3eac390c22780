"""From a promotion's commit to the last slot's first poll under its epoch, by what must be loaded.

`cold`: a version that no worker has seen: out of the registry into the cache, parsed, tested.
`cached`: three versions in turn, so that the one promoted is in the cache and not in memory.
`loaded`: the previous version, which is in memory. `rollback`: the same swap by swerve rollback;
the two alternate.
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


def measure(ground):
    registry = ground.registry("linear")
    count = ground.promotions + CACHED_VERSIONS
    took = ground.fill(
        registry, ground.base, ground.folder / "byte18.json", count, 1, MODEL)
    ground.say(f"{count} versions of 2^18 weights registered in {took['seconds']:.1f} s")
    fleet = Fleet(ground, registry)
    found = {"delivery": _delivery(ground)}
    fleet.promote(1)
    fleet.start()
    found["cold"] = [
        fleet.promote(version) for version in range(2, 2 + ground.promotions)]
    ground.say("cold promotions measured")
    # From here on nothing is fetched: the first three are in every slot's cache.
    versions = [1 + index % CACHED_VERSIONS for index in range(ground.promotions + 2)]
    found["cached"] = [fleet.promote(version) for version in versions][2:]
    ground.say("cached promotions measured")
    found.update(_pairs(fleet, ground.promotions, stable=versions[-1]))
    ground.say("swaps and rollbacks measured")
    found["slots"] = fleet.slots()
    fleet.stop()
    return found


def _pairs(fleet, count, stable):
    """A promotion of the loaded previous version and its rollback, in turn."""
    found = {"loaded": [], "rollback": []}
    other = 1 + stable % CACHED_VERSIONS
    for _ in range(count):
        # A rollback leaves no previous version; this one loads it again and is not counted.
        fleet.promote(other)
        found["loaded"].append(fleet.promote(stable))
        found["rollback"].append(fleet.rollback())
        stable, other = other, stable
    return found


def _delivery(ground):
    return json.loads(children.run(
        [*ground.bench("delivery", "delivery", 1), "--rounds", max(20, ground.promotions)],
        300))["milliseconds"]


class Fleet:
    """One `swerve serve` with eight slots under light load."""

    def __init__(self, ground, registry):
        self.ground = ground
        self.environment = ground.environment(registry)
        self.config = ground.config(registry, SLOTS)
        self.log = open(ground.folder / "serve.log", "w")
        self.child = None

    def start(self):
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
        if not wait:
            return None
        return document["converged_at_ms"] - document["committed_at_ms"]

    def stop(self):
        children.stop(self.feed)
        code = children.stop(self.child)
        self.log.close()
        if code != 0:
            raise RuntimeError(f"swerve serve ended with {code}, see {self.log.name}")
