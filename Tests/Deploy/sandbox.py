#!/usr/bin/env python3
"""What the units' sandbox gives a process, for a command: its mounts, its /proc, no capabilities, and its
filters of system calls.

Usage: sandbox.py UNIT FOLDER COMMAND…    as root of a user and a process namespace, in a new mount namespace

FOLDER is what the command finds as /mnt: all of it to read, its `state` to write. systemd itself needs to be
the first process of a machine; this makes of the unit's own lines what it makes of them. Each line is
known here, or told: a new one is not passed over.
"""
import ctypes
import os
import subprocess
import sys
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
READ_ONLY, BIND, MOVE, RECURSIVE = 0x1, 0x1000, 0x2000, 0x4000
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
# What these say is not tried: they need systemd, or a user of their own, or are about other resources.
NOT_TRIED = {
    "Type", "ExecStart", "ExecReload", "EnvironmentFile", "WorkingDirectory", "User", "Group", "UMask",
    "StateDirectory", "StateDirectoryMode", "ConfigurationDirectory", "ConfigurationDirectoryMode", "Restart",
    "RestartSec", "RestartPreventExitStatus", "KillMode", "TimeoutStartSec", "TimeoutStopSec", "WatchdogSec",
    "OOMPolicy", "LimitNOFILE", "LimitCORE", "TasksMax", "MemoryHigh", "MemoryMax", "AmbientCapabilities",
    "PrivateUsers", "PrivateIPC", "DevicePolicy", "ProtectClock", "ProtectHostname", "RestrictNamespaces",
    "RestrictRealtime", "RestrictSUIDSGID", "RemoveIPC", "KeyringMode", "LockPersonality",
    "ProtectKernelModules", "SystemCallArchitectures", "SystemCallErrorNumber",
}


def service(unit):
    """Values by the name of each line of [Service]."""
    section, found = "", {}
    for line in Path(unit).read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def must(result, what):
    if result:
        sys.exit(f"sandbox: {what}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind="none", flags=0, options=""):
    must(LIBC.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()),
         f"mounting {target}")


def writes(path, allowed, deep=False):
    """Makes a mount one that can be written, or one that cannot."""
    class Attributes(ctypes.Structure):
        _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "spread", "users")]
    change = Attributes(clear=READ_ONLY) if allowed else Attributes(set=READ_ONLY)
    must(LIBC.syscall(MOUNT_SETATTR, AT_FDCWD, path.encode(), AT_RECURSIVE if deep else 0,
                      ctypes.byref(change), ctypes.sizeof(change)), f"who may write {path}")


def places(lines, folder):
    """The tree of files, as the lines say. What a line is for is done, or it is not there."""
    said = {name: values[-1] for name, values in lines.items()}
    mount(folder, "/mnt", flags=BIND | RECURSIVE)
    mount(f"{folder}/state", "/mnt/state", flags=BIND)
    writable = ["/mnt/state", "/proc"]
    if said.pop("PrivateDevices", "") == "yes":
        mount("tmpfs", "/media", "tmpfs")
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            Path("/media", name).touch()
            mount(f"/dev/{name}", f"/media/{name}", flags=BIND)
        mount("/media", "/dev", flags=MOVE)
        writable.append("/dev")
    options = [option for name, value, option in (
        ("ProcSubset", "pid", "subset=pid"), ("ProtectProc", "invisible", "hidepid=invisible"))
        if said.pop(name, "") == value]
    mount("proc", "/proc", "proc", options=",".join(options))
    if said.pop("ProtectHome", "") == "yes":
        for path in filter(os.path.isdir, ("/home", "/root", "/run/user")):
            mount("tmpfs", path, "tmpfs", options="mode=000")
    if said.pop("PrivateTmp", "") == "yes":
        for path in ("/tmp", "/var/tmp"):
            mount("tmpfs", path, "tmpfs", options="mode=1777")
            writable.append(path)
    if said.pop("ProtectSystem", "") == "strict":
        writes("/", False, deep=True)
        for path in writable:
            writes(path, True)
    hidden = []
    if said.pop("ProtectKernelTunables", "") == "yes":
        hidden += ["/proc/sys", "/proc/fs", "/proc/irq"]
    if said.pop("ProtectKernelLogs", "") == "yes":
        hidden += ["/proc/kmsg"]
    if said.pop("ProtectControlGroups", "") == "yes":
        hidden += ["/sys/fs/cgroup"]
    for path in filter(os.path.exists, hidden):
        mount(path, path, flags=BIND | RECURSIVE)
        writes(path, False, deep=True)
    return said


