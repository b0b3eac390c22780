#!/usr/bin/env python3
"""What deploy/Containerfile stands on beside its own lines: no secret gets into an image, and each place
that names the version names that of the executable.

Usage: recipe.py EXECUTABLE    git in PATH
"""
import fnmatch
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# As the commands of the pages name them.
SECRETS = ("alice.key", "fleet.swervekey", "tls.key", "ada.token", "swerve.db", "swerve.db.webhook-key")
VERSIONS = {
    "deploy/Containerfile": r"^ARG VERSION=(\S+)$",
    "deploy/kubernetes/overlays/production/kustomization.yaml": r"newTag: ([^\s}]+)",
    "docs/kubernetes.md": r"registry\.example/swerve:(\S+)"}


def ignored(path, patterns):
    """As docker reads .dockerignore: ** stands for any folders, also none; a folder takes what is in it along."""
    parents = [path, *map(str, Path(path).parents)]
    for pattern in patterns:
        if pattern.startswith("**/"):
            if any(fnmatch.fnmatch(Path(parent).name, pattern[3:]) for parent in parents):
                return True
        elif any(parent.count("/") == pattern.count("/") and fnmatch.fnmatch(parent, pattern) for parent in parents):
            return True
    return False


def main():
    faults = []
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines()
                if line and not line.startswith("#")]
    if (ROOT / ".containerignore").exists():
        faults.append(".containerignore is read by buildah and podman in the place of .dockerignore")
    for path in [f"{folder}{name}" for folder in ("", "models/", "deploy/kubernetes/") for name in SECRETS]:
        if not ignored(path, patterns):
            faults.append(f".dockerignore lets {path} into the image's build")
        if (path.count("/") == 0 or not path.endswith(".db")) and subprocess.run(
                ["git", "check-ignore", "--quiet", "--no-index", path], cwd=ROOT).returncode:
            faults.append(f".gitignore lets {path} in")
    recipe = (ROOT / "deploy/Containerfile").read_text().replace("\\\n", " ")
    for words in re.findall(r"^COPY (?!--from)(.+)$", recipe, re.M):
        for source in words.split()[:-1]:
            if source != "." and (ignored(source, patterns) or not (ROOT / source).exists()):
                faults.append(f"the recipe copies {source}, which is not there or ignored")
    version = subprocess.run(
        [sys.argv[1], "--version"], check=True, capture_output=True, text=True).stdout.strip()
    for name, pattern in VERSIONS.items():
        found = set(re.findall(pattern, (ROOT / name).read_text(), re.M))
        if found != {version}:
            faults.append(f"{name} names the version {sorted(found)}, and the executable is {version}")
    for fault in faults:
        print(f"container: {fault}")
    if not faults:
        print(f"container: no secret gets into it; {len(VERSIONS)} files name version {version}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
