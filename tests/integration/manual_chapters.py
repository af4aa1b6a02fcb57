"""The chapters of docs/manual as a reader goes through them: files are written, lines are typed, brokers are started; and
what is printed, and which packets go over the wire, is what stands there (… is any text)."""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from conditions import PATIENCE_SECONDS, wait_until
from packet_recorder import BROKER, PacketRecorder
from raw_websocket import TEXT, RawWebSocket, frame
from running_sluice import SluiceProcess, binary, free_port, sanitizer_environment, stay_root
from shell_lines import Running, Shell, matches

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "manual"
FILES = ("conf", "js", "json", "python", "bash", "cpp")
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # so that no example waits for a busy disk
PORTS = re.compile(r"\b(1883|188[45]|808[0-9]|8443|888[3-9])\b")  # that a chapter may name


class Block:
    def __init__(self, number, info, text, follows):
        self.number, self.text = number, text
        self.follows = follows  # nothing but white space stands between it and the block before
        kind, _, name = info.partition(" ")
        self.is_file = kind in FILES
        self.kind, self.name = (kind, name) if self.is_file else (info, "")


def read_blocks(path):
    blocks, begin, end = [], None, None
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            continue
        if begin is None:
            begin = number
            continue
        between = lines[end:begin - 1] if end is not None else ["text"]
        blocks.append(Block(begin, lines[begin - 1][3:].strip(), "\n".join(lines[begin:number - 1]), not any(between)))
        begin, end = None, number
    return blocks


class Reader(Shell):
    """A reader's terminal. What stands in the manual says 1883 and 8080, and other ports for brokers that the reader
    starts; here they are free ones. Packets to 1883 are recorded."""

    def __init__(self, sluice):
        self.mqtt_port = sluice.port("mqtt")
        self.recorder = PacketRecorder(self.mqtt_port)
        super().__init__(sluice, self.recorder.port)
        self.ports = {"1883": self.recorder.port, "8080": sluice.port("http")}
        programs = self.path / "bin"
        programs.mkdir()
        lines = {"sluice": f"exec {shlex.quote(binary())}", "python3": f"exec {shlex.quote(sys.executable)} -B -u",
                 "mosquitto_sub": f"exec stdbuf -oL {shutil.which('mosquitto_sub')}"}  # each line as it comes
        for name, line in lines.items():
            (programs / name).write_text(f'#!/bin/sh\n{line} "$@"\n', encoding="ascii")
            (programs / name).chmod(0o755)
        self.environment = {**sanitizer_environment(), **self.environment, "PATH": f"{programs}:{os.environ['PATH']}"}
        self.path /= "work"
        self.path.mkdir()
        self.events = None

    def here(self, text):
        """The text with the ports of this run."""
        def port(found):
            if found[0] not in self.ports:
                self.ports[found[0]] = free_port()
            return str(self.ports[found[0]])
        return PORTS.sub(port, text)

    def write_file(self, block):
        text = self.here(block.text) + "\n"
        if block.kind == "conf" and "listener " in text:
            text = "log_timestamp false\n" + stay_root() + text
        (self.path / block.name).write_text(text, encoding="utf-8")
        if block.kind == "bash":
            (self.path / block.name).chmod(0o755)

    def subscriptions(self):
        """How many there have been. Unlike the number of those that are there, it can't hide one that has just begun
        behind one that has just ended."""
        return self.events.printed().count("event: subscribed")

    def start(self, line, subscribes=True):
        if not self.events:
            self.events = Running(self, 'curl -N --max-time 600 -H "Accept: text/event-stream" "$B/api/v1/events?event=subscribed"')
            self.running.append(self.events)
            wait_until(lambda: "event: open" in self.events.printed(), "the events come")
        mark = f"mark/{len(self.running)}"  # what was subscribed to before this has been told when this has
        subprocess.run(["mosquitto_sub", "-p", str(self.mqtt_port), "-t", mark, "-E"], check=True, timeout=PATIENCE_SECONDS)
        wait_until(lambda: f'"filter":"{mark}"' in self.events.printed(), f"{mark} was told")
        return super().start(line, subscribes)

    def start_server(self, line):
        """`sluice -c FILE`, or a program of the chapter; back when the ports that are named in its file are open."""
        words = shlex.split(line)
        text = (self.path / words[-1]).read_text(encoding="utf-8")
        server = Running(self, line)
        self.running.append(server)
        named = re.findall(r"^listener (\d+)", text, re.MULTILINE) if words[0] == "sluice" else []
        ports = named or [port for port in self.ports.values() if re.search(rf"\b{port}\b", text)]
        for port in ports:
            wait_until(lambda: is_open(int(port)) or server.process.poll() is not None, f"{line!r} listens")  # pylint: disable=cell-var-from-loop
        if server.process.poll() is not None:
            said = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, cwd=self.path,
                                  env=self.environment, timeout=PATIENCE_SECONDS)
            raise AssertionError(f"{line!r} ended: {said.stdout}{said.stderr}")
        return server

    def close(self):
        super().close()
        self.recorder.close()


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Frames:
    """The chapter's connection to /ws, as a page in a browser has it: what is sent, and what came since."""

    def __init__(self, reader):
        self.socket, self.unread = RawWebSocket(reader.ports["8080"], path="/ws", protocol="mqtt.json.v1"), []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        with contextlib.suppress(OSError):
            while True:
                opcode, payload = self.socket.read_frame()
                if opcode == TEXT:
                    self.unread.append(payload.decode().strip())

    def send(self, text):
        for line in text.splitlines():
            self.socket.send(frame(TEXT, line.encode()))

    def wait_for(self, expected):
        wait_until(lambda: matches(expected, "\n".join(self.unread)),
                   lambda: f"these frames came\n{self.unread}\nand not\n{expected}")
        self.unread.clear()

    def close(self):
        self.socket.close()


