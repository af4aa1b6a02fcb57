"""HTTP as users send it: curl for single requests, sockets for streams and for what no client would send."""

import json
import socket
import subprocess

from conditions import PATIENCE_SECONDS


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def field(self, name):
        """Its values joined as a list field; None when it is missing."""
        found = [value for key, value in self.fields if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return self.text.splitlines()

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:2000]!r}"


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    fields = []
    for line in lines[1:]:
        key, value = line.split(":", 1)
        fields.append((key, value.strip()))
    return int(lines[0].split(" ")[1]), fields


def curl(url, *arguments, stdin=None):
    """One request by curl; interim answers such as 100 are skipped."""
    command = ["curl", "-sS", "-i", "--max-time", str(PATIENCE_SECONDS), "--path-as-is", *arguments, url]
    outcome = subprocess.run(command, capture_output=True, input=stdin, timeout=2 * PATIENCE_SECONDS, check=False)
    if outcome.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {outcome.returncode}: {outcome.stderr.decode()}")
    rest = outcome.stdout
    while True:
        head, _, rest = rest.partition(b"\r\n\r\n")
        status, fields = parse_head(head)
        if status >= 200:
            return Answer(status, fields, rest)


def get(url, *arguments):
    return curl(url, *arguments)


def put(url, payload, *arguments):
    return curl(url, "-X", "PUT", "--data-binary", "@-", *arguments, stdin=as_bytes(payload))


def post(url, payload, *arguments):
    return curl(url, "--data-binary", "@-", *arguments, stdin=as_bytes(payload))


def delete(url, *arguments):
    return curl(url, "-X", "DELETE", *arguments)


def as_bytes(payload):
    return payload.encode() if isinstance(payload, str) else payload


class RawWeb:
    """A socket that reads answers one after the other, and streams line by line."""

    def __init__(self, port, request=b"", seconds=PATIENCE_SECONDS):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        self.unread = b""
        self.chunked = False
        self.ended = False
        self.text = b""  # of the stream, unframed
        if request:
            self.send(request)

    def send(self, data):
        self.socket.sendall(as_bytes(data))

    def fill(self):
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError(f"the connection is closed; unread: {self.unread[:200]!r}")
        self.unread += part

    def read_head(self):
        while b"\r\n\r\n" not in self.unread:
            self.fill()
        head, self.unread = self.unread.split(b"\r\n\r\n", 1)
        return parse_head(head)

    def read_answer(self, method="GET"):
        status, fields = self.read_head()
        answer = Answer(status, fields, b"")
        if method == "HEAD" or status in (101, 204, 304) or status < 200:
            return answer
        if answer.field("Transfer-Encoding") == "chunked":
            while not self.ended:
                self.read_chunk()
            answer.body, self.text, self.ended = self.text, b"", False
        elif answer.field("Content-Length") is None:
            answer.body = self.read_to_end()
        else:
            size = int(answer.field("Content-Length"))
            while len(self.unread) < size:
                self.fill()
            answer.body, self.unread = self.unread[:size], self.unread[size:]
        return answer

    def read_to_end(self):
        try:
            while True:
                self.fill()
        except ConnectionError:
            out, self.unread = self.unread, b""
            return out

    # --- streams ---

    def open_stream(self, target, method="GET", version="1.1", **fields):
        host = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        self.send(f"{method} {target} HTTP/{version}\r\nHost: 127.0.0.1\r\n{host}\r\n")
        status, found = self.read_head()
        answer = Answer(status, found, b"")
        self.chunked = answer.field("Transfer-Encoding") == "chunked"
        return answer

    def read_chunk(self):
        while b"\r\n" not in self.unread:
            self.fill()
        size_text, rest = self.unread.split(b"\r\n", 1)
        size = int(size_text.split(b";")[0], 16)
        self.unread = rest
        while len(self.unread) < size + 2:
            self.fill()
        self.text += self.unread[:size]
        if self.unread[size:size + 2] != b"\r\n":
            raise AssertionError(f"a chunk of {size} bytes ends with {self.unread[size:size + 2]!r}")
        self.unread = self.unread[size + 2:]
        self.ended = self.ended or size == 0

    def read_more(self):
        if self.chunked:
            self.read_chunk()
        else:
            if not self.unread:
                self.fill()
            self.text, self.unread = self.text + self.unread, b""

    def read_until(self, mark):
        """The text of the stream up to and without the mark."""
        while mark not in self.text:
            if self.ended:
                raise ConnectionError(f"the stream ended; left: {self.text[:500]!r}")
            self.read_more()
        before, self.text = self.text.split(mark, 1)
        return before.decode()

    def line(self):
        return self.read_until(b"\n")

    def message(self):
        """The next object of a stream of NDJSON, without heartbeats."""
        while True:
            line = self.line()
            if line:
                return json.loads(line)

    def event(self):
        """The next event of SSE as a dictionary of its fields; comments stand under ''."""
        fields = {}
        for line in self.read_until(b"\n\n").split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = fields[name] + "\n" + value if name in fields else value
        return fields

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
