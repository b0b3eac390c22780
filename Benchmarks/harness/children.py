"""Child processes that never outlive the run: each is stopped by its own process id."""
import atexit
import json
import signal
import subprocess
import sys
import threading

_started = []


def start(command, **options):
    """Starts a child that is stopped at the end of the run, however it ends."""
    child = subprocess.Popen([str(part) for part in command], **options)
    _started.append(child)
    return child


def stop(child, seconds=20):
    """Asks the child to stop, and kills it when it does not in time; its exit code."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    forget(child)
    return child.returncode


def forget(child):
    """For a child whose end somebody else has seen."""
    if child in _started:
        _started.remove(child)


def run(command, seconds=120, **options):
    """Runs a command to its end; its standard output. Raises with its last words."""
    child = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        out, err = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        stop(child, 2)
        raise RuntimeError(f"{command[0]}: not done within {seconds} s") from None
    _started.remove(child)
    if child.returncode != 0:
        words = " ".join(str(part) for part in command)
        raise RuntimeError(f"{words[:300]}: exit {child.returncode}: {err.strip()[-800:]}")
    return out


class Lines:
    """A child's standard output, read by a thread of its own: one JSON document a line."""

    def __init__(self, command, **options):
        self.child = start(command, stdout=subprocess.PIPE, text=True, **options)
        self.documents = []
        self._new = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.child.stdout:
            try:
                document = json.loads(line)
            except ValueError:
                continue
            with self._new:
                self.documents.append(document)
                self._new.notify_all()
        with self._new:
            self._ended = True
            self._new.notify_all()

    def wait(self, count, seconds):
        """The document with that number, from 1; raises when it does not come."""
        with self._new:
            self._new.wait_for(lambda: self._ended or len(self.documents) >= count, seconds)
            if len(self.documents) < count:
                raise RuntimeError(f"{self.child.args[0]} {self.child.args[1]}: no answer")
            return self.documents[count - 1]

    def snapshot(self):
        with self._new:
            return list(self.documents)

    def stop(self):
        return stop(self.child)


def stop_all(*_):
    for child in list(_started):
        stop(child, 5)


def install():
    """Children are stopped on every way out but SIGKILL."""
    atexit.register(stop_all)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("stopped by a signal"))
