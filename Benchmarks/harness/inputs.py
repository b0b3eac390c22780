"""Forms of input in turn, over the whole backlog: rates, processor time, and the run's own limit.

The limit of a form is the cores divided by what a record cannot cost less than: the processor time
of the echo, the broker's part included, and that of scoring it from its bytes.
"""
import dataclasses
import json
import time

from . import children, forms, processes, registry
from .service import Sampler, Service
from .stage import MODEL

NUMERIC = "numeric"


@dataclasses.dataclass(frozen=True)
class Shape:
    """How a service is laid out: its processes, and the threads that score in each."""
    key: str
    name: str
    workers: int
    threads: int


SHAPES = (
    Shape("1w", "1 worker", 1, 1), Shape("1w2t", "1 worker, 2 scoring threads", 1, 2),
    Shape("2w", "2 workers", 2, 1))
SAMPLE_SECONDS = 0.02


@dataclasses.dataclass(frozen=True)
class Family:
    """Records of one form, and who scores them."""
    key: str
    name: str
    topic: str
    file: str
    is_hex: bool = False
    model: str = MODEL
    # Of the configuration, and of swerve-bench decode.
    lines: tuple = ()
    decode: tuple = ()
    # What its decoding is called in the table.
    decoding: str = ""


FAMILIES = [
    Family("json", "JSON, 2^18 byte n-grams", "raw_requests", "csic.jsonl", decoding="JSON"),
    Family(
        "log", "combined log, 2^18 byte n-grams", "log_lines", "combined.log",
        lines=("input: {format: log, log: combined}",),
        decode=("--format", "log", "--log", "combined"), decoding="combined log"),
    Family(
        "avro", "Avro, 2^18 byte n-grams", "avro_records", "avro.hex", is_hex=True,
        lines=("input: {format: avro}",), decode=("--format", "avro"), decoding="Avro"),
    Family(
        "numbers", "JSON, linear model on 30 numbers", "numbers", "numbers.jsonl", model=NUMERIC,
        decoding="JSON of 30 numbers"),
]
# Read for comparison, and served by nobody here.
OTHERS = {"text": "the text itself", "bodiless": "JSON without bodies"}


def wanted(options):
    return [family for family in FAMILIES if not options.only or family.key in options.only]


def inputs(options):
    return ["raw_requests"] + [f.topic for f in wanted(options) if f.topic != "raw_requests"]


def outputs(stage):
    names = ["out-python"]
    for family in wanted(stage.options):
        names.append(f"out-{family.key}-warm")
        for number in range(stage.repeats):
            names.append(f"out-{family.key}-echo-{number}")
            names += [f"out-{family.key}-{shape.key}-{number}" for shape in SHAPES]
    return names


def prepare(stage):
    """Writes and feeds the records of each form, and registers the model on numbers; the families
    that this build of Swerve knows."""
    stage.record_bytes = {"json": stage.fed["mean_bytes"]}
    families = [f for f in wanted(stage.options) if _is_known(stage, f)]
    for family in families:
        if family.key == "log":
            size = forms.write(stage.csic, stage.folder / family.file, forms.combined)
        elif family.key == "avro":
            size = forms.write(stage.csic, stage.folder / family.file, forms.avro)
            _schema_file(stage).write_text(json.dumps(forms.SCHEMA))
        elif family.key == "numbers":
            size = _prepare_numbers(stage, stage.folder / family.file)
        else:
            continue
        stage.record_bytes[family.key] = size
        stage.say(f"loading {stage.records:,} records: {family.name}")
        fill = [*stage.bench("feed", family.topic), "--file", stage.folder / family.file]
        children.run([*fill, "--records", stage.records, *(["--hex"] if family.is_hex else [])])
    forms.write(stage.csic, stage.folder / "text.hex", forms.text)
    forms.write(stage.csic, stage.folder / "bodiless.jsonl", forms.bodiless)
    return families


def _schema_file(stage):
    return stage.folder / "schema.avsc"


def _prepare_numbers(stage, path):
    spec = stage.folder / "lexical.json"
    spec.write_text(json.dumps({"steps": [{"lexical": {}}]}))
    lines = stage.swerve("featurize", spec, stage.csic).splitlines()
    stage.numeric_file = stage.shared / "conformance" / "models" / "sk_lsvc_num.onnx"
    stage.swerve("register", stage.numeric_file, "--model", NUMERIC)
    stage.promote(f"{NUMERIC}@1")
    return forms.numbers(lines, path)


def _is_known(stage, family):
    """Whether this build of Swerve takes the form's configuration."""
    if family.key != "avro":
        return True
    config = stage.config("check", family.topic, "out-avro-warm", 1, _lines(stage, family))
    try:
        children.run([stage.build / "swerve", "serve", "--check", "--config", config])
    except RuntimeError:
        stage.say("no Avro in this run: this build does not take its configuration")
        return False
    return True


def _lines(stage, family):
    """Of the configuration."""
    lines = ["assignment: fixed", *family.lines, *stage.options.set]
    if family.key == "avro":
        if not stage.registry_url:
            stage.registry_url = registry.start({forms.SCHEMA_ID: forms.SCHEMA})
        lines.append(f"schema_registry: {{url: {stage.registry_url}}}")
    return lines


def warm_up(stage, families):
    """One run of each that counts for nothing but the echo's bytes: a sample of its predictions."""
    for family in families:
        _swerve(stage, family, SHAPES[0], "warm")
        children.run([
            *stage.bench("sample", f"out-{family.key}-warm"), "--file",
            stage.folder / f"predictions-{family.key}.jsonl", "--records", 10_000])


