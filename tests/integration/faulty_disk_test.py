"""The fault injector does what it promises, to a process that is not Sluice: SQLite in Python."""

import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from faulty_disk import FaultyDisk
from power_cut import cut_power, unsynced_changes

# Writes rows as it is told to on stdin, says what became of each, and dies by SIGKILL at the end of stdin.
WRITER = """
import os, signal, sqlite3, sys
opened = sqlite3.connect(sys.argv[1], isolation_level=None)
opened.execute("PRAGMA journal_mode=WAL")
opened.execute("PRAGMA synchronous=" + sys.argv[2])
opened.execute("CREATE TABLE IF NOT EXISTS row(number INTEGER PRIMARY KEY, text BLOB)")
print("ready", flush=True)
for line in sys.stdin:
    try:
        opened.execute("INSERT INTO row VALUES(?, ?)", (int(line), b"x" * 6000))
        print("done", flush=True)
    except sqlite3.Error as failure:
        print(failure, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


class Writer:
    def __init__(self, disk, synchronous, folder=None):
        self.path = (folder or disk.folder) / "rows.db"
        self.process = subprocess.Popen([sys.executable, "-c", WRITER, str(self.path), synchronous], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=disk.environment())
        self.said()

    def said(self):
        return self.process.stdout.readline().strip()

    def write(self, number):
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        return self.said()

    def die(self):
        self.process.communicate()


def rows_of(path):
    opened = sqlite3.connect(path)
    try:
        whole = opened.execute("PRAGMA integrity_check").fetchone()[0]
        return whole, [row[0] for row in opened.execute("SELECT number FROM row ORDER BY number")]
    finally:
        opened.close()


class FaultyDiskTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sluice-disk-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "store"
        self.folder.mkdir()

    def writer(self, disk, synchronous="FULL", folder=None):
        made = Writer(disk, synchronous, folder)
        self.addCleanup(made.process.wait)
        self.addCleanup(made.process.kill)
        return made

    def test_calls_fail_while_and_as_the_control_file_says(self):
        disk = FaultyDisk(self.folder)
        writer = self.writer(disk)
        self.assertEqual(writer.write(1), "done")
        disk.fail("calls=write error=ENOSPC")
        self.assertIn("full", writer.write(2))
        disk.fail("calls=sync error=EIO")
        self.assertIn("I/O error", writer.write(3))
        disk.fail("calls=truncate")
        self.assertEqual(writer.write(4), "done")
        disk.fail("calls=sync after=1 count=1")
        self.assertEqual([writer.write(number) for number in (5, 6, 7)], ["done", "disk I/O error", "done"])
        disk.mend()
        self.assertEqual(writer.write(8), "done")
        disk.fail("percent=0")
        self.assertEqual(writer.write(9), "done")
        writer.die()
        whole, rows = rows_of(writer.path)
        self.assertEqual(whole, "ok")
        self.assertLessEqual({1, 4, 5, 7, 8, 9}, set(rows))

    def test_files_elsewhere_are_left_alone(self):
        disk = FaultyDisk(self.folder / "other")
        disk.fail("percent=100")  # of what is written below the other folder
        writer = self.writer(disk, folder=self.folder)
        self.assertEqual(writer.write(1), "done")
        writer.die()

    def test_a_power_cut_leaves_what_was_synced(self):
        for seed in range(12):
            with self.subTest(seed=seed):
                disk = FaultyDisk(self.folder, journal=True)
                writer = self.writer(disk)
                numbers = range(seed * 10, seed * 10 + 10)
                self.assertEqual({writer.write(number) for number in numbers}, {"done"})
                writer.die()
                cut_power(self.folder, disk.journal, random.Random(seed))
                whole, rows = rows_of(writer.path)
                self.assertEqual((whole, rows), ("ok", list(range(seed * 10 + 10))))

    def test_a_power_cut_takes_what_was_not_synced(self):
        disk = FaultyDisk(self.folder, journal=True)
        writer = self.writer(disk, "NORMAL")  # in WAL mode it syncs at checkpoints only
        for number in range(20):
            writer.write(number)
        writer.die()
        self.assertTrue(any(unsynced_changes(disk.journal).values()))

        class Unlucky(random.Random):
            def choice(self, seq):
                return seq[0]

        lost, all_changes = cut_power(self.folder, disk.journal, Unlucky(1))
        self.assertEqual(lost, all_changes)
        self.assertGreater(lost, 20)
        with sqlite3.connect(writer.path) as opened:
            tables = opened.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            left = opened.execute("SELECT count(*) FROM row").fetchone()[0] if tables else 0
        opened.close()
        self.assertLess(left, 20)


if __name__ == "__main__":
    unittest.main()