class ChapterRun:
    """One chapter from its first example to its last."""

    def __init__(self, reader):
        self.reader, self.printed, self.live, self.frames, self.compared = reader, None, None, None, 0

    def run(self, block):
        text = self.reader.here(block.text)
        if block.is_file:
            if block.name:
                self.reader.write_file(block)
        elif block.kind == "sh":
            self.printed, _ = self.reader.run(text)
        elif block.kind == "sh live":
            self.live = self.reader.start(text)
        elif block.kind == "sh start":
            self.live = self.reader.start_server(text)
        elif block.kind == "ws":
            self.frames = self.frames or Frames(self.reader)
            self.frames.send(text)
            self.printed = None
        elif block.kind == "live":
            self.live.wait_for(text)
            self.compared += 1
        elif block.kind == "packets":
            self.compare_packets(text)
        elif block.kind == "" and block.follows:
            self.compared += 1
            if self.printed is None:
                self.frames.wait_for(text)
            elif not matches(text, self.printed):
                raise AssertionError(f"it printed\n{self.printed}\nand not\n{text}")
        elif block.kind == "":
            raise AssertionError("what is printed stands right below what is typed")
        else:
            raise AssertionError(f"there are no blocks called {block.kind!r}")

    def compare_packets(self, text):
        """Each client's packets on their own, because what goes to one of them does not wait for another."""
        lines = [" ".join(line.split()) for line in text.splitlines()]
        parties = {party for line in lines if line != "…" for party in (line.split()[0], line.split()[2])}
        for client in parties - {BROKER}:
            expected = "\n".join(line for line in lines if line == "…" or client in line.split()[:3])
            expected = re.sub("\n?…\n?", "…", expected)  # also for none at all
            wait_until(lambda: matches(expected, self.reader.recorder.packets(client)),  # pylint: disable=cell-var-from-loop
                       lambda: f"{client} and the broker said\n{self.reader.recorder.packets(client)}\nand not\n{expected}")  # pylint: disable=cell-var-from-loop
            self.compared += 1

    def close(self):
        if self.frames:
            self.frames.close()
        self.reader.close()


def chapter_name(path):
    return re.sub(r"^\d+-", "", path.stem)


class ManualCase(unittest.TestCase):
    """Chapters are run in order, each against a process of its own. CHAPTER=20- in the environment: only this one."""

    def run_chapter(self, path):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-manual-", dir=MEMORY))
            rights = pathlib.Path(folder) / "acl"
            rights.write_text("topic readwrite #\ntopic read $SYS/#\ntopic readwrite $CONTROL/#\n", encoding="ascii")
            lines = ("sys_interval 1", f"acl_file {rights}", "persistence true", f"persistence_location {folder}/",
                     "history # 1h 1000")
            sluice = SluiceProcess({"mqtt": (), "http": ()}, lines).start()
            stack.callback(sluice.stop)
            chapter = ChapterRun(Reader(sluice))
            stack.callback(chapter.close)
            for block in read_blocks(path):
                with self.subTest(chapter=path.name, line=block.number):
                    chapter.run(block)
            self.assertGreaterEqual(chapter.compared, 1, "nothing of it was compared")

    def run_chapters(self, *numbers):
        chapters = sorted(path for path in MANUAL.glob("*.md") if int(path.name[:2]) in numbers)
        self.assertTrue(chapters)
        for path in chapters:
            if path.name.startswith(os.environ.get("CHAPTER", "")):
                with self.subTest(chapter=path.name):
                    self.run_chapter(path)
