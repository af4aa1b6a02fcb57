"""Lines as a user types them, run by a shell against a process of ours, and what they print against what is expected.

$B is the address of the HTTP face, $MQTT its host and port; mosquitto's clients find the port by their own configuration
files, and curl's tells us the status without a change of the line."""

import os
import pathlib
import re
import subprocess
import tempfile

from conditions import PATIENCE_SECONDS, wait_until
from web_client import get

WILDCARD = "…"


def matches(expected, printed):
    """Whether the text is the expected one, in which … stands for any text; white space at the end does not count."""
    parts = (re.escape(part) for part in expected.rstrip().split(WILDCARD))
    return re.fullmatch("[\\s\\S]*?".join(parts), printed.replace("\r\n", "\n").rstrip()) is not None


class Running:
    """A line that goes on in the background, such as a stream."""

    def __init__(self, shell, line):
        self.line = line
        self.path = shell.path / f"printed-{len(shell.running)}"
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(["bash", "-c", line], stdout=out, stderr=subprocess.DEVNULL, cwd=shell.path,
                                            env=shell.environment, start_new_session=True)

    def printed(self):
        return self.path.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, expected):
        wait_until(lambda: matches(expected, self.printed()),
                   lambda: f"{self.line!r} printed\n{self.printed()}\nand not\n{expected}")

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, 15)
        self.process.wait()


class Shell:
    """requires: the process has sys_interval 1, by which it is seen that a stream has begun. `mqtt_port`: what MQTT
    clients connect to in its place."""

    def __init__(self, sluice, mqtt_port=None):
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-shell-")
        self.path = pathlib.Path(self.folder.name)
        self.running = []
        (self.path / ".curlrc").write_text(f'silent\nmax-time = {PATIENCE_SECONDS}\nwrite-out = "%{{stderr}}%{{http_code}}\\n"\n',
                                           encoding="ascii")
        port = mqtt_port or sluice.port("mqtt")
        for client in ("mosquitto_pub", "mosquitto_sub", "mosquitto_rr"):
            (self.path / client).write_text(f"-p {port}\n", encoding="ascii")
        self.base = sluice.base().replace("127.0.0.1", "localhost")
        self.environment = {**os.environ, "B": self.base, "MQTT": f"localhost:{port}", "CURL_HOME": str(self.path),
                            "HOME": str(self.path), "XDG_CONFIG_HOME": str(self.path)}

    def run(self, line):
        """What it printed, and the status of its last curl; nothing where there was none."""
        ended = subprocess.run(["bash", "-c", line], capture_output=True, timeout=2 * PATIENCE_SECONDS, check=False,
                               cwd=self.path, env=self.environment, stdin=subprocess.DEVNULL)
        said = ended.stderr.decode("utf-8", "replace")
        statuses = re.findall(r"^(\d{3})$", said, re.MULTILINE)
        if ended.returncode != 0:
            raise AssertionError(f"{line!r} ended with {ended.returncode}: {ended.stdout.decode('utf-8', 'replace')}{said}")
        return ended.stdout.decode("utf-8", "replace"), int(statuses[-1]) if statuses else None

    def subscriptions(self):
        answer = get(f"{self.base}/topics/$SYS/broker/subscriptions/count")
        return int(answer.text) if answer.status == 200 else 0

    def start(self, line, subscribes=True):
        """As with & behind it; back when the server knows its subscription."""
        before = self.subscriptions()
        self.running.append(Running(self, line))
        if subscribes:
            wait_until(lambda: self.subscriptions() > before, f"{line!r} has subscribed")
        return self.running[-1]

    def close(self):
        for each in self.running:
            each.end()
        self.folder.cleanup()
