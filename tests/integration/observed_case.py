"""A test case with a Sluice whose anonymous clients may look at its workings, and whose user 'guest' may not."""

import pathlib
import re
import tempfile

from running_sluice import run_to_end
from sluice_case import SluiceCase
from web_client import get

GUEST = ("-u", "guest:guestpw")


class ObservedCase(SluiceCase):
    threads = 1
    more_lines = ()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-observed-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        passwords, acl = cls.folder / "passwords", cls.folder / "acl"
        outcome = run_to_end("passwd", "-b", "-c", str(passwords), "guest", "guestpw")
        if outcome.returncode != 0:
            raise AssertionError(outcome.stderr)
        acl.write_text("topic readwrite #\ntopic readwrite $CONTROL/#\nuser guest\ntopic readwrite #\n", encoding="utf-8")
        cls.lines = (f"io_threads {cls.threads}", f"password_file {passwords}", f"acl_file {acl}", *cls.more_lines)
        super().setUpClass()

    def metrics(self):
        """Name with its labels -> value."""
        answer = get(f"{self.web}/metrics")
        self.assertEqual(answer.status, 200, answer)
        return parse(answer.text)

    def value(self, name, **labels):
        shown = ",".join(f'{key}="{value}"' for key, value in labels.items())
        return self.metrics()[f"sluice_{name}" + (f"{{{shown}}}" if shown else "")]

    def check_right(self, path):
        """Who may not read $CONTROL/http/NAME is told which line would allow it."""
        denied = get(f"{self.web}{path}", *GUEST)
        self.assertEqual(denied.status, 403, denied)
        self.assertIn("topic read $CONTROL/http/" + path.split("/")[-1].split("?")[0], denied.json["hint"])


def parse(text):
    values = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            found = re.fullmatch(r"(\S+(?:\{[^}]*\})?) (\S+)", line)
            if not found:
                raise AssertionError(f"this is no sample: {line!r}")
            values[found[1]] = float(found[2])
    return values
