#!/usr/bin/env python3
"""Renders both overlays of deploy/kubernetes and holds them against schemas and rules.

Usage: kubernetes.py KUBECTL…    each of them renders; all have to give the same objects

Objects of Kubernetes' own kinds are validated against the schemas of three of its versions. Those of
the Prometheus operator and of KEDA have no schema here: the rules below look at what they say.
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kubernetes_validate
import yaml

import network_policies

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "deploy/kubernetes"
VERSIONS = ("1.30", "1.33", "1.36")
# By hand, and said so.
OTHERS = {"ServiceMonitor", "PrometheusRule", "ScaledObject", "TriggerAuthentication"}


def constant(path, name):
    """The number of a constant of the program, in milliseconds."""
    text = (ROOT / "Sources" / path).read_text()
    return int(re.search(rf"\b{name} = ([\d_]+)$", text, re.M)[1])


# What a worker has beyond limits.drain_ms until it is killed, and that value where none is set.
CLOSE_MS = constant("swerve/Commands/ServePlan.swift", "closeMs")
DRAIN_MS = int(re.search(
    r"^\| `limits.drain_ms` .*?(\d+)", (ROOT / "docs/configuration.md").read_text(), re.M)[1])


class Overlay:
    def __init__(self, name, kubectl, folder=FOLDER):
        self.name, self.faults = name, []
        done = subprocess.run(
            [kubectl, "kustomize", str(folder / "overlays" / name)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"kubernetes: {kubectl} does not render {name}: {done.stderr}")
        self.objects = [item for item in yaml.safe_load_all(done.stdout) if item]

    def all(self, kind):
        return [item for item in self.objects if item["kind"] == kind]

    def one(self, kind, name):
        found = [item for item in self.all(kind) if item["metadata"]["name"] == name]
        if len(found) != 1:
            sys.exit(f"kubernetes: {self.name} has {len(found)} {kind} {name}")
        return found[0]

    def need(self, holds, words):
        if not holds:
            self.faults.append(f"{self.name}: {words}")

    def pods(self):
        """(object, its pod template) of all that makes pods."""
        for item in self.objects:
            if item["kind"] in ("StatefulSet", "Deployment", "Job"):
                yield item, item["spec"]["template"]
            if item["kind"] == "CronJob":
                yield item, item["spec"]["jobTemplate"]["spec"]["template"]

    def configuration(self, workload):
        """What swerve.yaml says in the pods of a workload."""
        volumes = workload["spec"]["template"]["spec"]["volumes"]
        name = next(v["configMap"]["name"] for v in volumes if v["name"] == "config")
        return yaml.safe_load(self.one("ConfigMap", name)["data"]["swerve.yaml"])


def normal(value, key=None):
    """The same for the same objects: each kustomize has its own hash at the end of names, its own order of
    objects, and of lists that a patch adds to, and writes labels or does not where there are none."""
    if isinstance(value, dict):
        return {name: normal(inner, name) for name, inner in sorted(value.items())
                if inner != {} or name not in ("labels", "annotations")}
    if isinstance(value, list):
        values = [normal(inner) for inner in value]
        unordered = key in ("objects", "volumes", "volumeMounts")
        return sorted(values, key=lambda inner: json.dumps(inner)) if unordered else values
    return re.sub(r"^(swerve-(?:workers|hub))-[a-z0-9]{10}$", r"\1", value) if isinstance(value, str) else value


def labels_of(template):
    return template["metadata"]["labels"]


def chooses(selector, labels):
    return selector.items() <= labels.items()


def port_of(container, port):
    """The number of a port that is named or given."""
    if isinstance(port, int):
        return port
    return next((p["containerPort"] for p in container["ports"] if p.get("name") == port), None)


def listening(configuration, key):
    return int(str(configuration[key]).rsplit(":", 1)[1])


def check_schemas(overlay):
    for item in overlay.objects:
        if item["kind"] in OTHERS:
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(item, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                place = ".".join(str(part) for part in error.path)
                overlay.need(False, f"{item['kind']} {item['metadata']['name']}, {version}: "
                                    f"{place}: {error.message[:200]}")


def check_selectors(overlay):
    pods = list(overlay.pods())
    for item in overlay.objects:
        what = f"{item['kind']} {item['metadata']['name']}"
        spec = item.get("spec", {})
        if item["kind"] in ("StatefulSet", "Deployment"):
            own = spec["selector"]["matchLabels"]
            overlay.need(chooses(own, labels_of(spec["template"])), f"{what} does not choose its pods")
            others = [o for o, template in pods if o is not item and chooses(own, labels_of(template))]
            overlay.need(not others, f"{what} chooses pods of others too")
            for rule in spec["template"]["spec"].get("topologySpreadConstraints", []):
                overlay.need(
                    chooses(rule["labelSelector"]["matchLabels"], labels_of(spec["template"])),
                    f"{what}: its spread counts other pods")
        if item["kind"] == "Service":
            chosen = [t for _, t in pods if chooses(spec["selector"], labels_of(t))]
            overlay.need(len(chosen) == 1, f"{what} chooses {len(chosen)} workloads")
            for port in spec["ports"]:
                numbers = [port_of(c, port["targetPort"]) for t in chosen
                           for c in t["spec"]["containers"] if "ports" in c]
                overlay.need(port["port"] in numbers, f"{what}: port {port['port']} leads nowhere")
        if item["kind"] in ("PodDisruptionBudget", "NetworkPolicy"):
            chosen = spec["selector" if "selector" in spec else "podSelector"]["matchLabels"]
            overlay.need(
                any(chooses(chosen, labels_of(t)) for _, t in pods), f"{what} chooses no pod")
        if item["kind"] == "NetworkPolicy":
            overlay.need(set(spec["policyTypes"]) <= {"Ingress", "Egress"}, f"{what}: {spec['policyTypes']}")
        if item["kind"] == "ServiceMonitor":
            services = [s for s in overlay.all("Service")
                        if chooses(spec["selector"]["matchLabels"], s["metadata"]["labels"])]
            overlay.need(len(services) == 1, f"{what} chooses {len(services)} services")
            names = {p["name"] for s in services for p in s["spec"]["ports"]}
            overlay.need({e["port"] for e in spec["endpoints"]} <= names, f"{what}: no such port")


def check_pods(overlay):
    for item, template in overlay.pods():
        what, pod = f"{item['kind']} {item['metadata']['name']}", template["spec"]
        overlay.need(pod["securityContext"].get("runAsNonRoot"), f"{what} may run as root")
        overlay.need(pod.get("automountServiceAccountToken") is False, f"{what} gets a token")
        claims = {c["metadata"]["name"] for c in item["spec"].get("volumeClaimTemplates", [])}
        volumes = {v["name"] for v in pod.get("volumes", [])} | claims
        for container in pod["containers"]:
            mounted = {m["name"] for m in container.get("volumeMounts", [])}
            overlay.need(mounted <= volumes, f"{what}: no volume {mounted - volumes}")
            resources = container["resources"]
            overlay.need("memory" in resources["limits"] and "cpu" in resources["requests"],
                         f"{what}/{container['name']} has no resources")
            if "swerve" in container["image"]:
                overlay.need(container.get("imagePullPolicy") == "IfNotPresent",
                             f"{what}: its image is pulled, though it was loaded")
                security = container["securityContext"]
                overlay.need(
                    security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
                    and security["capabilities"]["drop"] == ["ALL"],
                    f"{what}/{container['name']} has rights that it does not need")
                overlay.need(not container["image"].endswith(":latest") or overlay.name == "trial",
                             f"{what}: its image has no version")


def check_probes(overlay, workload, container, number, scheme="HTTP"):
    what = f"{workload['kind']} {workload['metadata']['name']}"
    for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"),
                        ("readinessProbe", "/readyz")):
        get = container[probe]["httpGet"]
        overlay.need(get.get("scheme", "HTTP") == scheme, f"{what}: {probe} asks without TLS")
        overlay.need(get["path"] == path, f"{what}: {probe} asks {get['path']}")
        overlay.need(port_of(container, get["port"]) == number,
                     f"{what}: {probe} does not ask the port that the configuration names")


def check_workers(overlay):
    workers = overlay.one("StatefulSet", "swerve")
    spec, pod = workers["spec"], workers["spec"]["template"]["spec"]
    configuration = overlay.configuration(workers)
    container = pod["containers"][0]
    overlay.need(spec["podManagementPolicy"] == "Parallel", "workers start one after the other")
    overlay.need(spec["serviceName"] in {s["metadata"]["name"] for s in overlay.all("Service")},
                 "the workers' service is missing")
    check_probes(overlay, workers, container, listening(configuration, "http"))
    overlay.need(str(configuration["http"]).startswith("0.0.0.0:"), "probes do not reach the port")
    # Exit code 75 is restarted here, as every other.
    overlay.need(configuration["dead_letters"]["at_bound"] == "hold", "dead letters do not hold")
    drain = configuration.get("limits", {}).get("drain_ms", DRAIN_MS)
    overlay.need(pod["terminationGracePeriodSeconds"] * 1_000 > drain + CLOSE_MS + 5_000,
                 "the kubelet kills before the drain is over")
    hook = container["lifecycle"]["preStop"]["exec"]["command"]
    overlay.need("kill -TERM 1" in hook[-1] and "while :" in hook[-1],
                 "preStop does not wait for the drain, and a second signal would follow")
    overlay.need(configuration["slot_from"] == "hostname" and configuration["slots"]["count"] >= 1,
                 "slots do not follow from ordinals")
    overlay.need(configuration["slots"]["total"] == "auto" and configuration["assignment"] == "dynamic",
                 "a group that scales leaves members behind")
    claims = workers["spec"]["volumeClaimTemplates"]
    overlay.need([c["spec"]["accessModes"] for c in claims] == [["ReadWriteOncePod"]],
                 "two pods could share a state")
    overlay.need(configuration["state"].startswith(
        next(m["mountPath"] for m in container["volumeMounts"] if m["name"] == "state")),
        "the state is not on its volume")
    artifacts = re.match(r"https://([^:/]+):(\d+)/v1/artifacts/\{digest\}$", configuration["artifacts"])
    hub = overlay.one("Service", artifacts[1])
    overlay.need([p["port"] for p in hub["spec"]["ports"]] == [int(artifacts[2])],
                 "artifacts are fetched from no port of the hub")
    mounts = {m["mountPath"] for m in container["volumeMounts"]}
    for key in ("artifacts.token_file", "artifacts.ca_file"):
        overlay.need(str(Path(configuration[key]).parent) in mounts, f"{key} is not mounted")
    budget = overlay.one("PodDisruptionBudget", "swerve")["spec"]
    overlay.need(budget.get("maxUnavailable") == 1, "a drain may take several pods at once")
    overlay.need(budget.get("unhealthyPodEvictionPolicy") == "AlwaysAllow",
                 "pods that serve nothing keep a node from being drained")
    for rule in pod["topologySpreadConstraints"]:
        overlay.need((rule["whenUnsatisfiable"], rule.get("nodeTaintsPolicy")) == ("ScheduleAnyway", "Honor"),
                     "a pod, which is bound to where its volume is, would wait for another node")
    return workers, configuration


def check_hub(overlay):
    hub = overlay.one("Deployment", "swerve-hub")
    configuration = overlay.configuration(hub)
    overlay.need(hub["spec"]["replicas"] == 1 and hub["spec"]["strategy"] == {"type": "Recreate"},
                 "two hubs could have the volume")
    overlay.need(overlay.one("PersistentVolumeClaim", "swerve-registry")["spec"]["accessModes"]
                 == ["ReadWriteOncePod"], "two pods could have the registry")
    pod = hub["spec"]["template"]["spec"]
    check_probes(overlay, hub, pod["containers"][0], listening(configuration, "hub.listen"),
                 "HTTPS")
    paths = {e["name"]: e["value"] for e in pod["containers"][0]["env"]}
    tls = next(m["mountPath"] for m in pod["containers"][0]["volumeMounts"] if m["name"] == "tls")
    for key in ("SWERVE_HUB_TLS_CERTIFICATE", "SWERVE_HUB_TLS_KEY"):
        overlay.need(str(Path(paths[key]).parent) == tls, f"{key} is not mounted")
    check_backup(overlay, hub)


def check_backup(overlay, hub):
    """Asked of the hub, over HTTPS, with a token of its own, onto a volume of its own."""
    job = overlay.one("CronJob", "swerve-backup")["spec"]
    pod = job["jobTemplate"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    overlay.need(job["concurrencyPolicy"] == "Forbid", "two backups at once")
    overlay.need("swerve registry backup \"/backups/" in container["args"][0], "nobody backs the registry up")
    claims = {v["persistentVolumeClaim"]["claimName"] for v in pod["spec"]["volumes"]
              if "persistentVolumeClaim" in v}
    own = {v["persistentVolumeClaim"]["claimName"] for v in hub["spec"]["template"]["spec"]["volumes"]
           if "persistentVolumeClaim" in v}
    overlay.need(claims and not claims & own, "backups lie beside the registry")
    given = {e["name"]: e.get("value") or e.get("valueFrom") for e in container["env"]}
    where = re.match(r"https://([^:/]+):(\d+)$", given["SWERVE_HUB"])
    overlay.need([p["port"] for p in overlay.one("Service", where[1])["spec"]["ports"]] == [int(where[2])],
                 "the backup asks no port of the hub")
    mounts = {m["mountPath"] for m in container["volumeMounts"]}
    overlay.need(str(Path(given["SWERVE_HUB_CA"]).parent) in mounts, "SWERVE_HUB_CA is not mounted")
    overlay.need("secretKeyRef" in given["SWERVE_TOKEN"], "the backup's token is no secret")
    for policy in (p["spec"] for p in overlay.all("NetworkPolicy")):
        if chooses(policy["podSelector"]["matchLabels"], labels_of(hub["spec"]["template"])):
            allowed = [f["podSelector"]["matchLabels"] for r in policy.get("ingress", [])
                       for f in r["from"] if "podSelector" in f]
            if allowed:
                overlay.need(any(chooses(labels, labels_of(pod)) for labels in allowed),
                             "the hub does not let the backup in")


def check_restore(overlay):
    """It has both volumes, as the user that both belong to, and never starts by itself."""
    spec = overlay.one("CronJob", "swerve-restore")["spec"]
    overlay.need(spec["suspend"] is True, "it restores by itself")
    backup = overlay.one("CronJob", "swerve-backup")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    overlay.need(pod["securityContext"] == backup["securityContext"], "it writes as somebody else")
    claims = {v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v}
    overlay.need(claims == {"swerve-registry", "swerve-backups"}, f"it has the volumes {claims}")


def check_production(overlay, workers, configuration):
    overlay.need("replicas" not in workers["spec"], "apply would undo the autoscaler's number")
    kafka = configuration["kafka"]
    overlay.need(kafka["security.protocol"] == "SASL_SSL", "no TLS to the brokers")
    overlay.need("sasl.password" not in kafka, "a password in the configuration")
    mounts = {m["mountPath"] for c in workers["spec"]["template"]["spec"]["containers"]
              for m in c["volumeMounts"]}
    for key in ("ssl.ca.location", "sasl.password_file"):
        overlay.need(str(Path(kafka[key]).parent) in mounts, f"{key} is not mounted")
    scaled = overlay.one("ScaledObject", "swerve")
    partitions = int(scaled["metadata"]["annotations"]["swerve/partitions"])
    spec = scaled["spec"]
    overlay.need(spec["maxReplicaCount"] * configuration["slots"]["count"] <= partitions,
                 "more slots than partitions")
    overlay.need(spec["minReplicaCount"] >= 1, "nobody would serve")
    target = {key: spec["scaleTargetRef"][key] for key in ("kind", "name")}
    overlay.need(target == {"kind": "StatefulSet", "name": "swerve"}, f"it scales {target}")
    trigger = spec["triggers"][0]
    metadata = trigger["metadata"]
    overlay.need(metadata["consumerGroup"] == configuration["group"]
                 and metadata["bootstrapServers"] == kafka["bootstrap.servers"],
                 "it looks at another group")
    overlay.need(metadata["allowIdleConsumers"] == "false", "it scales beyond the partitions")
    overlay.one("TriggerAuthentication", trigger["authenticationRef"]["name"])
    jobs = set()
    for monitor in overlay.all("ServiceMonitor"):
        labels = overlay.one(
            "Service", "swerve-workers" if monitor["metadata"]["name"] == "swerve" else "swerve-hub"
        )["metadata"]["labels"]
        given = [r["replacement"] for e in monitor["spec"]["endpoints"]
                 for r in e.get("relabelings", []) if r["targetLabel"] == "job"]
        jobs.add(given[0] if given else labels[monitor["spec"]["jobLabel"]])
    overlay.need(jobs == {"swerve", "swerve-hub"}, f"the rules look at other jobs than {jobs}")
    rules = yaml.safe_load((ROOT / "deploy/prometheus/swerve.rules.yml").read_text())
    overlay.need(overlay.one("PrometheusRule", "swerve")["spec"] == rules,
                 "rules.yaml has other rules than deploy/prometheus: deploy/kubernetes/rules writes it")


def check_trial(overlay):
    workers = overlay.one("StatefulSet", "swerve")
    arguments = overlay.one("Job", "swerve-topics")["spec"]["template"]["spec"]["containers"][0]["args"]
    partitions = int(arguments[arguments.index("--partitions") + 1])
    overlay.need(workers["spec"]["replicas"] * overlay.configuration(workers)["slots"]["count"]
                 <= partitions, "more slots than partitions")
    namespaces = {o["metadata"].get("namespace") for o in overlay.objects if o["kind"] != "Namespace"}
    overlay.need(namespaces == {"swerve-trial"}, f"several namespaces: {namespaces}")
    kafka = overlay.one("StatefulSet", "kafka")["spec"]
    overlay.need(kafka["replicas"] == 1, "more than one Kafka")
    container = kafka["template"]["spec"]["containers"][0]
    logs = next(e["value"] for e in container["env"] if e["name"] == "KAFKA_LOG_DIRS")
    overlay.need(logs.startswith(container["volumeMounts"][0]["mountPath"] + "/"),
                 "Kafka takes lost+found, in the root of its volume, for a partition")


def check_optional(kubectl):
    """The lines behind #: are parts to be taken: with all of them there are valid objects too."""
    with tempfile.TemporaryDirectory(prefix="swerve-optional-") as folder:
        copy, lines = Path(shutil.copytree(FOLDER, Path(folder, "kubernetes"))), 0
        for path in copy.rglob("*.yaml"):
            text, count = re.subn(r"^( *)#: ?", r"\1", path.read_text(), flags=re.M)
            lines += count
            path.write_text(text)
        overlay = Overlay("production", kubectl, copy)
    check_schemas(overlay)
    check_selectors(overlay)
    check_pods(overlay)
    workers = overlay.one("StatefulSet", "swerve")
    mounts = {m["mountPath"] for m in workers["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]}
    configuration = overlay.configuration(workers)
    for key in ("trust", "status.sign_with"):
        overlay.need(str(Path(configuration.get(key, "")).parent) in mounts, f"{key} is not mounted")
    print(f"kubernetes: production with all of its {lines} optional lines: {len(overlay.objects)} objects")
    return [f"with its optional parts {fault}" for fault in overlay.faults]


def main(kubectls):
    faults = []
    for name in ("trial", "production"):
        overlay = Overlay(name, kubectls[0])
        for other in kubectls[1:]:
            same = (normal(Overlay(name, other).objects, "objects")
                    == normal(overlay.objects, "objects"))
            overlay.need(same, f"{other} renders something else than {kubectls[0]}")
        check_schemas(overlay)
        check_selectors(overlay)
        check_pods(overlay)
        workers, configuration = check_workers(overlay)
        check_hub(overlay)
        check_restore(overlay)
        if name == "production":
            network_policies.check(overlay, ("addresses 192.0.2.0/24", "9093/TCP"))
            check_production(overlay, workers, configuration)
        else:
            network_policies.check(overlay, ("pods app.kubernetes.io/name=kafka", "9092/TCP"))
            check_trial(overlay)
        own = sum(item["kind"] not in OTHERS for item in overlay.objects)
        print(f"kubernetes: {name}: {len(overlay.objects)} objects, {own} of them against the schemas "
              f"of {', '.join(VERSIONS)}, the others by rules alone")
        faults += overlay.faults
    if not constant("Serving/Worker/Worker.swift", "closeMs") < CLOSE_MS:
        faults.append("a worker is killed before it gives its own closing up")
    if constant("Serving/Leaving/SlotLeave.swift", "closeMs") != CLOSE_MS:
        faults.append("`swerve leave` waits for another time than the supervisor gives")
    faults += check_optional(kubectls[0])
    for fault in faults:
        print(f"kubernetes: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
