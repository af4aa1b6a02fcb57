"""What the suites of this folder stand on: the process and the waiting of tests/integration, every kind of listener."""

import pathlib
import sys

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from sluice_case import SluiceCase  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent


class InteropCase(SluiceCase):
    listeners = {"mqtt": (), "http": (), "websockets": (), "auto": ()}

    def name(self, suffix=""):
        """A client identifier that no other test has."""
        return self.topic.replace("/", "-") + suffix
