"""Rollouts by the standard plan on resampled real traffic: what goes in, and the rows that are run."""
import calendar
import gzip
import json
import re
import statistics
import tempfile
import time
from pathlib import Path

from harness import children, machine

# LIBLINEAR's models of the shared folder, trained on csic.train: two regularisations and two ways to
# count sequences, about equally good.
STABLE = ("ll_l2l2_byte18", {"analyzer": "byte", "ngram_range": [1, 3], "n_features": 1 << 18})
CANDIDATE = ("ll_l1l2_char16", {"analyzer": "char", "ngram_range": [1, 3], "n_features": 1 << 16})
# Requests that neither model was trained on.
PARTS = ("dev", "test")
SITE = "elastic_apache_logs"
SCANS = ("ocatak_acunetix", "ocatak_netsparker", "ocatak_w3af")
# A client that was quiet for so many seconds comes anew; so did one that stays so long.
PAUSE, STAY = 60, 3_600
LINE = re.compile(r'^"?(\S+) \S+ \S+ \[([^\]]{20})')

# Name, options of swerve-bench rollouts, and the part of --count that is run.
ROWS = [
    ("the same model (A/A)", ["--same"], 1),
    ("another model, about as good", [], 1),
    ("× 1.5 alerts", ["--same", "--more", "1.5"], 0.2),
    ("× 3 alerts", ["--same", "--more", "3"], 0.2),
    ("1.5 times as slow (2 are allowed)", ["--same", "--slower", "1.5"], 0.2),
    ("3 times as slow", ["--same", "--slower", "3"], 0.2),
]


class Field:
    """What a run needs: folders, executables, and how it is told of."""

    def __init__(self, root, given, shared):
        self.root, self.given, self.shared = root, given, shared
        self.build = given.build or root / ".build" / "release"
        self.load_at_start = machine.load()
        self.python = None
        self.scratch = tempfile.TemporaryDirectory(prefix="swerve-rollouts-")
        self.folder = Path(self.scratch.name)

    def say(self, text):
        print(text, flush=True)


def prepare(field):
    """Writes the requests with both verdicts and the clients' visits; facts for the report."""
    verdicts = [_scored(field, number, *model) for number, model in
                enumerate((STABLE, CANDIDATE), 1)]
    kinds = ["attack" if row["label"] else "normal"
             for part in PARTS for row in _records(field, part)]
    rows = list(zip(kinds, *verdicts))
    with open(field.folder / "requests", "w", encoding="utf-8") as file:
        file.writelines(f"{kind} {int(old)} {int(new)}\n" for kind, old, new in rows)
    site, hours, rate = _visits(field, SITE)
    scans = [visit for name in SCANS for visit in _visits(field, name)[0]]
    with open(field.folder / "arrivals", "w", encoding="utf-8") as file:
        file.write("hours " + " ".join(f"{weight:.4f}" for weight in hours) + "\n")
        for kind, visits in (("visit", site), ("scan", scans)):
            for number, (client, seconds) in enumerate(visits):
                name = client if kind == "visit" else number
                file.write(f"{kind} {name} " + " ".join(map(str, seconds)) + "\n")
    return {
        "rate": rate, "rows": rows, "visits": [len(seconds) for _, seconds in site],
        "scans": [len(seconds) for _, seconds in scans],
    }


def _records(field, part):
    with gzip.open(field.shared / "data" / f"csic.{part}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _scored(field, number, model, ngrams):
    """Whether the model alerts on each request, by swerve score."""
    swerve = field.build / "swerve"
    registry = field.folder / "swerve.db"
    spec = field.folder / f"{number}.json"
    spec.write_text(json.dumps({"steps": [{"hashed_ngrams": ngrams}]}))
    children.run([
        swerve, "register", field.shared / "conformance" / "models" / f"{model}.model", "--model",
        "trial", "--featurizer", spec, "--label", "attack=1", "--label", "normal=-1",
        "--registry", registry])
    alerts = []
    for part in PARTS:
        lines = children.run([
            swerve, "score", f"trial@{number}", field.shared / "data" / f"csic.{part}.jsonl.gz",
            "--registry", registry], 600)
        alerts += [json.loads(line)["label"] == "attack" for line in lines.splitlines()]
    return alerts


def _visits(field, name):
    """The visits of a log, the weight of each hour of the day, and records a second."""
    times = {}
    hours = [0] * 24
    path = field.shared / "data" / f"log.{name}.log.gz"
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        for line in file:
            found = LINE.match(line)
            if not found:
                continue
            moment = calendar.timegm(time.strptime(found.group(2), "%d/%b/%Y:%H:%M:%S"))
            times.setdefault(found.group(1), []).append(moment)
            hours[moment // 3_600 % 24] += 1
    visits = []
    for number, client in enumerate(sorted(times)):
        visit = []
        for moment in sorted(times[client]):
            if visit and (moment - visit[-1] > PAUSE or moment - visit[0] >= STAY):
                visits.append((number, [one - visit[0] for one in visit]))
                visit = []
            visit.append(moment)
        visits.append((number, [one - visit[0] for one in visit]))
    every = [moment for moments in times.values() for moment in moments]
    mean = statistics.mean(hours)
    span = max(1, max(every) - min(every))
    return visits, [count / mean for count in hours], len(every) / span


def measure(field, facts):
    found = []
    for name, options, part in ROWS:
        count = max(1, round(field.given.count * part))
        began = time.time()
        document = json.loads(children.run([
            field.build / "swerve-bench", "rollouts", "--requests", field.folder / "requests",
            "--arrivals", field.folder / "arrivals", "--count", count, "--seed",
            field.given.seed, "--rate", field.given.rate, "--logged-rate", f"{facts['rate']:.6f}",
            "--attack-share", field.given.attack_share, "--threads", field.given.threads, *options,
        ], 24 * 3_600))
        field.say(f"{name}: {count} in {time.time() - began:.0f} s: "
                  + ", ".join(f"{end} {told['count']}" for end, told in document["ends"].items()))
        found.append((name, document))
    return found
