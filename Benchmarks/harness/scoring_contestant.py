"""One contestant: a process that holds a model and the inputs, and answers line by line."""
import array
import os
import subprocess

from . import children

ANSWER_SECONDS = 600


class Contestant:
    """A process is started by the first of its command lines that works."""

    def __init__(self, key, title, commands, ways, environment):
        self.key = key
        self.title = title
        self.commands = commands
        self.ways = ways
        self.environment = environment
        # Whether it is the same model as the first of its case.
        self.is_same = True
        self.fault = None
        self.lines = None

    def start(self, ground):
        """What the process said when it was ready; None where no command line works."""
        words = []
        for number, command in enumerate(self.commands):
            errors = ground.folder / f"{self.key}.err"
            with open(errors, "w") as file:
                self.lines = children.Lines(
                    command, stdin=subprocess.PIPE, stderr=file, env=self.environment)
            try:
                self.ready = self.lines.wait(1, ANSWER_SECONDS)
                self.answers, self.chosen = 1, number
                return self.ready
            except RuntimeError:
                self.stop()
                said = errors.read_text().strip().splitlines()
                words.append(said[-1] if said else "it ended without a word")
        self.fault = "; ".join(words).replace(str(ground.folder) + os.sep, "")
        return None

    @property
    def is_onnx(self):
        return any(str(part).endswith(".onnx") for part in self.commands[self.chosen])

    def ask(self, line):
        self.lines.child.stdin.write(line + "\n")
        self.lines.child.stdin.flush()
        self.answers += 1
        return self.lines.wait(self.answers, ANSWER_SECONDS)

    def rate(self, way, first, count, repeats):
        """Records a second of one pass; None where an input could not be scored."""
        found = self.ask(f"pass {way} {first} {count} {repeats}")
        if found.get("faults"):
            self.fault = f"{way}: {found['faults']} of {found['records']} inputs had a fault"
            return None
        return found["records_per_s"]

    def values(self, ground):
        """The decisions and probabilities of all inputs: rows, width, numbers."""
        path = ground.folder / f"{self.key}.values"
        found = self.ask(f"values {path}")
        numbers = array.array("d")
        numbers.frombytes(path.read_bytes())
        path.unlink()
        return found["rows"], found["width"], numbers

    def stop(self):
        if self.lines:
            self.lines.stop()
            self.lines = None


def difference(ours, theirs):
    """The largest |a - b| / max(1, |a|), and how many rows were compared; None where the shapes
    leave nothing to compare."""
    (rows, width, a), (others, other_width, b) = ours, theirs
    if rows != others or not width or not other_width:
        return None
    # A tool that gives decisions only, or probabilities only, is held against the first column.
    columns = range(width) if width == other_width else range(1)
    largest = 0.0
    for row in range(rows):
        for column in columns:
            x, y = a[row * width + column], b[row * other_width + column]
            if x != y:
                largest = max(largest, abs(x - y) / max(1.0, abs(x)))
    return largest, rows
