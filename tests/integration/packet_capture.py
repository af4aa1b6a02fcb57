"""What passes on ports of the loopback interface, as tshark counts it."""

import collections
import shutil
import socket
import subprocess
import threading

from conditions import wait_until

TSHARK_PATH = "/usr/bin:/usr/sbin:/usr/local/bin"


def missing():
    """Why nothing can be captured here; None: it can be tried."""
    return None if shutil.which("tshark", path=TSHARK_PATH) else "tshark is not installed"


class CaptureRefused(Exception):
    """The machine does not let us capture."""


class PacketCapture:
    """Sums the payload of TCP by the client's port, each way, while it runs. A segment that was sent again counts once."""

    def __init__(self, *ports):
        self.ports = ports
        self.sums = collections.defaultdict(lambda: [0, 0])  # by client's port: to the server, to the client
        self.seen = set()
        self.complaint = ""

    def __enter__(self):
        wanted = " or ".join(f"tcp port {port}" for port in self.ports)
        fields = ("tcp.srcport", "tcp.dstport", "tcp.len", "tcp.analysis.retransmission")
        command = [shutil.which("tshark", path=TSHARK_PATH), "-i", "lo", "-n", "-l", "-B", "64", "-f", wanted, "-T", "fields"]
        for field in fields:
            command += ["-e", field]
        self.run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.readers = [threading.Thread(target=self.read_lines), threading.Thread(target=self.read_complaints)]
        for each in self.readers:
            each.start()
        try:
            self.wait_for_a_connection()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.wait_for_a_connection()  # all before it has been seen
        finally:
            self.end()

    def end(self):
        self.run.terminate()
        self.run.wait(30)
        for each in self.readers:
            each.join(30)
        self.run.stdout.close()
        self.run.stderr.close()

    def read_lines(self):
        for line in self.run.stdout:
            source, target, size, again = line.rstrip("\n").split("\t")
            source, target, to_server = int(source), int(target), int(target) in self.ports
            client = source if to_server else target
            self.seen.add(client)
            if not again:
                self.sums[client][0 if to_server else 1] += int(size)

    def read_complaints(self):
        for line in self.run.stderr:
            self.complaint += line

    def wait_for_a_connection(self):
        """Opens connections until one is seen."""
        opened = set()

        def is_seen():
            if self.run.poll() is not None:
                raise CaptureRefused(self.complaint.strip())
            with socket.create_connection(("127.0.0.1", self.ports[0])) as probe:
                opened.add(probe.getsockname()[1])
            return opened & self.seen

        wait_until(is_seen, lambda: f"the capture sees a connection: {self.complaint}", 30)

    def sum_of(self, ports):
        return tuple(sum(self.sums[port][way] for port in ports) for way in (0, 1))
