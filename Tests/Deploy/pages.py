"""What commands.py has to know of single pages: what they find when they begin, and what of them cannot
run in a test."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# The README's session until its service is ready.
SESSION = "SESSION"


def session_end():
    """The line of the README that its session is ready with."""
    lines = (ROOT / "README.md").read_text().splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.startswith("until swerve health")) + 1


# Requests for as long as a page takes.
FED = r"""
(swerve generate --records 400000 --rate 2000 | kcat -P -b $SWERVE_BOOTSTRAP -t raw_requests) &
until [ "$(kcat -Q -b $SWERVE_BOOTSTRAP -t predictions:3:-1 | grep -o '[0-9]*$')" -gt 1100 ]; do sleep 0.2; done
"""
# Both versions have decided records, and the first does again.
DECIDED = r"""
swerve promote http-anomaly@2 --wait
sleep 1
swerve rollback http-anomaly --wait
"""
REFUSED = r"""
echo 'no request' | kcat -P -b $SWERVE_BOOTSTRAP -t raw_requests -p 0
until swerve dead-letters list http-anomaly | grep ' 0:0'; do sleep 0.2; done
"""
HUB = r"""
swerve hub 2> hub.log &
until swerve health --hub; do sleep 0.5; done
"""
PLAN = r"""
echo 'rollout: {bake: {for: 0s}}' > plan.yaml
"""
FILES = r"""
cp models/http-anomaly-1.model my.model
cp models/featurizer.json spec.json
cp $CORPUS/decode-model/onnx-linear pipeline.onnx
cp $CORPUS/decode-model/onnx-svc another.onnx
swerve generate --records 3000 > requests.jsonl
"""

# What the README has before its service.
BROKER = r"""
swerve broker --topic raw_requests:4 --topic predictions:4 --topic predictions.dlq:4 \
    --topic swerve.control:1 --topic swerve.status:1 --topic swerve.ledger:1 > broker.json &
export SWERVE_BOOTSTRAP=$(until grep -o '127[^"]*' broker.json; do sleep 0.1; done)
for version in 1 2; do
    swerve register models/http-anomaly-$version.model --model http-anomaly \
        --featurizer models/featurizer.json --label attack=1 --label normal=-1
done
swerve promote http-anomaly@1
"""

# No cluster is at hand: processes of this machine do what it would.
CLUSTER = r"""
kubectl() { "$PYTHON" "$TESTS/cluster.py" "$@"; }
ln -s "$TESTS/../../deploy" deploy
"""

PREPARED = {
    "docs/lifecycle.md": [SESSION, FED],
    "docs/demo.md": [
        "swerve generate --records 20000 | gzip > requests.jsonl.gz\n"
        "cp models/http-anomaly-1.model old.model; cp models/http-anomaly-2.model new.model\n"
        "cp models/featurizer.json old.json; cp models/featurizer.json new.json\n"],
    "docs/rollouts.md": [SESSION, FED],
    "docs/signing.md": [SESSION, PLAN],
    "docs/models.md": [FILES],
    "docs/records.md": [SESSION, FED],
    "docs/delivery.md": [BROKER],
    "docs/evidence.md": [SESSION, FED, DECIDED],
    "docs/hub.md": [SESSION],
    "docs/connections.md": [SESSION],
    "docs/operations.md": [SESSION],
    "docs/kubernetes.md": [CLUSTER],
}
RUNBOOKS = ["Down", "LagGrows", "NotReady", "FleetSplit", "DeploymentRejected", "ControlRecordsIgnored",
            "DeadLetters", "RestartLoop", "ShadowShed", "RecordsWaitForSchema", "HubDoesNotLead", "TokenEnds",
            "ComesAndGoes", "GroupGone", "NotWatched", "NotConverged"]
PREPARED["docs/runbooks/SwerveCertificateEnds.md"] = [
    "openssl req -x509 -newkey rsa:2048 -nodes -days 9 -keyout key.pem -out client.pem -subj /CN=me\n"]
PREPARED["docs/runbooks/SwerveHubCertificateEnds.md"] = [
    "openssl req -x509 -newkey rsa:2048 -nodes -days 9 -keyout key.pem -out hub.pem -subj /CN=me\n"]
# Something that answers as a registry of schemas does.
ANSWERS = r"""
mkdir -p registry/schemas/ids; echo '{"schema":"\"string\""}' > registry/schemas/ids/17
python3 -m http.server --bind 127.0.0.1 --directory registry 18081 2> registry.log &
REGISTRY=http://127.0.0.1:18081
until curl -sf $REGISTRY/ > nothing; do sleep 0.1; done
"""
PREPARED |= {f"docs/runbooks/Swerve{name}.md": [SESSION] for name in RUNBOOKS}
PREPARED["docs/runbooks/SwerveDeadLetters.md"] += [REFUSED]
PREPARED["docs/runbooks/SwerveHubDoesNotLead.md"] += [HUB]
PREPARED["docs/runbooks/SwerveRecordsWaitForSchema.md"] += [ANSWERS]


def makes(command):
    """Each target is one of the Makefile."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    for target in re.findall(r"make ([a-z-]+)", command):
        if target not in targets:
            return f"the Makefile has no target {target}"
    return None


