"""persistence_sync interval: acknowledged before it is written. A crash may lose the last of it, a stop does not."""

import unittest

from store_cases import StoreCases


class StoreIntervalTest(StoreCases, unittest.TestCase):
    lines = ("persistence_sync interval 60000",)

    def setUp(self):
        super().setUp()
        self.sluice.crash = self.stop_and_start

    def stop_and_start(self):
        self.sluice.process.terminate()
        self.sluice.process.wait()
        self.sluice.check_end()
        return self.sluice.start_again()


if __name__ == "__main__":
    unittest.main()
