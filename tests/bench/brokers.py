"""Brokers under measurement: started on a free loopback port, watched through /proc, stopped again."""

import contextlib
import getpass
import glob
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# Every broker gets the same text. The last three lines are there for mosquitto's sake, to measure it at its best:
# without the first its acknowledgements wait 40 ms for Nagle's algorithm, and as it takes one packet of each socket a
# turn, the PUBACKs of one subscriber to many publishers fall behind, until with the default limits it drops messages.
CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
log_type none
set_tcp_nodelay true
max_inflight_messages 65535
max_queued_messages 1000000
"""

# Added for a shape with TLS; the one listener then speaks nothing else.
TLS_CONFIG = """\
cafile {folder}/ca.crt
certfile {folder}/{key}.crt
keyfile {folder}/{key}.key
"""

# Added where the broker keeps things. Without the first, root's brokers become users who may not write there.
STORE_CONFIG = """\
user {user}
persistence true
persistence_location {folder}/
"""

START_SECONDS_MAX = 60  # a build with sanitizers starts slowly, and so does a full store
STOP_SECONDS_MAX = 10
DESCRIPTORS_MAX = 65536


class BenchFailure(Exception):
    """A measurement that could not be made, with a sentence for the user."""


def prepare_child(cpu):
    """What a child does before exec: its CPU (None: any), and descriptors for thousands of clients."""
    def prepare():
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        soft = DESCRIPTORS_MAX if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS_MAX)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return prepare


def find_mosquitto():
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def mosquitto_version(path):
    text = subprocess.run([path, "-h"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"mosquitto version (\S+)", text)
    return found.group(1) if found else "of unknown version"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def waiting_seconds(pid):
    """How long the threads of a process have wanted a CPU without having it; 0 where the kernel does not say."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            total += int(file.read().split()[1])
    return total / 1e9


class Broker:
    """A broker process for the length of a `with` block."""

    def __init__(self, name, path, cpu, certificates):
        self.name = name
        self.path = path
        self.cpu = cpu
        self.certificates = certificates  # a CertificateFolder; None where no shape has TLS
        self.key = ""
        self.lines = ""  # of the configuration, for the next processes
        self.disk = None  # a folder on the disk that a store is measured on; None: nothing is kept
        self.port = 0
        self.process = None
        self.folder = None

    @property
    def pid(self):
        return self.process.pid

    def proving_itself_by(self, key):
        """The broker, the next process of which speaks TLS with a certificate of that key (ec, rsa), or none ("")."""
        self.key = key
        return self

    def configured(self, lines, disk=None):
        """The broker, the next processes of which have more lines, and with a disk they keep what is persistent."""
        self.lines, self.disk = lines, disk
        return self

    def __enter__(self):
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="bench-", dir=self.disk)
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def start(self):
        """A process, until it accepts connections. Called again when the one before has ended: the store is the same."""
        config = os.path.join(self.folder.name, "broker.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(self._config())
        with open(self._log_path(), "wb") as log:
            self.process = subprocess.Popen([self.path, "-c", config], cwd=self.folder.name,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=prepare_child(self.cpu))
        self._wait_until_accepting()

    def stop(self, how):
        """Ends the process with a signal and leaves the folder."""
        self.process.send_signal(how)
        self.process.wait()

    def __exit__(self, kind, problem, trace):
        died = self.process.poll() is not None
        said = self.log_tail()
        code = self._end()
        if died and kind is not KeyboardInterrupt:  # Ctrl-C reaches the broker too
            raise BenchFailure(f"{self.name} ended by itself with {code}{said}") from problem
        if kind is None and code not in (0, -signal.SIGTERM):
            raise BenchFailure(f"{self.name} ended with {code} when it was stopped{said}")
        return False

    def rss_bytes(self):
        try:
            text = self._read_proc("smaps_rollup")
        except PermissionError:
            text = self._read_proc("status")
        return 1024 * int(re.search(r"^(?:Rss|VmRSS):\s+(\d+) kB", text, re.MULTILINE).group(1))

    def log_tail(self):
        with open(self._log_path(), encoding="utf-8", errors="replace") as log:
            lines = log.read().splitlines()[-20:]
        return "".join(f"\n    {line}" for line in lines)

    def _config(self):
        text = CONFIG.format(port=self.port)
        if self.key:
            text += TLS_CONFIG.format(folder=self.certificates.path, key=self.key)
        if self.disk:
            text += STORE_CONFIG.format(user=getpass.getuser(), folder=self.folder.name)
        return text + self.lines

    def _read_proc(self, name):
        with open(f"/proc/{self.pid}/{name}", encoding="ascii") as file:
            return file.read()

    def _log_path(self):
        return os.path.join(self.folder.name, "broker.log")

    def _wait_until_accepting(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BenchFailure(f"{self.name} did not start, it ended with "
                                   f"{self.process.returncode}{self.log_tail()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise BenchFailure(f"{self.name} accepts no connection after {START_SECONDS_MAX} s{self.log_tail()}")

    def _end(self):
        if self.process is None:
            self.folder.cleanup()
            return None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.folder.cleanup()
        return self.process.returncode
