"""The program as an operator starts it: arguments, configuration files, messages, background, signals."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

from conditions import Stopwatch, wait_until
from mosquitto_client import Subscriber, publish
from running_sluice import (SANITIZER_SIGNS, SluiceProcess, binary, free_port, is_free, run_to_end,
                            sanitizer_environment, stay_root)
from web_client import get

ROOT = pathlib.Path(__file__).resolve().parents[2]


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def config(self, text, name="test.conf"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def refused(self, *arguments):
        """What the program said; it must have refused to start, at once and without a crash."""
        watch = Stopwatch()
        ended = run_to_end(*arguments)
        self.assertLess(watch.seconds(), 10)
        self.assertGreater(ended.returncode, 0, ended)
        for sign in SANITIZER_SIGNS:
            self.assertNotIn(sign, ended.stderr)
        return ended.stderr

    def test_help_and_version_are_printed(self):
        for argument in ("--help", "-h"):
            ended = run_to_end(argument)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))
            for word in ("Usage: sluice", "--config-file", "--test-config", "1883", "8080", "listener", "io_threads"):
                self.assertIn(word, ended.stdout)
        ended = run_to_end("--version")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        self.assertRegex(ended.stdout, r"^sluice \d+\.\d+\.\d+\n$")

    def test_wrong_arguments_are_refused_with_the_usage(self):
        for arguments, words in ((("--no-such",), "no-such"), (("-x",), "-x"), (("-c",), "-c"), (("extra",), "extra"),
                                 (("-p", "0"), "-p"), (("-p", "65536"), "65535"), (("-p", "x"), "-p"),
                                 (("-p", "1") * 11, "10")):
            with self.subTest(arguments=arguments):
                said = self.refused(*arguments)
                self.assertIn(words, said)
                self.assertIn("Usage: sluice", said)

    def test_a_configuration_is_tested_without_starting(self):
        good = self.config(f"allow_anonymous true\nlistener {free_port()} 127.0.0.1\n")
        self.assertEqual(run_to_end("-c", good, "--test-config").returncode, 0)
        bad = self.config("listener x\n", "bad.conf")
        ended = run_to_end("-c", bad, "--test-config")
        self.assertEqual(ended.returncode, 3)
        self.assertIn(f"{bad}:1:", ended.stderr)

    def test_the_configurations_that_come_with_the_program_are_good(self):
        for path in sorted((ROOT / "config").glob("*.conf")):
            with self.subTest(path=path.name):
                self.assertEqual(run_to_end("-c", str(path), "--test-config").returncode, 0)

    def test_an_unknown_option_stops_the_start_with_file_line_and_what_was_meant(self):
        for line, meant in (("max_packet_sice 100", "max_packet_size"), ("alow_anonymous true", "allow_anonymous"),
                            ("listner 1883", "listener")):
            with self.subTest(line=line):
                path = self.config(f"# a comment\n\n{line}\n")
                said = self.refused("-c", path)
                self.assertIn(f"{path}:3:", said)
                self.assertIn(line.split(" ", 1)[0], said)
                self.assertIn(f'did you mean "{meant}"?', said)

    def test_all_mistakes_are_told_together(self):
        path = self.config("max_packet_size many\nlistener 70000\nprotocol mqqt\nnonsense\nio_threads -1\n")
        said = self.refused("-c", path)
        for line in (1, 2, 4, 5):
            self.assertIn(f"{path}:{line}:", said)

    def test_values_that_cannot_be_are_refused(self):
        for text in ("listener 1883\nprotocol smtp", "protocol http\nlistener 1883", "listener 0", "listener -1", "listener",
                     "listener 1883 no.such.host.invalid x", "max_packet_size 1", "allow_anonymous maybe",
                     "listener 1883\nhttp_cors_origin dash.example", "listener 1883\nlistener 1883",
                     "log_type everything", "io_threads 100000"):
            with self.subTest(text=text):
                self.refused("-c", self.config(text + "\n"), "--test-config")

    def test_a_file_that_cannot_be_read_is_named(self):
        missing = str(self.folder / "missing.conf")
        said = self.refused("-c", missing)
        self.assertIn(missing, said)
        self.assertIn("No such file", said)
        self.assertIn(str(self.folder), self.refused("-c", str(self.folder)))

    def test_a_port_in_use_is_named(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            said = self.refused("-c", self.config(f"listener {port} 127.0.0.1\n"))
        self.assertIn(f"Port {port} is in use", said)

    def test_an_address_that_is_not_ours_is_refused(self):
        said = self.refused("-c", self.config(f"listener {free_port()} 192.0.2.1\n"))
        self.assertTrue(said.strip())

    def test_without_anonymous_clients_nobody_gets_in(self):
        port, web = free_port(), free_port()
        text = f"allow_anonymous false\nlistener {port} 127.0.0.1\nlistener {web} 127.0.0.1\nprotocol http\n"
        sluice = SluiceProcess({"mqtt": (), "http": ()}, config=False, arguments=("-c", self.config(text)))
        sluice.ports = {"mqtt": port, "http": web}
        sluice.launch()
        self.addCleanup(sluice.clean_up)
        wait_until(sluice.is_ready, "it was ready")
        publish(port, "a", "x", expect=5)
        answer = get(f"{sluice.base()}/topics/a")
        self.assertEqual((answer.status, answer.json["reason_code"]), (401, 0x87))
        self.assertIn("Basic", answer.field("WWW-Authenticate"))
        self.assertEqual(get(f"{sluice.base()}/healthz").status, 200)
        sluice.stop()

    def test_a_hangup_does_not_stop_it_and_opens_the_log_again(self):
        log = self.folder / "sluice.log"
        sluice = SluiceProcess(lines=(f"log_dest file {log}", "log_type all")).start()
        self.addCleanup(sluice.clean_up)
        with Subscriber(sluice.port(), "a") as subscriber:
            log.rename(self.folder / "sluice.log.1")
            sluice.process.send_signal(signal.SIGHUP)
            wait_until(log.exists, "the log file was opened again")
            publish(sluice.port(), "a", "still here")
            self.assertEqual(subscriber.wait_for(1), ["a still here"])
        wait_until(lambda: "Received PUBLISH" in log.read_text(encoding="utf-8"), "the new file was written")
        sluice.stop()

    def test_it_runs_in_the_background_and_its_pid_file_lives_as_long_as_it(self):
        port, web, pid_file, log = free_port(), free_port(), self.folder / "pid", self.folder / "log"
        path = self.config(f"{stay_root()}allow_anonymous true\npid_file {pid_file}\nlog_dest file {log}\n"
                           f"listener {port} 127.0.0.1\nlistener {web} 127.0.0.1\nprotocol http\n")
        ended = subprocess.run([binary(), "-c", path, "-d"], timeout=30, check=False, env=sanitizer_environment(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(ended.returncode, 0)
        pid = int(pid_file.read_text(encoding="ascii"))
        try:
            self.assertEqual(get(f"http://127.0.0.1:{web}/readyz").status, 200)  # ready when the parent has ended
            publish(port, "a", "x")
            self.assertEqual(os.getsid(pid), pid, "it has a session of its own")
        finally:
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not pid_file.exists(), "the pid file was removed", 5)
        wait_until(lambda: "terminated" in log.read_text(encoding="utf-8"), "the log told of the end", 5)
        wait_until(lambda: not is_running(pid), "the process ended", 5)

    def test_the_background_process_tells_of_a_start_that_failed(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            path = self.config(f"listener {other.getsockname()[1]} 127.0.0.1\n")
            self.assertIn("in use", self.refused("-c", path, "-d"))


def is_running(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # nobody may be there to collect it


@unittest.skipUnless(is_free(8080), "port 8080 is used by another program, and -p leaves HTTP there")
class PortArgumentTest(unittest.TestCase):
    def test_ports_given_as_arguments_are_served_on_loopback(self):
        ports = (free_port(), free_port())
        sluice = SluiceProcess({}, config=False, arguments=("-p", str(ports[0]), "-p", str(ports[1])))
        sluice.ports = {"mqtt": ports[0], "http": 8080}
        sluice.launch()
        self.addCleanup(sluice.clean_up)
        wait_until(sluice.is_ready, "it was ready")
        for port in ports:
            publish(port, "a", str(port), "-r", qos=1)
            self.assertEqual(get(f"{sluice.base()}/topics/a").text, str(port))
        sluice.stop()


if __name__ == "__main__":
    unittest.main()
