"""What a disk holds after a power cut: everything that was synced, and of the rest whatever it likes. Reads the journal
of tests/store/faulty_disk.c, once its process is dead."""

import collections
import os
import pathlib
import struct

HEAD = struct.Struct("@IIQQII")  # struct record
SECTOR_BYTES = 512
Change = collections.namedtuple("Change", "kind offset old_size old new")


def unsynced_changes(journal):
    """{path: [Change, ...]} of what no sync stands behind."""
    left = collections.defaultdict(list)
    text = pathlib.Path(journal).read_bytes() if os.path.exists(journal) else b""
    at = 0
    while at + HEAD.size <= len(text):
        kind, path_bytes, offset, old_size, old_bytes, new_bytes = HEAD.unpack_from(text, at)
        at += HEAD.size
        if at + path_bytes + old_bytes + new_bytes > len(text):
            break  # the process was killed in the middle of it, and has not changed the file yet
        path = text[at:at + path_bytes].decode()
        at += path_bytes
        old, new = text[at:at + old_bytes], text[at + old_bytes:at + old_bytes + new_bytes]
        at += old_bytes + new_bytes
        if chr(kind) == "S":
            left[path].clear()
        else:
            left[path].append(Change(chr(kind), offset, old_size, old, new))
    return left


def take_back(file, changes):
    for change in reversed(changes):
        file.seek(change.offset)
        file.write(change.old)
        file.truncate(change.old_size)


def put_in_again(file, change, chance):
    """All of it, or only some of its sectors."""
    if change.kind == "T":
        file.truncate(change.offset)
        return
    torn = chance.random() < 0.3
    at = 0
    while at < len(change.new):
        end = min(len(change.new), at + SECTOR_BYTES - (change.offset + at) % SECTOR_BYTES)
        if not torn or chance.random() < 0.5:
            file.seek(change.offset + at)
            file.write(change.new[at:end])
        at = end


def cut_power(folder, journal, chance):
    """Changes the files of the folder to what may be left of them; `chance` is a random.Random. Returns how many
    changes were lost and how many could have been."""
    lost, all_changes = 0, 0
    for path, changes in sorted(unsynced_changes(journal).items()):
        file_path = pathlib.Path(folder) / path
        if not changes or not file_path.exists():
            continue
        share = chance.choice((0.0, 0.5, 0.9, 1.0))  # of the changes that reached the disk all the same
        with open(file_path, "r+b") as file:
            take_back(file, changes)
            for change in changes:
                if chance.random() < share:
                    put_in_again(file, change, chance)
                else:
                    lost += 1
        all_changes += len(changes)
    for index in pathlib.Path(folder).glob("*-shm"):
        index.unlink()
    pathlib.Path(journal).unlink(missing_ok=True)
    return lost, all_changes
