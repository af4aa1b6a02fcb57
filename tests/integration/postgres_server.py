"""A PostgreSQL of Debian's package with a cluster of its own, on a free loopback port: not the one that the package may
have started. It refuses to run as root, so root lends it the user that the package made."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from conditions import PATIENCE_SECONDS, wait_until
from running_sluice import free_port

PROGRAMS = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
START_SECONDS_MAX = 60
OWNER, OWNER_PASSWORD = "owner", "password-of-the-owner"
READER, READER_PASSWORD = "reader", "pass'word of the reader"


def is_installed():
    return bool(PROGRAMS)


def lent_user():
    """What makes subprocess run as somebody else than root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": ()}
        except KeyError:
            continue
    raise AssertionError("there is no user to run PostgreSQL as")


class PostgresServer:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: a socket's path is limited
        self.cluster = self.folder / "cluster"
        self.log_path = self.folder / "log"
        self.lent = lent_user()
        self.port = 0
        self.process = None
        if self.lent:
            os.chown(self.folder, self.lent["user"], self.lent["group"])
        password_file = self.folder / "password"
        password_file.write_text(OWNER_PASSWORD, encoding="ascii")
        password_file.chmod(0o644)
        self.run("initdb", "-D", str(self.cluster), "-U", OWNER, "-A", "scram-sha-256", "--pwfile", str(password_file),
                 "-E", "UTF8", "--locale=C", "--no-sync")

    def run(self, program, *arguments):
        outcome = subprocess.run([PROGRAMS[-1].with_name(program), *arguments], capture_output=True, text=True,
                                 timeout=START_SECONDS_MAX, cwd=self.folder, check=False, **self.lent)
        if outcome.returncode != 0:
            raise AssertionError(f"{program} ended with {outcome.returncode}: {outcome.stdout}{outcome.stderr}")

    def start(self):
        self.port = self.port or free_port()  # the same one after a stop
        command = [PROGRAMS[-1].with_name("postgres"), "-D", self.cluster, "-c", f"port={self.port}",
                   "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}",
                   "-c", "fsync=off", "-c", "max_connections=20"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                                            **self.lent)
        wait_until(lambda: self.process.poll() is not None or self.answers(),
                   lambda: f"PostgreSQL is ready: {self.log_path.read_text(errors='replace')}", START_SECONDS_MAX)
        if self.process.poll() is not None:
            raise AssertionError(f"PostgreSQL did not start: {self.log_path.read_text(errors='replace')}")
        return self

    def answers(self):
        return subprocess.run([PROGRAMS[-1].with_name("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              timeout=PATIENCE_SECONDS, check=False).returncode == 0

    def execute(self, text):
        """Runs statements as the owner; returns what they print."""
        environment = {**os.environ, "PGPASSWORD": OWNER_PASSWORD}
        outcome = subprocess.run([PROGRAMS[-1].with_name("psql"), "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h",
                                  "127.0.0.1", "-p", str(self.port), "-U", OWNER, "-d", "postgres"],
                                 input=text, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
                                 env=environment)
        if outcome.returncode != 0:
            raise AssertionError(f"psql: {outcome.stderr}")
        return outcome.stdout

    def stop(self):
        """Ends every connection at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(START_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
