#!/usr/bin/env python3
"""Carries the steps of a Containerfile's last stages out in a fresh Debian root, and runs the result.

Usage: container.py EXECUTABLE FOLDER    (of `make standalone`; as root, for chroot)

For machines without a registry of images: debian:12-slim is a root of mmdebstrap, and what the build
stage makes is EXECUTABLE. The stage `runtime` is then read line by line: COPY, RUN, ENV, WORKDIR and
USER are carried out as they stand. It is run as its user, its root read-only, and /var/lib/swerve and
/tmp the only places to write to, as the first process of its own PID namespace, with a network of its own.
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from network import LOOPBACK

SOURCE = Path(__file__).resolve().parent.parent.parent


def instructions(stage):
    """(word, rest) of one stage, lines joined, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", (SOURCE / "deploy/Containerfile").read_text(), flags=re.M)
    text = re.sub(r"\\\n\s*", " ", text)
    found, inside = [], False
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            inside = rest.endswith(f" AS {stage}")
        elif inside:
            found.append((word, rest.strip()))
    return found


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, **more)


class Root:
    def __init__(self, folder, executable):
        folder = Path(folder).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.executable = folder / "root", Path(executable).resolve()
        self.environment, self.workdir, self.user = {}, "/", "root"
        self.labels, self.health, self.entry, self.volumes = {}, None, None, []
        base = folder / "slim.tar"
        if not base.exists():
            run("mmdebstrap", "--quiet", "--format=tar", "--variant=minbase", "bookworm", f"{base}.new")
            os.rename(f"{base}.new", base)
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        run("tar", "-C", self.path, "-xf", base)
        for part in ("etc/resolv.conf", "etc/apt/apt.conf.d"):
            if Path("/", part).is_dir():
                shutil.copytree(f"/{part}", self.path / part, dirs_exist_ok=True)
            else:
                shutil.copy(f"/{part}", self.path / part)

    def build(self):
        for word, rest in instructions("runtime"):
            if word == "COPY":
                self.copy(rest)
            elif word == "RUN":
                proxies = {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
                run("unshare", "--mount", "--pid", "--fork", "sh", "-c",
                    f"mount -t proc proc {self.path}/proc && mount --bind /dev {self.path}/dev && "
                    f'exec chroot {self.path} /bin/sh -c "$0"', rest,
                    env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **proxies},
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            elif word == "ENV":
                name, _, value = rest.partition("=")
                self.environment[name] = value
            elif word == "WORKDIR":
                self.workdir = rest
            elif word == "USER":
                self.user = rest
            elif word == "VOLUME":
                self.volumes.append(rest)
            elif word == "LABEL":
                self.labels = dict(re.findall(r'(\S+?)="([^"]*)"', rest))
            elif word == "HEALTHCHECK":
                self.health = re.findall(r'"([^"]*)"', rest)
            elif word == "ENTRYPOINT":
                self.entry = re.findall(r'"([^"]*)"', rest)

    def copy(self, rest):
        words = rest.split()
        if words[0] == "--from=build":
            source, target = words[1:]
            assert source == "/out/swerve", rest
            run("install", "-D", "-s", "-m", "0755", self.executable, f"{self.path}{target}")
            return
        *sources, target = words
        for source in sources:
            place = f"{self.path}{target}"
            if target.endswith("/"):
                place += Path(source).name
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy2(SOURCE / source, place)

    def inside(self, script):
        """Runs a script as the image's user would have it: no rights, a read-only root.

        PID 1 is what `script` becomes by exec.
        """
        mounts = "".join(
            f"mount -t tmpfs -o mode=0750,uid=10001,gid=10001 tmpfs {self.path}{volume} && "
            for volume in self.volumes)
        user, group = self.user.split(":")
        inside = {"PATH": "/usr/bin:/bin", "HOME": self.workdir, **self.environment}
        words = " ".join(f"{name}={value}" for name, value in inside.items())
        outside = (
            f"mount --bind {self.path} {self.path} && mount -o remount,bind,ro {self.path} && "
            f"mount -t proc proc {self.path}/proc && mount -t tmpfs -o mode=1777 tmpfs {self.path}/tmp && "
            f"mount --bind /dev {self.path}/dev && {mounts}"
            # A user without rights cannot change the root, so the right is given up inside.
            f"exec chroot --userspec={user}:{group} {self.path} "
            f"/usr/bin/env -i {words} /usr/bin/setpriv --no-new-privs /bin/sh -c \"$0\"")
        return subprocess.run(
            ["unshare", "--mount", "--pid", "--net", "--fork", sys.executable, "-c", LOOPBACK, "sh", "-c", outside,
             f"cd {self.workdir}; {script}"],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            capture_output=True, text=True, timeout=240)


# A broker, a version, a service that ends by a signal from inside, as a preStop hook sends it.
LIFE = r"""
set -e
M=/usr/share/swerve/models
unset SWERVE_CONFIG
swerve broker --topic raw_requests:4 --topic predictions:4 --topic predictions.dlq:4 \
    --topic swerve.control:1 --topic swerve.status:1 --topic swerve.ledger:1 > broker.json &
until grep -q 127 broker.json; do sleep 0.1; done
SWERVE_BOOTSTRAP=$(grep -o '127[^"]*' broker.json)
cat > swerve.yaml <<Y
model: m
slots: {total: 1}
start: earliest
development: true
assignment: fixed
http: 0.0.0.0:9464
kafka: {bootstrap.servers: "$SWERVE_BOOTSTRAP"}
Y
export SWERVE_CONFIG=$PWD/swerve.yaml
( sleep 3
  swerve health && echo "ready too early"
  swerve register $M/http-anomaly-1.model --model m --featurizer $M/featurizer.json >/dev/null
  swerve promote m@1 >/dev/null
  n=0; until swerve health >/dev/null || [ $n -gt 100 ]; do n=$((n+1)); sleep 0.2; done
  swerve health && echo "healthy at last"
  touch /etc/forbidden 2>/dev/null && echo "the root can be written"
  kill -TERM 1 ) 2>&1 &
exec swerve serve
"""


def main():
    root = Root(sys.argv[2], sys.argv[1])
    print("container: carrying the stage runtime out")
    root.build()
    faults = []
    if root.volumes != ["/var/lib/swerve"] or root.user != "10001:10001":
        faults.append(f"volumes {root.volumes}, user {root.user}")
    if root.health != ["/usr/bin/swerve", "health"] or root.entry != ["/usr/bin/swerve"]:
        faults.append(f"health {root.health}, entry {root.entry}")
    if "org.opencontainers.image.licenses" not in root.labels:
        faults.append(f"labels {root.labels}")
    print("container: the demo, without rights, its root read-only")
    demo = root.inside("unset SWERVE_CONFIG; exec swerve demo --records 20000 --rate 0 --json")
    if demo.returncode:
        faults.append(f"swerve demo: {demo.returncode}: {demo.stderr[-2000:]} {demo.stdout[-2000:]}")
    print("container: a service as the first process: healthy once it serves, and stopped from inside")
    life = root.inside(LIFE)
    said = life.stdout + life.stderr
    if life.returncode or "healthy at last" not in said or "too early" in said:
        faults.append(f"the service: {life.returncode}: {said[-3000:]}")
    if "can be written" in said:
        faults.append("the root can be written")
    bytes_used = int(run("du", "-xsb", root.path, capture_output=True, text=True).stdout.split()[0])
    for fault in faults:
        print(f"container: {fault}")
    print(f"container: a root of {bytes_used >> 20} MiB")
    shutil.rmtree(root.path, ignore_errors=True)
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main())
