"""One `swerve serve`, seen from the outside."""
import json
import pathlib
import threading
import time

from . import children
from .stage import MODEL


class Service:
    def __init__(self, stage, group, source, output, slots=1, keys=(), model=MODEL, **environment):
        self.stage = stage
        self.group = group
        self.model = model
        config = stage.config(group, source, output, slots, keys, model)
        self.log = open(stage.folder / f"{group}.log", "w")
        self.child = children.start(
            [stage.build / "swerve", "serve", "--config", config],
            env=dict(stage.environment, **environment), stdout=self.log, stderr=self.log)
        self.workers = self._find_workers(slots)
        self.worker = self.workers[0]

    def _find_workers(self, count):
        """The process ids of the supervisor's children, one for each slot."""
        path = pathlib.Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        for _ in range(1_000):
            if self.child.poll() is not None:
                break
            # Right after the spawn a child is still a copy of the supervisor.
            found = [
                int(pid) for pid in path.read_text().split() if "worker" in self._command_line(pid)]
            if len(found) == count:
                return found
            time.sleep(0.01)
        raise RuntimeError(f"swerve serve did not start its workers: {self.last_words()}")

    @staticmethod
    def _command_line(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/cmdline").read_text()
        except OSError:
            return ""

    def memory(self):
        """Resident memory now and at its highest, in megabytes (1,000,000 bytes)."""
        found = {}
        for line in pathlib.Path(f"/proc/{self.worker}/status").read_text().splitlines():
            if line.startswith(("VmRSS", "VmHWM")):
                name, size, _ = line.split()
                found[name.rstrip(":")] = int(size) * 1024 / 1e6
        return found["VmRSS"], found["VmHWM"]

    def slot(self):
        """The first worker's own last report."""
        return self.slots()[0]

    def slots(self):
        """The last report of each worker."""
        # Not converged (exit code 2) is no matter here: no --wait, any epoch.
        document = json.loads(self.stage.swerve(
            "status", self.model, "--json", "--control-topic",
            self.stage.topic("swerve.control"), "--status-topic",
            self.stage.topic("swerve.status")))
        found = [s for s in document["slots"] if s["group"] == self.stage.topic(self.group)]
        if not found:
            raise RuntimeError(f"no status of group {self.group}")
        return found

    def last_words(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text()[-1_000:]

    def stop(self):
        code = children.stop(self.child)
        self.log.close()
        if code != 0:
            raise RuntimeError(f"swerve serve ended with {code}, see {self.log.name}")


class Sampler:
    """Calls a function every few milliseconds on a thread of its own and keeps what it gives."""

    def __init__(self, function, seconds):
        self.samples = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(function, seconds), daemon=True)
        self._thread.start()

    def _run(self, function, seconds):
        while not self._stopping.wait(seconds):
            try:
                self.samples.append((time.time(), function()))
            except (OSError, KeyError, ValueError):
                return

    def stop(self):
        self._stopping.set()
        self._thread.join()
        return self.samples
