"""A Sluice with a store, which can be killed and started again on what it has kept."""

import pathlib
import signal
import tempfile

from conditions import wait_until
from running_sluice import START_SECONDS_MAX, SluiceProcess


class DurableSluice(SluiceProcess):
    """`store` is the folder of the store; it outlives the process, and goes with `clean_up`."""

    def __init__(self, lines=(), listeners=None, store=None, **options):
        self.own_store = None if store else tempfile.TemporaryDirectory(prefix="sluice-store-")
        self.store = pathlib.Path(store or self.own_store.name)
        super().__init__(listeners, ("persistence true", f"persistence_location {self.store}", *lines), **options)

    def kill(self):
        """As a crash: nothing is told, nothing is tidied up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def start_again(self):
        """The same ports and the same configuration."""
        self.launch()
        wait_until(lambda: self.process.poll() is not None or self.is_ready(),
                   lambda: "the process became ready again\n" + self.log(), START_SECONDS_MAX)
        if self.process.poll() is not None:
            raise AssertionError(f"the process ended with {self.process.returncode}:\n{self.log()}")
        return self

    def crash(self):
        self.kill()
        return self.start_again()

    def clean_up(self):
        super().clean_up()
        if self.own_store:
            self.own_store.cleanup()
