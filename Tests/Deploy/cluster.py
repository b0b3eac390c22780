#!/usr/bin/env python3
"""What docs/kubernetes.md has a cluster do, done by processes of this machine: no cluster is at hand.

Usage: cluster.py ARGUMENT…    of kubectl; KUBECTL (kubectl) renders, and makes what is sent

The folder where it runs has the cluster's state below .cluster. `apply` keeps the objects; a pod of Swerve
starts once its secrets are there, with the command, environment, files and volumes that its manifest gives
it. In its texts the paths of the image and of mounts are folders here, kafka is a development broker, and
the hub's name, which nothing resolves, is localhost. Network policies, probes, schedules and limits
are not carried out: kubernetes.py holds them against rules.
"""
import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = Path.cwd() / ".cluster"
SECONDS = 120
TOPICS = ("raw_requests:4", "predictions:4", "predictions.dlq:4", "swerve.control:1", "swerve.status:1",
          "swerve.ledger:1")

# A pod's name is its host's.
NAMED = ["unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"']
OWN_NAME = subprocess.run([*NAMED[:2], "true"], capture_output=True).returncode == 0


def real(*words, given=None):
    """kubectl itself, for what needs no cluster."""
    done = subprocess.run([os.environ.get("KUBECTL", "kubectl"), *words], input=given, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"cluster: kubectl {' '.join(words)}: {done.stderr}")
    return done.stdout


def keep(item):
    path = HOME / "objects" / f"{item['kind']}.{item['metadata']['name']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(item))


def kept(kind, name):
    path = HOME / "objects" / f"{kind}.{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


class Pod:
    """One pod of a template, and the folder that stands for its files."""

    def __init__(self, name, template, ordinal=0):
        self.name, self.spec, self.ordinal = name, template["spec"], ordinal
        self.container = self.spec["containers"][0]
        self.root = HOME / "pods" / name

    def missing(self):
        """The secrets that it waits for."""
        names = [v["secret"]["secretName"] for v in self.spec.get("volumes", []) if "secret" in v]
        names += [e["valueFrom"]["secretKeyRef"]["name"] for e in self.container.get("env", [])
                  if "valueFrom" in e]
        return [name for name in names if not kept("Secret", name)]

    def here(self, text):
        mounts = [m["mountPath"] for m in self.container.get("volumeMounts", [])]
        for mount in sorted(mounts, key=len, reverse=True):
            if mount != "/tmp":
                text = re.sub(rf"(?<![\w./-]){mount}\b", f"{self.root}{mount}", text)
        text = text.replace("/usr/share/swerve", str(ROOT)).replace("kafka:9092", (HOME / "kafka").read_text())
        # Where a process cannot have a name of its own, its number says the same.
        if not OWN_NAME:
            text = text.replace("slot_from: hostname", "")
        # One machine has one port 9464.
        text = text.replace("0.0.0.0:9464", f"0.0.0.0:{9464 + 10 * self.ordinal}")
        return text.replace("//swerve-hub:", "//localhost:")

    def mount(self):
        for mount in self.container.get("volumeMounts", []):
            place = Path(f"{self.root}{mount['mountPath']}")
            place.parent.mkdir(parents=True, exist_ok=True)
            volume = next((v for v in self.spec.get("volumes", []) if v["name"] == mount["name"]), {})
            if "secret" in volume or "configMap" in volume:
                # As the kubelet has them: links into a folder that another takes the place of.
                (place / "..data").mkdir(parents=True, exist_ok=True)
                for name, content in self.files(volume).items():
                    file = place / "..data" / name
                    file.unlink(missing_ok=True)
                    file.write_bytes(content)
                    file.chmod(volume.get("secret", {}).get("defaultMode", 0o644))
                    (place / name).unlink(missing_ok=True)
                    (place / name).symlink_to(Path("..data", name))
            elif not place.exists():
                own = f"{mount['name']}-{self.name}"
                claim = volume.get("persistentVolumeClaim", {}).get("claimName", own)
                (HOME / "volumes" / claim).mkdir(parents=True, exist_ok=True)
                place.symlink_to(HOME / "volumes" / claim)

    def files(self, volume):
        if "configMap" in volume:
            data = kept("ConfigMap", volume["configMap"]["name"])["data"]
            return {name: self.here(text).encode() for name, text in data.items()}
        data = {name: base64.b64decode(text)
                for name, text in kept("Secret", volume["secret"]["secretName"])["data"].items()}
        items = volume["secret"].get("items")
        return {item["path"]: data[item["key"]] for item in items} if items else data

    def environment(self):
        given = {"SWERVE_CONFIG": "/etc/swerve/swerve.yaml"}
        for entry in self.container.get("env", []):
            secret = entry.get("valueFrom", {}).get("secretKeyRef")
            given[entry["name"]] = entry.get("value", "") if not secret else base64.b64decode(
                kept("Secret", secret["name"])["data"][secret["key"]]).decode().strip()
        kept_here = {k: v for k, v in os.environ.items() if not k.startswith("SWERVE_")}
        if not OWN_NAME and self.ordinal:
            given["SWERVE_SLOTS_FIRST"] = str(2 * self.ordinal)
        return kept_here | {k: self.here(v) for k, v in given.items()} | {"SWERVE_DEVELOPMENT": "true"}

    def words(self):
        words = [*self.container.get("command", ["swerve"]), *self.container.get("args", [])]
        return [self.here(word) for word in words]

    def start(self):
        self.mount()
        log = open(f"{self.name}.log", "ab")
        process = subprocess.Popen(
            [*([*NAMED, self.name] if OWN_NAME else []), *self.words()], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, env=self.environment(),
            cwd=next(iter(self.root.glob("var/lib/swerve")), HOME))
        (HOME / f"{self.name}.pid").write_text(str(process.pid))

    def run(self):
        self.mount()
        done = subprocess.run(self.words(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=self.environment(), timeout=SECONDS)
        Path(f"{self.name}.log").write_text(done.stdout + done.stderr)
        (HOME / f"{self.name}.ended").write_text(str(done.returncode))

    def runs(self):
        return (HOME / f"{self.name}.pid").exists()

    def stop(self):
        if self.runs():
            process = int((HOME / f"{self.name}.pid").read_text())
            os.kill(process, signal.SIGTERM)
            until(f"the end of {self.name}", lambda: not Path(f"/proc/{process}").exists())
            (HOME / f"{self.name}.pid").unlink()

    def execute(self, words):
        return subprocess.run([self.here(w) for w in words], env=self.environment()).returncode


def pods(workload):
    kind, _, name = workload.partition("/")
    item = kept({"deploy": "Deployment", "statefulset": "StatefulSet"}[kind], name)
    if item["kind"] == "Deployment":
        return [Pod(name, item["spec"]["template"])]
    return [Pod(f"{name}-{n}", item["spec"]["template"], n) for n in range(item["spec"].get("replicas", 1))]


def until(what, holds):
    end = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > end:
            logs = "".join(f"--- {log.name}\n{log.read_text()[-1500:]}" for log in Path.cwd().glob("*.log"))
            sys.exit(f"cluster: {what} did not come within {SECONDS} s\n{logs}")
        time.sleep(0.2)


def ready(pod):
    """What its readiness probe asks."""
    hub = "hub" in pod.name
    words = ["swerve", "health", *(["--hub"] if hub else [])]
    return subprocess.run(words, env=pod.environment(), capture_output=True).returncode == 0


def reconcile():
    """Starts the pods whose secrets are there."""
    if not kept("Deployment", "swerve-hub"):
        return
    for workload in ("deploy/swerve-hub", "statefulset/swerve", "deploy/swerve-generator"):
        for pod in pods(workload):
            if not pod.missing() and not pod.runs():
                pod.start()


def apply(text):
    items = [item for item in yaml.safe_load_all(text) if item]
    for item in items:
        # Production has brokers that nobody answers for.
        if item["metadata"].get("namespace") == "swerve":
            return
        keep(item)
        if item["kind"] == "Job" and item["metadata"]["name"] != "swerve-topics":
            Pod(item["metadata"]["name"], item["spec"]["template"]).run()
    if not (HOME / "kafka").exists():
        words = [word for topic in TOPICS for word in ("--topic", topic)]
        with open("kafka.log", "wb") as log:
            broker = subprocess.Popen(["swerve", "broker", *words], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=log, text=True)
        (HOME / "kafka").write_text(re.search(r'127[^"]*', broker.stdout.readline())[0])
    reconcile()


def main(words):
    if words[0] in ("-n", "--namespace"):
        words = words[2:]
    option = dict(zip(words, words[1:]))
    verb = words[0]
    if verb == "apply" and "-k" in words:
        apply(real("kustomize", str(ROOT / option["-k"])))
    elif verb == "apply":
        apply(sys.stdin.read() if option["-f"] == "-" else (ROOT / option["-f"]).read_text())
    elif words[:3] == ["create", "secret", "generic"]:
        keep(yaml.safe_load(real(*words, "--dry-run=client", "-o", "yaml")))
        reconcile()
    elif words[:2] == ["create", "job"]:
        source = kept("CronJob", option_of(words, "--from").split("/")[1])
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": words[2]},
               "spec": source["spec"]["jobTemplate"]["spec"]}
        if "--dry-run=client" in words:
            print(yaml.safe_dump(job))
        else:
            apply(yaml.safe_dump(job))
    elif words[:2] == ["set", "env"]:
        print(real(*words, given=sys.stdin.read()))
    elif verb == "exec":
        pod = pods(next(w for w in words[1:] if "/" in w))[0]
        return pod.execute(words[words.index("--") + 1:])
    elif words[:2] == ["rollout", "status"]:
        until(words[2], lambda: all(pod.runs() and ready(pod) for pod in pods(words[2])))
    elif verb == "scale":
        for pod in pods(words[1]):
            pod.stop() if option_of(words, "--replicas") == "0" else pod.start()
    elif verb == "wait":
        name = words[-1].split("/")[1]
        return int((HOME / f"{name}.ended").read_text())
    elif verb == "logs":
        print(Path(f"{words[1].split('/')[1]}.log").read_text())
    elif verb == "port-forward":
        time.sleep(1_000_000)  # The pod's port is this machine's.
    elif verb == "get":
        print("\n".join(path.name for path in (HOME / "objects").glob("*")))
    else:
        sys.exit(f"cluster: nothing here does kubectl {' '.join(words)}")
    return 0


def option_of(words, name):
    """Of --name=value and --name value."""
    for word, after in zip(words, [*words[1:], ""]):
        if word == name or word.startswith(f"{name}="):
            return word.partition("=")[2] or after
    sys.exit(f"cluster: no {name} in {' '.join(words)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
