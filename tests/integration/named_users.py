"""A Sluice that knows alice and bob by their passwords, and lets in nobody else."""

import pathlib
import signal
import tempfile

from conditions import wait_until
from running_sluice import run_to_end
from sluice_case import SluiceCase

ACL = "user alice\ntopic readwrite test/#\ntopic readwrite home/#\nuser bob\ntopic read test/#\n"


class NamedUsersCase(SluiceCase):
    more_lines = ()
    acl = ACL

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-users-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.passwords = cls.folder / "passwords"
        for name in ("alice", "bob"):
            cls.set_password(name, name + "pw")
        (cls.folder / "acl").write_text(cls.acl, encoding="utf-8")
        cls.lines = ("allow_anonymous false", f"password_file {cls.passwords}", f"acl_file {cls.folder / 'acl'}", *cls.more_lines)
        super().setUpClass()

    @classmethod
    def set_password(cls, name, password):
        create = () if cls.passwords.exists() else ("-c",)
        outcome = run_to_end("passwd", "-b", *create, str(cls.passwords), name, password)
        if outcome.returncode != 0:
            raise AssertionError(outcome.stderr)

    def reload(self):
        done = "The configuration was reloaded."
        before = self.sluice.log().count(done)
        self.sluice.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.sluice.log().count(done) > before, lambda: f"a reload:\n{self.sluice.log()[-2000:]}")


ALICE = ("-u", "alice:alicepw")
BOB = ("-u", "bob:bobpw")
