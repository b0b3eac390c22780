#!/usr/bin/env python3
"""Each swerve.yaml that is shipped is one that the executable takes.

Usage: configurations.py EXECUTABLE

Against the schema that it prints (`swerve config schema`), and those of workers also by `swerve serve
--check`, which reads them as a start does; slot_from is left to the pods, whose names have numbers.
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import yaml

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"


def shipped():
    """(name, text) of each."""
    for path in [*DEPLOY.glob("examples/*.yaml"), *DEPLOY.glob("kubernetes/**/*-config.yaml")]:
        yield str(path.relative_to(DEPLOY)), path.read_text()


def certificate():
    """One of nobody, as a test of the program has it."""
    text = (DEPLOY.parent / "Tests/PlatformTests/CertificateFileTests.swift").read_text()
    lines = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.S)[0]
    return "\n".join(line.strip() for line in lines.splitlines()) + "\n"


def main():
    executable = sys.argv[1]
    schema = json.loads(subprocess.run(
        [executable, "config", "schema"], check=True, capture_output=True, text=True).stdout)
    faults, count = [], 0
    for name, text in shipped():
        count += 1
        value = yaml.safe_load(text)
        # Also with the parts behind #:, which are to be taken where they are needed.
        for whole in (value, yaml.safe_load(re.sub(r"^( *)#: ?", r"\1", text, flags=re.M))):
            faults += [f"{name}: {error.json_path}: {error.message[:200]}"
                       for error in jsonschema.Draft202012Validator(schema).iter_errors(whole)]
        if "hub-config" in name or name.endswith("hub.yaml"):
            continue
        with tempfile.TemporaryDirectory(prefix="swerve-check-") as folder:
            value.pop("slot_from", None)
            # Secrets are files of the pod.
            kafka = value["kafka"]
            for keys, key in ((kafka, "sasl.password_file"), (kafka, "ssl.ca.location"),
                              (value, "artifacts.token_file"), (value, "artifacts.ca_file")):
                if key in keys:
                    keys[key] = str(Path(folder, key))
                    Path(folder, key).write_text(certificate() if key.endswith(("ca.location", "ca_file")) else "secret\n")
            Path(folder, "swerve.yaml").write_text(yaml.safe_dump(value))
            check = subprocess.run(
                [executable, "serve", "--check"], cwd=folder, capture_output=True, text=True)
            if check.returncode:
                faults.append(f"{name}: {check.stderr.strip()[-400:]}")
    for fault in faults:
        print(f"configurations: {fault}")
    print(f"configurations: {count} are taken by the executable")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
