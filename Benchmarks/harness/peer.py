"""The Python service that Swerve replaces, on the same records and broker."""
import json
import sys

from . import children

PACKAGES = ["confluent-kafka", "scikit-learn", "joblib"]


def prepare(stage):
    """Finds or makes the virtual environment and trains the model; None where it cannot."""
    if stage.options.no_python:
        return None
    try:
        python = environment(stage)
        model = stage.folder / "peer.joblib"
        stage.say("training the Python service's model")
        children.run([
            python, stage.shared / "peers" / "fit.py",
            stage.shared / "data" / "csic.train.jsonl.gz", model, "18"], 600)
    except RuntimeError as error:
        stage.say(f"no Python service in this run: {error}")
        return None
    stage.python = python
    return model


def environment(stage):
    if stage.options.python:
        for name in ("bin/python", "bin/python3"):
            if (stage.options.python / name).exists():
                return stage.options.python / name
        raise RuntimeError(f"no bin/python in {stage.options.python}")
    folder = stage.root / "Benchmarks" / ".venv"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        stage.say(f"making {folder} with {', '.join(PACKAGES)}")
        children.run([sys.executable, "-m", "venv", "--clear", folder], 120)
        children.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], 600)
        (folder / "complete").write_text("\n".join(PACKAGES) + "\n")
    return python


def measure(stage, model):
    quick = stage.options.quick
    plans = {"poll": (2_000 if quick else 10_000, []), "batch": (
        10_000 if quick else 50_000, ["--batch"])}
    repeats = 1 if quick else 3
    found = {name: [] for name in plans}
    for number in range(repeats):
        for name, (records, flags) in plans.items():
            out = children.run([
                stage.python, stage.shared / "peers" / "seed_python.py", stage.bootstrap, model,
                records, "--procs", "1", "--topic", stage.topic("raw_requests"), "--out",
                stage.topic("out-python"), "--group", stage.topic(f"python-{name}-{number}"),
                *flags], 300)
            found[name].append(json.loads(out.splitlines()[-1])["records_per_s"])
            stage.say(f"Python, {name}: {found[name][-1]:,}/s")
    return found


def rows(found):
    """What was measured, under the names of the tables."""
    return {
        "Python as usually written": found["poll"], "Python in batches of 500": found["batch"]}
