"""What passes on ports of the loopback interface, as tshark counts it."""

import collections
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

from conditions import wait_until

PROGRAM_PATH = "/usr/bin:/usr/sbin:/usr/local/bin"
SECONDS_MAX = 120  # tshark begins slowly on a busy machine


def program(name):
    return shutil.which(name, path=PROGRAM_PATH)


def missing():
    """Why nothing can be captured here; None: it can be tried."""
    return None if program("tshark") and program("dumpcap") else "tshark is not installed"


class CaptureRefused(Exception):
    """The machine does not let us capture."""


class PacketCapture:
    """While it runs, everything on the ports is written down by dumpcap, tshark's own; sum_of() asks tshark after its end."""

    def __init__(self, *ports):
        self.ports = ports
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-test-")
        self.file = pathlib.Path(self.folder.name) / "packets"
        self.log = pathlib.Path(self.folder.name) / "log"

    def __enter__(self):
        wanted = " or ".join(f"tcp port {port}" for port in self.ports)
        with open(self.log, "wb") as log:
            self.run = subprocess.Popen([program("dumpcap"), "-q", "-i", "lo", "-B", "64", "-f", wanted, "-w", str(self.file)],
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait_for_a_mark()
        except BaseException:
            self.end()
            self.folder.cleanup()
            raise
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.wait_for_a_mark()  # all before it is in the file
            self.end()
            self.sums = self.counted() if kind is None else {}
        finally:
            self.folder.cleanup()

    def end(self):
        if self.run.poll() is None:
            self.run.send_signal(signal.SIGINT)
        self.run.wait(SECONDS_MAX)

    def wait_for_a_mark(self):
        """Sends something that is no request until it stands in the file."""
        mark = os.urandom(16).hex().encode()

        def is_there():
            if self.run.poll() is not None:
                raise CaptureRefused(self.log.read_text(encoding="utf-8", errors="replace").strip())
            with socket.create_connection(("127.0.0.1", self.ports[0])) as probe:
                probe.sendall(mark)
            return self.file.exists() and mark in self.file.read_bytes()

        wait_until(is_there, "the capture sees what is sent", SECONDS_MAX)

    def counted(self):
        """Payload of TCP by the client's port: to the server, to the client. What was sent again counts once."""
        command = [program("tshark"), "-r", str(self.file), "-n", "-T", "fields"]
        for field in ("tcp.srcport", "tcp.dstport", "tcp.len", "tcp.analysis.retransmission"):
            command += ["-e", field]
        read = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=True)
        sums = collections.defaultdict(lambda: [0, 0])
        for line in read.stdout.splitlines():
            source, target, size, again = (line + "\t").split("\t")[:4]
            to_server = int(target) in self.ports
            if not again:
                sums[int(source if to_server else target)][0 if to_server else 1] += int(size)
        return sums

    def sum_of(self, ports):
        return tuple(sum(self.sums[port][way] for port in ports) for way in (0, 1))