def call_sets():
    """Names of calls, and of other sets, by the name of each set that systemd knows."""
    found, name = {}, None
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"], check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        if line.startswith("@"):
            name = line.strip()
            found[name] = []
        elif name and line.startswith("    ") and not line.strip().startswith("#"):
            found[name].append(line.strip())
    return found


def calls(name, sets):
    if not name.startswith("@"):
        return {name}
    return set().union(*(calls(inner, sets) for inner in sets[name]))


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    """One filter of libseccomp, which systemd has with it."""
    ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # SCMP_ACT_ERRNO(EPERM)
    NOT_EQUAL, MASKED_EQUAL = 1, 7

    def __init__(self, otherwise):
        self.library = ctypes.CDLL("libseccomp.so.2")
        self.library.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.library.seccomp_init(otherwise))

    def add(self, action, name, *comparisons):
        number = self.library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            array = (Comparison * len(comparisons))(*comparisons)
            code = self.library.seccomp_rule_add_array(
                self.context, ctypes.c_uint32(action), number, len(comparisons), array)
            if code:
                sys.exit(f"sandbox: no rule for {name}: {code}")

    def load(self):
        if code := self.library.seccomp_load(self.context):
            sys.exit(f"sandbox: the filter is not taken: {code}")


def filters(said, lines):
    if said.pop("MemoryDenyWriteExecute", "") == "yes":
        denied = Filter(Filter.ALLOW)
        write_execute = Comparison(2, Filter.MASKED_EQUAL, 2 | 4, 2 | 4)
        execute = Comparison(2, Filter.MASKED_EQUAL, 4, 4)
        denied.add(Filter.REFUSE, "mmap", write_execute)
        denied.add(Filter.REFUSE, "mprotect", execute)
        denied.add(Filter.REFUSE, "pkey_mprotect", execute)
        denied.load()
    if families := said.pop("RestrictAddressFamilies", ""):
        numbers = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
        allowed = {numbers[family] for family in families.split()}
        denied = Filter(Filter.ALLOW)
        for number in set(range(46)) - allowed:
            denied.add(Filter.REFUSE, "socket", Comparison(0, 4, number, 0))
        denied.load()
    if said.pop("SystemCallFilter", ""):
        sets, allowed = call_sets(), set()
        for value in lines["SystemCallFilter"]:
            for word in value.lstrip("~").split():
                allowed = allowed - calls(word, sets) if value.startswith("~") else allowed | calls(word, sets)
        only = Filter(Filter.REFUSE)
        for name in allowed:
            only.add(Filter.ALLOW, name)
        only.load()


def main():
    unit, folder, *command = sys.argv[1:]
    lines = service(unit)
    said = places(lines, folder)
    if said.pop("CapabilityBoundingSet", None) == "":
        for capability in range(64):
            LIBC.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    if said.pop("NoNewPrivileges", "") == "yes":
        must(LIBC.prctl(38, 1, 0, 0, 0), "no new privileges")
    os.chdir("/mnt/state")
    filters(said, lines)
    if unknown := set(said) - NOT_TRIED:
        sys.exit(f"sandbox: {unit} has {sorted(unknown)}, which is neither tried here nor left out on purpose")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
