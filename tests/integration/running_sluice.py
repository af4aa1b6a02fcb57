"""One real Sluice process on free loopback ports: started, watched, and stopped under conditions of its own."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

from conditions import Stopwatch, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
SANITIZER_SIGNS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:")
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 5.0  # with sanitizers on a busy machine; shutdown_test looks closer
START_ATTEMPTS = 5


def binary():
    path = pathlib.Path(os.environ.get("SLUICE", ROOT / "build" / "dev" / "sluice")).resolve()
    if not path.is_file():
        raise AssertionError(f"there is no program at {path}; the environment variable SLUICE says where it is")
    return str(path)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port):
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as failure:
                if family == socket.AF_INET or failure.errno == 98:  # a machine may lack IPv6
                    return False
    return True


def stay_root():
    """Root's tests keep their files in folders that are root's alone, and want them read again on a reload."""
    return "user root\n" if os.geteuid() == 0 else ""


def sanitizer_environment():
    """The environment of the process: a sanitizer's finding ends it with an exit code that nobody overlooks. The
    sanitizers' own memory is kept small, so that tests can look at the resident memory."""
    extra = {"ASAN_OPTIONS": "exitcode=99:detect_leaks=1:quarantine_size_mb=8", "UBSAN_OPTIONS": "print_stacktrace=1",
             "TSAN_OPTIONS": "exitcode=99:flush_memory_ms=5000"}
    return {**os.environ, **{name: os.environ.get(name, value) for name, value in extra.items()}}


def run_to_end(*arguments, seconds=START_SECONDS_MAX, **options):
    """Runs the program with arguments that make it end by itself."""
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=seconds, check=False,
                          env=sanitizer_environment(), **options)


class SluiceProcess:
    """`listeners` maps protocols to the option lines below their listener line; `lines` are global options; `before`
    stands in front of the program in the command, and has to end in becoming it."""

    def __init__(self, listeners=None, lines=(), arguments=(), config=True, before=()):
        self.before = tuple(before)
        self.listeners = listeners if listeners is not None else {"mqtt": (), "http": ()}
        self.lines = tuple(lines)
        self.arguments = tuple(arguments)
        self.has_config = config
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-test-")
        self.log_path = pathlib.Path(self.folder.name) / "log"
        self.config_path = pathlib.Path(self.folder.name) / "sluice.conf"
        self.ports = {}
        self.process = None

    # --- start ---

    def start(self):
        for _ in range(START_ATTEMPTS):
            self.ports = {name: free_port() for name in self.listeners}
            if self.has_config:
                self.config_path.write_text(self.config_text(), encoding="utf-8")
            self.launch()
            wait_until(lambda: self.process.poll() is not None or self.is_ready(),
                       lambda: "the process became ready\n" + self.log(), START_SECONDS_MAX)
            if self.process.poll() is None:
                return self
            if "in use" not in self.log():  # somebody took the port between the search and the start
                break
        raise AssertionError(f"the process ended with {self.process.returncode} while it started:\n{self.log()}")

    def launch(self):
        command = [*self.before, binary()]
        if self.has_config:
            command += ["-c", str(self.config_path)]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command + list(self.arguments), stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=sanitizer_environment())

    def config_text(self):
        text = "allow_anonymous true\nlog_timestamp false\n"
        if not any(line.startswith("user ") for line in self.lines):
            text += stay_root()
        text += "".join(line + "\n" for line in self.lines)
        for name, options in self.listeners.items():
            # "http_strict" is a second listener of protocol http
            protocol = name if name == "http_api" else name.split("_")[0]
            text += f"listener {self.ports[name]} 127.0.0.1\nprotocol {protocol}\n"
            text += "".join(option + "\n" for option in options)
        return text

    def is_ready(self):
        """Answered by /readyz where there is HTTP, else by an open port."""
        web = next((port for name, port in self.ports.items() if name.startswith(("http", "auto"))
                    and not any(option.startswith(("certfile", "psk_hint")) for option in self.listeners.get(name, ()))), None)
        try:
            if web is None:
                socket.create_connection(("127.0.0.1", next(iter(self.ports.values()))), 1).close()
                return True
            with urllib.request.urlopen(f"http://127.0.0.1:{web}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    # --- while it runs ---

    def port(self, name="mqtt"):
        return self.ports[name]

    def base(self, name="http"):
        return f"http://127.0.0.1:{self.ports[name]}"

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def wait_for_log(self, text, seconds=START_SECONDS_MAX):
        wait_until(lambda: text in self.log(), lambda: f"{text!r} in the log:\n{self.log()[-4000:]}", seconds)

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def resident_kib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("the process has no VmRSS")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    # --- end ---

    def stop(self, how=signal.SIGTERM, within=STOP_SECONDS_MAX):
        """Ends the process; fails when it does so late, with an error, or with a sanitizer's report."""
        try:
            watch = Stopwatch()
            if self.is_alive():
                self.process.send_signal(how)
            try:
                self.process.wait(START_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"the process did not end after {how.name}:\n{self.log()[-4000:]}") from None
            took = watch.seconds()
            self.check_end()
            if took >= within:
                raise AssertionError(f"{how.name} took {took:.2f} s to end the process")
            return took
        finally:
            self.clean_up()

    def check_end(self):
        log = self.log()
        for sign in SANITIZER_SIGNS:
            if sign in log:
                raise AssertionError(f"the log holds a report of a sanitizer:\n{log[log.index(sign) - 200:][:8000]}")
        if self.process.returncode != 0:
            raise AssertionError(f"the process ended with {self.process.returncode}:\n{log[-4000:]}")

    def clean_up(self):
        if self.is_alive():
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()
