"""One worker without a supervisor, so that another program can run it.

valgrind knows no pidfd_open(2), with which a supervisor starts its workers, and an emulator hands the
supervisor's children to this machine's processor. So a supervisor's own worker is watched once for the
configuration that it gets, and another is started with it. Needs strace in PATH.
"""
import json
import os
import re
import signal
import subprocess

import small


class Service(small.Service):
    """A service whose supervisor is watched for what it tells its worker, and has ended since."""

    def __init__(self, swerve, folder):
        super().__init__(swerve, folder)
        os.kill(int(self.family()[1]), signal.SIGTERM)
        self.supervisor.wait(60)
        found = re.search(r'write\(\d+, ("\{.*\\n"), \d+', (self.folder / "calls").read_text())
        self.document = json.loads(found[1]).encode()

    def start(self, *arguments, log):
        if arguments[0] != "serve":
            return super().start(*arguments, log=log)
        with open(self.folder / log, "wb") as output:
            process = subprocess.Popen(
                ["strace", "-f", "-s", "600000", "-e", "trace=write", "-o", self.folder / "calls",
                 self.swerve, *arguments], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process

    def worker(self, *runner):
        """A worker that `runner` runs, once it serves; it ends with the pipe that comes with it."""
        theirs, ours = os.pipe()
        os.write(ours, self.document)

        def hand_on():
            os.dup2(theirs, 3)
            os.set_inheritable(3, True)

        told = self.folder / "worker.log"
        with open(told, "wb") as log:
            process = subprocess.Popen(
                [*runner, self.swerve, "worker"], cwd=self.folder, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, close_fds=False,
                preexec_fn=hand_on)
        os.close(theirs)
        self.processes.append(process)
        self.wait(lambda: "epoch" in told.read_text())
        return process, ours
