"""Whom root becomes, what is open by then, and what nobody can have back."""

import contextlib
import os
import pathlib
import pwd
import signal
import socket
import stat
import tempfile
import unittest

from mosquitto_client import publish
from running_sluice import SluiceProcess, run_to_end

CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapAmb")


def low_port():
    for port in range(1023, 600, -1):
        with socket.socket() as probe:
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise AssertionError("every port that only root may open is taken")


def statuses(pid):
    """/proc/<pid>/status of each thread, as dictionaries of words."""
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        lines = (line.partition(":") for line in path.read_text(encoding="ascii").splitlines())
        yield {name: value.split() for name, _, value in lines}


def is_user(name):
    return any(each.pw_name == name for each in pwd.getpwall())


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class RootTest(unittest.TestCase):
    def setUp(self):
        self.nobody = pwd.getpwnam("nobody")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *lines, **options):
        sluice = SluiceProcess(lines=lines, **options).start()
        self.addCleanup(sluice.clean_up)
        return sluice

    def give_folder(self):
        self.folder.chmod(0o755)
        os.chown(self.folder, self.nobody.pw_uid, self.nobody.pw_gid)

    def test_every_thread_is_the_user_and_has_its_groups_and_no_capability(self):
        port = low_port()
        sluice = self.start("user nobody", "io_threads 3",
                            listeners={"mqtt": (), "http": (f"listener {port} 127.0.0.1",)})
        publish(port, "a/b", "x", qos=1)  # a port that the user could not have opened
        found = list(statuses(sluice.process.pid))
        self.assertGreaterEqual(len(found), 3)
        uid, gid = str(self.nobody.pw_uid), str(self.nobody.pw_gid)
        groups = sorted(map(str, os.getgrouplist("nobody", self.nobody.pw_gid)))
        for status in found:
            self.assertEqual(status["Uid"], [uid] * 4)
            self.assertEqual(status["Gid"], [gid] * 4)
            self.assertEqual(sorted(status["Groups"]), groups)
            self.assertEqual(status["NoNewPrivs"], ["1"])
            for name in CAPABILITY_SETS:
                self.assertEqual(int(status[name][0], 16), 0, name)
        sluice.stop()

    def test_the_log_says_who_it_is(self):
        sluice = self.start("user nobody")
        sluice.wait_for_log("Running as the user 'nobody'.")
        sluice.stop()

    def test_where_there_is_no_such_user_the_start_fails(self):
        path = self.folder / "sluice.conf"
        path.write_text(f"listener {low_port()} 127.0.0.1\nuser no-such-user\n", encoding="utf-8")
        outcome = run_to_end("-c", str(path))
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("sluice: there is no user 'no-such-user'; the option user names the one that this program "
                      "becomes\n", outcome.stderr)

    def test_nobody_stands_in_for_us_or_for_mosquitto_where_there_is_no_such_user(self):
        missing = [name for name in ("sluice", "mosquitto") if not is_user(name)]
        if not missing:
            self.skipTest("this machine has both users")
        sluice = self.start(f"user {missing[0]}")
        sluice.wait_for_log(f"There is no user '{missing[0]}'; nobody stands in.")
        self.assertEqual(next(statuses(sluice.process.pid))["Uid"], [str(self.nobody.pw_uid)] * 4)
        sluice.stop()

    def test_root_stays_root_when_it_is_asked_to_and_says_so(self):
        sluice = self.start("user root")
        sluice.wait_for_log("Running as root, as the option user has it.")
        self.assertEqual(next(statuses(sluice.process.pid))["Uid"], ["0"] * 4)
        sluice.stop()

    def test_a_new_log_file_is_the_users_and_can_be_rotated(self):
        self.give_folder()
        log = self.folder / "sluice.log"
        sluice = self.start("user nobody", f"log_dest file {log}")
        made = log.stat()
        self.assertEqual((made.st_uid, made.st_gid), (self.nobody.pw_uid, self.nobody.pw_gid))
        self.assertEqual(stat.S_IMODE(made.st_mode), 0o640)
        log.rename(self.folder / "sluice.log.1")
        sluice.process.send_signal(signal.SIGHUP)
        sluice.stop()
        self.assertIn("terminated", log.read_text(encoding="utf-8"))

    def test_a_log_file_that_was_there_is_not_given_away(self):
        self.give_folder()
        target = self.folder / "precious"
        target.write_text("", encoding="utf-8")
        target.chmod(0o600)
        log = self.folder / "sluice.log"
        log.symlink_to(target)
        sluice = self.start("user nobody", f"log_dest file {log}")
        self.assertEqual(target.stat().st_uid, 0)
        sluice.stop()
        self.assertIn(f"The user 'nobody' may not write to '{log}'", target.read_text(encoding="utf-8"))

    def test_a_pid_file_that_the_user_may_not_remove_is_left_empty(self):
        self.folder.chmod(0o755)
        pid_file = self.folder / "sluice.pid"
        sluice = self.start("user nobody", f"pid_file {pid_file}")
        self.assertEqual(pid_file.read_text(encoding="ascii"), f"{sluice.process.pid}\n")
        sluice.stop()
        self.assertEqual(pid_file.read_text(encoding="ascii"), "")

    def test_another_user_stays_who_it_is_whatever_the_file_says(self):
        self.folder.chmod(0o755)
        before = ("setpriv", f"--reuid={self.nobody.pw_uid}", f"--regid={self.nobody.pw_gid}", "--clear-groups",
                  "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service")
        port = low_port()
        sluice = SluiceProcess(lines=("user root", "io_threads 2"), before=before,
                               listeners={"mqtt": (), "http": (f"listener {port} 127.0.0.1",)})
        self.addCleanup(sluice.clean_up)
        pathlib.Path(sluice.folder.name).chmod(0o755)
        sluice.start()
        publish(port, "a/b", "x", qos=1)  # opened with the one capability that it had
        serving = [each for each in statuses(sluice.process.pid) if int(each["CapEff"][0], 16) == 0]
        self.assertGreaterEqual(len(serving), 2)
        first = next(each for each in statuses(sluice.process.pid) if each["Pid"] == [str(sluice.process.pid)])
        self.assertEqual([int(first[name][0], 16) for name in CAPABILITY_SETS], [0] * len(CAPABILITY_SETS))
        sluice.stop()


if __name__ == "__main__":
    unittest.main()
