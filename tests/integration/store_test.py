"""The store as it is by default: on disk before it is acknowledged."""

import unittest

from store_cases import StoreCases


class StoreTest(StoreCases, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