def units(command):
    """The units that are named are shipped."""
    for unit in re.findall(r"\bswerve-[a-z]+(?:@[a-z*]*)?", command):
        file = re.sub(r"@.*", "@", unit) + ".service"
        if not (ROOT / "deploy/systemd" / file).exists():
            return f"there is no unit {unit}"
    return None


def paths(command):
    """Files and folders of deploy/ that are named are there."""
    for path in re.findall(r"(?:-k|-f|--file) (deploy/[\w./-]+)", command):
        if not (ROOT / path).exists():
            return f"there is no {path}"
    return None


def stage(command):
    """The stage is one of the recipe."""
    for name in re.findall(r"--target (\w+)", command):
        if f" AS {name}\n" not in (ROOT / "deploy/Containerfile").read_text():
            return f"the recipe has no stage {name}"
    return None


def shipped(command):
    """The package has the file."""
    for name in re.findall(r"/usr/share/swerve/(\S+)", command):
        if not (ROOT / name).exists():
            return f"the package has no {name}"
    return None


def nothing(command):
    return None


# (how a command begins, why it cannot run here, what holds it instead)
NOT_HERE = [
    (r"make ", "builds; CI and `make deb-test` run the targets themselves", makes),
    (r"python3 Tests/Deploy/small.py ", "deploy-test runs it itself", nothing),
    (r"docker compose ", "no registry of images is at hand; compose.py and compose_session.py", paths),
    (r"deploy/image ", "no registry of images is at hand; container.py carries the recipe out", stage),
    (r"kubectl -n swerve (get cronjob|get jobs|logs job/)", "no cluster is at hand, which would keep jobs that "
     "failed", nothing),
    (r"docker save |kind load ", "there are no images, and no cluster is at hand", nothing),
    (r"(apt|apt-get) install ", "installs a package; Tests/Deploy/package does", nothing),
    (r"swerve topics create --partitions", "the development broker makes topics only at its start; "
     "EndToEndTests make theirs so, on a Kafka", nothing),
    (r"swerve leave ", "the development broker knows no static members; LeaveTests, on a Kafka", nothing),
    (r"swerve dead-letters replay ", "the development broker keeps no offsets of transactions; "
     "ReplayTests, on a Kafka", nothing),
    (r"(systemctl|journalctl) ", "needs systemd as the first process; units are verified", units),
    (r"(sudoedit|sudo) ", "asks a person", nothing),
    (r"swerve\(\) \{ sudo ", "needs the package's user: Tests/Deploy/package (installed.py)", nothing),
    (r"swerve register /usr/share/swerve/", "needs the package: Tests/Deploy/package (installed.py)", shipped),
    (r"swerve-export |swerve register pipeline.safetensors", "needs scikit-learn: tutorial.py and make "
     "exporter-test", nothing),
]
