"""The fault injector of tests/store: the environment of a process with it, and what it is told."""

import os
import pathlib

from running_sluice import binary, sanitizer_environment


def library():
    built = pathlib.Path(binary()).parent / "tests" / "store" / "faulty_disk.so"
    path = pathlib.Path(os.environ.get("FAULTY_DISK", built))
    if not path.is_file():
        raise AssertionError(f"there is no fault injector at {path}; the target faulty_disk builds it")
    return str(path)


class FaultyDisk:
    """`folder` is where the files stand that are to suffer; the control file and the journal stand beside it."""

    def __init__(self, folder, seed=1, journal=False):
        self.folder = pathlib.Path(folder).resolve()
        self.control = self.folder.with_name(self.folder.name + ".faults")
        self.journal = self.folder.with_name(self.folder.name + ".journal")
        self.seed, self.has_journal = seed, journal

    def environment(self):
        made = sanitizer_environment()
        made["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
        made.update(LD_PRELOAD=library(), FAULTY_DISK_FOLDER=str(self.folder), FAULTY_DISK_CONTROL=str(self.control),
                    FAULTY_DISK_SEED=str(self.seed))
        if self.has_journal:
            made["FAULTY_DISK_JOURNAL"] = str(self.journal)
        return made

    def fail(self, words):
        """See tests/store/README.md. Replaced whole, as the process reads it at any time."""
        fresh = self.control.with_suffix(".new")
        fresh.write_text(words, encoding="ascii")
        fresh.replace(self.control)

    def mend(self):
        self.control.unlink(missing_ok=True)
