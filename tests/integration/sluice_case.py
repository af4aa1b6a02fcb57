"""A test case with a Sluice of its own: one process for the class, and a name space of topics for each test."""

import itertools
import unittest

from running_sluice import SluiceProcess

numbers = itertools.count(1)


class SluiceCase(unittest.TestCase):
    listeners = {"mqtt": (), "http": ()}
    lines = ()
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.sluice = SluiceProcess(cls.listeners, cls.lines, cls.arguments).start()
        cls.addClassCleanup(lambda: cls.sluice.stop())  # pylint: disable=unnecessary-lambda; it may be replaced

    def setUp(self):
        self.topic = f"test/{next(numbers)}"
        self.addCleanup(self.check_alive)

    def check_alive(self):
        """The test that ended the process fails, and those after it get a new one."""
        if self.sluice.is_alive():
            return
        dead = self.sluice
        log = dead.log()
        code = dead.process.returncode
        dead.clean_up()
        type(self).sluice = SluiceProcess(self.listeners, self.lines, self.arguments).start()
        self.fail(f"the process ended with {code} in this test:\n{log[-6000:]}")

    @property
    def web(self):
        return self.sluice.base("http")

    @property
    def mqtt_port(self):
        return self.sluice.port("mqtt")
