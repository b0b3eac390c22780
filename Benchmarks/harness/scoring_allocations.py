"""Allocations of Swerve's own code per record, counted inside the process by count.c."""
from . import allocations, children
from .scoring_contestant import Contestant

WAYS = ("json", "input", "score", "json-blocks", "blocks")
REPEATS = 3


def measure(ground, loaded):
    """By case and way: allocations and records of a pass after two that warm up; None where the
    counting cannot be built."""
    library = ground.folder / "count.so"
    source = ground.root / "Benchmarks" / "Allocations" / "count.c"
    try:
        children.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source])
    except (RuntimeError, OSError) as error:
        ground.note(f"allocations are not counted: {error}")
        return None
    counts = ground.folder / "counts"
    counts.mkdir(exist_ok=True)
    found = []
    for key, command in loaded.items():
        contestant = Contestant(
            f"{key}-count", key, [command], [], ground.environment(
                LD_PRELOAD=str(library), COUNT_FOLDER=str(counts)))
        if contestant.start(ground) is None:
            ground.note(f"allocations of {key} are not counted: {contestant.fault}")
            continue
        found += _count(contestant, key, counts)
        contestant.stop()
    return found


def _count(contestant, key, counts):
    pid = contestant.lines.child.pid
    data = allocations.mapped(counts / str(pid))
    inputs = contestant.ready["inputs"]
    for way in WAYS:
        line = f"pass {way} 0 {inputs} 1"
        first = contestant.ask(line)
        if first["faults"] == first["records"]:
            continue
        contestant.ask(line)
        answer = contestant.ask(f"pass {way} 0 {inputs} {REPEATS}")
        sites = []
        if answer["allocations"]:
            # The process begins anew with each pass; a few more are of printing the answer.
            after = allocations.slot(data, pid, first=True)
            sites = allocations.grown({"sites": {}}, after, allocations.modules(data))
        yield {
            "case": key, "way": way, "records": answer["records"],
            "allocations": answer["allocations"], "sites": sites}
    (counts / str(pid)).unlink(missing_ok=True)