def measure(stage, families):
    """What each repetition found, by family: a list of rows."""
    found = {family.key: [] for family in families}
    others = {key: [] for key in OTHERS}
    for number in range(stage.repeats):
        for family in families:
            row = {"echo": _echo(stage, family, number), "cost": _cost(stage, family)}
            spent = row["echo"]["own"] + row["echo"]["broker"]
            cores = processes.cores()
            row["limit"] = cores / (spent + row["cost"]["predict"]) * 1e6
            row["limit_of_scores"] = cores / (spent + row["cost"]["score"]) * 1e6
            for shape in SHAPES:
                row[shape.key] = _swerve(stage, family, shape, f"{shape.key}-{number}")
            found[family.key].append(row)
            shares = ", ".join(
                f"{shape.key}: {row[shape.key]['rate']:,.0f}/s "
                f"{row[shape.key]['rate'] / row['limit']:.2f}" for shape in SHAPES)
            stage.say(
                f"repeat {number + 1}, {family.name}: echo {row['echo']['rate']:,.0f}/s, limit "
                f"{row['limit']:,.0f}/s; {shares}")
        for key, path, flags in (
            ("text", "text.hex", ["--format", "text", "--hex"]), ("bodiless", "bodiless.jsonl", [])
        ):
            others[key].append(_decode(stage, stage.folder / path, flags))
    return found, others


def _echo(stage, family, number):
    """The echo's rate, and microseconds of processor time a record: its own and the broker's."""
    name = f"{family.key}-echo-{number}"
    watch = stage.watch(f"out-{name}", dead_letters=False)
    before = processes.cpu_seconds(stage.broker_process)
    inside = json.loads(children.run([
        *stage.bench("echo", family.topic), "--output", stage.topic(f"out-{name}"), "--group",
        stage.topic(name), "--predictions", stage.folder / f"predictions-{family.key}.jsonl",
        "--records", stage.records]))
    outside = watch.wait(2, 60)
    broker = processes.cpu_seconds(stage.broker_process) - before
    watch.stop()
    _check(stage, outside)
    return {
        "rate": outside["records_per_s"], "own": inside["cpu_seconds"] * 1e6 / stage.records,
        "broker": broker * 1e6 / stage.records}


def _cost(stage, family):
    """Microseconds of processor time a record from its bytes, on one thread: medians of a pass."""
    flags = [*family.decode, *(["--hex"] if family.is_hex else [])]
    if family.key == "avro":
        flags += ["--schema", _schema_file(stage), "--schema-id", forms.SCHEMA_ID]
    if family.model == NUMERIC:
        flags += ["--model", stage.numeric_file]
    else:
        flags += ["--model", stage.model_file, "--featurizer", stage.folder / "byte18.json"]
    return _decode(stage, stage.folder / family.file, flags)


def _decode(stage, path, flags):
    found = json.loads(children.run([
        stage.build / "swerve-bench", "decode", "--file", path, "--rounds",
        2 if stage.options.quick else 5, *flags]))
    middle = {
        way: sorted(found[f"{way}_ns"])[len(found[f"{way}_ns"]) // 2] / 1e3
        for way in ("decode", "score", "predict") if f"{way}_ns" in found}
    return dict(found, **middle)


def _swerve(stage, family, shape, name):
    """The rate, and microseconds of processor time a record of each kind of process."""
    name = f"{family.key}-{name}"
    watch = stage.watch(f"out-{name}")
    service = Service(
        stage, name, family.topic, f"out-{name}", shape.workers,
        [f"scoring_threads: {shape.threads}", *_lines(stage, family)], family.model)

    def spent():
        return [
            sum(processes.cpu_seconds(pid) for pid in service.workers),
            processes.cpu_seconds(service.child.pid), processes.cpu_seconds(stage.broker_process)]

    sampler = Sampler(spent, SAMPLE_SECONDS)
    outside = watch.wait(2, 180)
    time.sleep(2 * SAMPLE_SECONDS)
    samples = sampler.stop()
    counts = _counts(stage, service)
    service.stop()
    watch.stop()
    _check(stage, outside)
    if counts != stage.records:
        raise RuntimeError(f"{name}: the workers count {counts} records of {stage.records}")
    first = _at(samples, outside["started_at_ms"] / 1e3)
    last = _at(samples, outside["finished_at_ms"] / 1e3)
    worker, supervisor, broker = (
        (after - before) * 1e6 / stage.records for before, after in zip(first, last))
    busy = (worker + supervisor + broker) * outside["records_per_s"] / 1e6 / processes.cores()
    return {
        "rate": outside["records_per_s"], "dead": outside["dead_letters"], "worker": worker,
        "supervisor": supervisor, "broker": broker, "busy": busy}


def _counts(stage, service):
    """What the workers have counted, once they have told of all or had time to."""
    counts = 0
    for _ in range(10):
        time.sleep(0.5)
        counts = sum(slot["counts"]["records"] for slot in service.slots())
        if counts == stage.records:
            break
    return counts


def _at(samples, moment):
    """The last sample until then, else the first."""
    best = samples[0][1]
    for at, values in samples:
        if at > moment:
            break
        best = values
    return best


def _check(stage, outside):
    if outside["records"] != stage.records:
        raise RuntimeError(
            f"{outside['records']} records came out of {stage.records}: lost or doubled, no figure")
