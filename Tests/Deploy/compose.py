#!/usr/bin/env python3
"""Holds deploy/compose.yaml against the Compose specification and against what it stands on.

Usage: compose.py

The specification's own model (PyPI: compose-spec) reads it. Beside that: what is depended on and
mounted is there, ports are open to this machine alone, swerve's containers have no rights, and each
of their commands is one that the executable has.
"""
import re
import sys
from pathlib import Path

import compose_spec.models
import pydantic
import yaml

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
COMMANDS = {path.stem for path in (DEPLOY.parent / "Tests/Snapshots/help").glob("*.txt")}


def main():
    text = (DEPLOY / "compose.yaml").read_text()
    document = yaml.safe_load(text)
    faults = []
    try:
        compose_spec.models.ComposeSpecification.model_validate(
            {key: value for key, value in document.items() if not key.startswith("x-")},
            extra="forbid")
    except pydantic.ValidationError as error:
        faults += [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    services, volumes = document["services"], set(document["volumes"])
    for name, service in services.items():
        needed = service.get("depends_on", [])
        conditions = needed if isinstance(needed, dict) else dict.fromkeys(needed, {})
        for other, condition in conditions.items():
            if other not in services:
                faults.append(f"{name} depends on {other}, which is not there")
            elif condition.get("condition") == "service_healthy" and "healthcheck" not in services[
                    other] and "swerve" not in services[other]["image"]:
                faults.append(f"{name} waits for the health of {other}, which tells none")
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if not (source in volumes or (source.startswith("./") and (DEPLOY / source).exists())):
                faults.append(f"{name} mounts {source}, which is not there")
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                faults.append(f"{name} lets others in at {port}")
        if "swerve" in service["image"]:
            if not service.get("read_only") or service.get("cap_drop") != ["ALL"]:
                faults.append(f"{name} has rights that it does not need")
            words = service["command"]
            said = [words[0]] if "entrypoint" not in service else re.findall(
                r"^ *swerve ([a-z-]+)", "\n".join(words), re.M)
            for word in said:
                if word not in COMMANDS:
                    faults.append(f"{name} runs swerve {word}, which is no command")
        for config in service.get("configs", []):
            given = document["configs"].get(config["source"], {})
            if service.get("read_only") and "file" not in given:
                faults.append(f"{name} has a configuration that is no file, which docker compose cannot "
                              "write into a read-only root (docker/compose#12031)")
            elif not (DEPLOY / given["file"]).is_file():
                faults.append(f"{name} has the configuration {given['file']}, which is not there")
    stages = set(re.findall(r"^FROM .* AS (\w+)$", (DEPLOY / "Containerfile").read_text(), re.M))
    for name, service in services.items():
        if "build" in service and service["build"]["target"] not in stages:
            faults.append(f"{name} is built from no stage of the Containerfile")
    # One that keeps nothing over `down` would be empty beside a registry that is not.
    data = [mount.split(":")[1] for mount in services["kafka"].get("volumes", [])]
    if not any(services["kafka"]["environment"].get("KAFKA_LOG_DIRS", "").startswith(f"{at}/") for at in data):
        faults.append("Kafka keeps its topics on no volume")
    configured = yaml.safe_load((DEPLOY / document["configs"]["swerve"]["file"]).read_text())
    scraped = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    for job in scraped["scrape_configs"]:
        found = job["dns_sd_configs"][0]
        key = "hub.listen" if found["names"] == ["hub"] else "http"
        if found["names"][0] not in services or not str(configured[key]).endswith(f":{found['port']}"):
            faults.append(f"Prometheus looks for {found['names']} at {found['port']}")
    for fault in faults:
        print(f"compose: {fault}")
    print(f"compose: {len(services)} services")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
