"""CPU time of single commands on registries of several sizes, counted by the kernel for the child.

User and system time of all its threads: waiting for brokers, locks and the disk is not in it.
"""
import os
import subprocess

from . import children


def measure(ground):
    """Milliseconds by size of the registry and command; sizes and commands in turn, run by run."""
    stages = []
    for size in ground.sizes:
        registry = ground.registry(f"{size}")
        took = ground.fill(
            registry, ground.folder / "small.model", ground.folder / "small.json", size,
            ground.models, "model")
        ground.say(
            f"{size:,} versions of {ground.models} models registered in {took['seconds']:.1f} s")
        stages.append((size, ground.environment(registry), registry))
    found = {size: {name: [] for name in ("floor", "show", "models", "promote")}
             for size in ground.sizes}
    for run in range(ground.runs + 1):
        for size, environment, _ in stages:
            for name, arguments in _commands(ground, size, run):
                spent = cpu_milliseconds(
                    [ground.build / "swerve", *arguments], env=environment, cwd=ground.folder)
                # The first round warms the file cache.
                if run > 0:
                    found[size][name].append(spent)
    ground.say("CPU time of commands measured")
    return {"ms": found, "bytes": {size: path.stat().st_size for size, _, path in stages}}


def _commands(ground, size, run):
    width = len(str(ground.models - 1))
    # Another model each time: its first promotion.
    model = f"model-{run % ground.models:0{width}}"
    yield "floor", ["--version"]
    yield "show", ["show", model]
    yield "models", ["models"]
    yield "promote", ["promote", f"{model}@1", "--control-topic", f"control-{size}"]


def cpu_milliseconds(command, **options):
    """Runs a command to its end; user and system time of the process, in milliseconds."""
    child = children.start(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)
    # Standard error closes with the child; its few lines fit the pipe.
    words = child.stderr.read()
    child.stderr.close()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    children.forget(child)
    if child.returncode != 0:
        line = " ".join(str(part) for part in command)
        raise RuntimeError(f"{line[:300]}: exit {child.returncode}: {words.strip()[-800:]}")
    return (usage.ru_utime + usage.ru_stime) * 1e3
