#!/usr/bin/env python3
"""What deployments get wrong: each mistake has one line that names it, and its exit code, or not ready.

Usage: mistakes.py EXECUTABLE    openssl in PATH; host names need unshare --uts, and are left out without

Two processes in one static slot are fenced by brokers, which needs a Kafka: EndToEndTests has that.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
AWAY = "127.0.0.1:1"
NONE = "/nowhere/secret"


class Case:
    def __init__(self, name, line, code, *sets, command="serve", bootstrap=AWAY, prefix=(), model="m"):
        self.name, self.line, self.code, self.prefix = name, line, code, list(prefix)
        words = [command, "--bootstrap", bootstrap]
        if command == "serve":
            sets = ("start=earliest", "http=127.0.0.1:0", f"model={model}", *sets)
        else:
            sets = ("hub.listen=127.0.0.1:0", *sets)
        self.words = words + [word for pair in sets for word in ("--set", pair)]


def host(name):
    return ["unshare", "--uts", "sh", "-c", f'hostname {name}; exec "$@"', "sh"]


def cases(bootstrap, plain, expired, folder):
    """Those without an exit code go on: not ready, and the log says why."""
    here = ("development=true", "assignment=fixed")
    shared = (*here, "slots.total=2", "slots.count=1")
    yield Case("a total below the slot", r"slots.first: '2' is not in 0 … 1: slots.total is 2, and slots are numbered from 0", 64,
               "slots.total=2", "slots.first=2")
    if subprocess.run(["unshare", "--uts", "true"], capture_output=True).returncode == 0:
        yield Case("a host without a number", r"slot_from: 'hostname'.*'swerve'", 64, "slots.total=4",
                   "slots.count=1", "slot_from=hostname", prefix=host("swerve"))
        yield Case("an ordinal beyond the total", r"gives host 'swerve-5' no 1 slots of its own: slots.total "
                   "is 4", 64, "slots.total=4", "slots.count=1", "slot_from=hostname", prefix=host("swerve-5"))
        yield Case("an ordinal beyond all", r"'swerve-99999999999' no 2 slots", 64, "slots.total=auto",
                   "assignment=dynamic", "slots.count=2", "slot_from=hostname",
                   prefix=host("swerve-99999999999"))
    yield Case("no password", f"for sasl.password: reading {NONE}: .*No such file", 64,
               "kafka.security.protocol=sasl_ssl", "kafka.sasl.mechanism=PLAIN", "kafka.sasl.username=u",
               f"kafka.sasl.password_file={NONE}")
    yield Case("no authority of the brokers", f"for ssl.ca.location: reading {NONE}: .*No such file", 64, "kafka.security.protocol=ssl",
               f"kafka.ssl.ca.location={NONE}")
    yield Case("no trust file", f"reading the trust file: reading {NONE}: .*No such file", 64, f"trust={NONE}")
    yield Case("no certificate of the hub", f"certificate {NONE}", 64, f"hub.tls.certificate={NONE}",
               f"hub.tls.key={NONE}", command="hub")
    yield Case("no token for artifacts", f"artifacts.token_file: '{NONE}' cannot be used: reading {NONE}: .*No such "
               "file", 64, "artifacts=http://127.0.0.1:1/{digest}", f"artifacts.token_file={NONE}")
    yield Case("no authority of the schema registry", f"schema_registry.tls.ca: '{NONE}' cannot be used: there is "
               "no file", 64, "input.format=avro", "schema_registry.url=https://127.0.0.1:1",
               f"schema_registry.tls.ca={NONE}")
    yield Case("no trust file of the hub", f"reading the trust file: reading {NONE}: .*No such file", 64,
               f"trust={NONE}", command="hub")
    yield Case("no authority of the hub's brokers", f"for ssl.ca.location: reading {NONE}: .*No such file", 64,
               "kafka.security.protocol=ssl", f"kafka.ssl.ca.location={NONE}", command="hub")
    yield Case("a state within a file", r"state: 'file/state' cannot be used: .*Not a directory", 64,
               "state=file/state")
    if os.geteuid() == 0:
        yield Case("a state that cannot be written", r"state: .*/shut/state' cannot be used: .*Permission denied", 64,
                   f"state={folder}/shut/state", f"registry={folder}/none.db", prefix=NOBODY)
        yield Case("a registry that cannot be written", r"opening registry .*/shut/swerve.db: .*Permission "
                   r"denied .*let the service's user", 1, f"registry={folder}/shut/swerve.db", command="hub", prefix=NOBODY)
    yield Case("two services in one slot, on one state", r"state folder shared is in use: the slot is held by "
               r"process \d+; stop that service", 1, *shared, "state=shared", "group=twice", bootstrap=bootstrap)
    yield Case("two services in one slot", r"another process says that it serves slot twice/0: .*"
               r"slots of its own", None, *shared, "state=other", "group=twice", bootstrap=bootstrap)
    yield Case("a broker that wants TLS", r"incorrect security.protocol .*SSL listener", None, bootstrap=plain)
    yield Case("an expired certificate", r"cannot go on: .*certificate verify failed", 1,
               "kafka.security.protocol=ssl", f"kafka.ssl.ca.location={folder}/old.pem", bootstrap=expired)


def find(swerve, case, folder, environment):
    """The fault of a case, or nothing. `twice` has its first process from the start."""
    log = Path(folder, re.sub(r"\W", "-", case.name) + ".txt")
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [*case.prefix, swerve, *case.words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT)
    end, found, code = time.monotonic() + 60, None, None
    while time.monotonic() < end and not (found and (case.code is None or code is not None)):
        code = process.poll()
        text = log.read_text(errors="replace")
        found = next((line for line in text.splitlines() if re.search(case.line, line)), None)
        if code is not None:
            break
        time.sleep(0.05)
    ready = "no answer"
    if process.poll() is None:
        if port := re.search(r"health are at http://\S*:(\d+)", text):
            asked = subprocess.run([swerve, "health", "--set", f"http=127.0.0.1:{port[1]}"], cwd=folder,
                                   env=environment, capture_output=True, text=True)
            ready = asked.returncode
        process.terminate()
        process.wait(60)
    if not found:
        return f"no line says {case.line!r}: {text[-800:]}"
    if code != case.code:
        return f"it ended with {code}, not {case.code}: {text[-800:]}"
    # Of two in one slot on the development broker both serve, and say so.
    if case.code is None and "two services" not in case.name and ready != 1:
        return f"ready: {ready}"
    return None


def certificate(folder, name, days):
    run = lambda *words: subprocess.run(words, cwd=folder, check=True, capture_output=True)
    run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out",
        f"{name}.csr", "-subj", "/CN=localhost")
    Path(folder, "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    run("openssl", "x509", "-req", "-in", f"{name}.csr", "-signkey", f"{name}.key", "-days", str(days),
        "-out", f"{name}.pem", "-extfile", "names")


def listener(folder, name, others):
    """A server that speaks TLS alone, at a port that the system gives."""
    code = ("import socket, ssl, threading\n"
            "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
            f"context.load_cert_chain('{name}.pem', '{name}.key')\n"
            "server = socket.create_server(('127.0.0.1', 0))\n"
            "print(server.getsockname()[1], flush=True)\n"
            "def serve(connection):\n"
            "    try:\n"
            "        with context.wrap_socket(connection, server_side=True) as c: c.recv(1)\n"
            "    except OSError: connection.close()\n"
            "while True:\n"
            "    threading.Thread(target=serve, args=(server.accept()[0],)).start()\n")
    process = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, text=True)
    others.append(process)
    return f"127.0.0.1:{process.stdout.readline().strip()}"


def main():
    swerve, others = str(Path(sys.argv[1]).resolve()), []
    with tempfile.TemporaryDirectory(prefix="swerve-mistakes-") as folder:
        os.chmod(folder, 0o755)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SWERVE_")}
        os.mkdir(f"{folder}/shut", 0o555)
        Path(folder, "file").write_text("")
        certificate(folder, "new", 5)
        certificate(folder, "old", -1)
        topics = ["raw_requests:4", "predictions:4", "predictions.dlq:4", "swerve.control:1", "swerve.status:1",
                  "swerve.ledger:1"]
        broker = subprocess.Popen(
            [swerve, "broker", *(w for t in topics for w in ("--topic", t))], cwd=folder, env=environment,
            stdout=subprocess.PIPE, text=True)
        others.append(broker)
        try:
            bootstrap = re.search(r'127[^"]*', broker.stdout.readline())[0]
            for words in (["register", f"{ROOT}/models/http-anomaly-1.model", "--model", "m", "--featurizer",
                           f"{ROOT}/models/featurizer.json"], ["promote", "m@1", "--bootstrap", bootstrap]):
                subprocess.run([swerve, *words], cwd=folder, env=environment, check=True, capture_output=True)
            plain, expired = listener(folder, "new", others), listener(folder, "old", others)
            all_cases = list(cases(bootstrap, plain, expired, folder))
            twice = next(case for case in all_cases if "on one state" in case.name)
            others.append(subprocess.Popen(
                [swerve, *twice.words], cwd=folder, env=environment, stderr=subprocess.DEVNULL))
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                found = list(pool.map(lambda case: find(swerve, case, folder, environment), all_cases))
        finally:
            for process in reversed(others):
                process.terminate()
                process.wait(60)
    faults = [f"{case.name}: {fault}" for case, fault in zip(all_cases, found) if fault]
    for fault in faults:
        print(f"mistakes: {fault}")
    print(f"mistakes: {len(all_cases)}, each with one line that names it")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main() if len(sys.argv) == 2 else __doc__)
