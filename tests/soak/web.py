"""The HTTP side of the soak: publishers that POST numbered messages, and readers of event streams that come and go."""

import asyncio

from behaviour import pause_for
from session import ANSWER_SECONDS_MAX, MARK


async def read_answer(reader):
    """The status; the body is read and forgotten."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ANSWER_SECONDS_MAX)
    lines = head.decode("latin-1").split("\r\n")
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            await reader.readexactly(int(value))
    return int(lines[0].split(" ")[1])


async def post_on(name, port, topic, pause, ledger, draw, ended):
    """One message after the other. Of one whose connection broke nobody knows whether it was published, so it is sent
    again and may come twice."""
    reader = writer = body = None
    number = 0
    while not ended.is_set() or body is not None:
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            if body is None:
                await pause_for(draw, pause, ended)
                if ended.is_set():
                    break
                number = ledger.publish(name, topic)
                body = b"%s %s %d " % (MARK, name.encode(), number)
            request = f"POST /topics/{topic}?qos=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(request.encode() + body)
            if draw.random() < 0.02:
                raise ConnectionError("cut by ourselves")
            status = await read_answer(reader)
            if not 200 <= status < 300:
                ledger.problem("refused", f"POST of {name} was answered with {status}")
            ledger.counts["published over HTTP"] += 1
            body = None
        except (ConnectionError, asyncio.IncompleteReadError):
            ledger.counts["HTTP connections"] += 1
            if body is not None:
                ledger.resent.add((name, topic, number))
            if writer is not None:
                writer.close()
                writer = None
    if writer is not None:
        writer.close()


async def stream_on(port, path, ledger, draw, ended):
    """A stream promises no more than the newest value to one who is slow, so its events are only counted."""
    while not ended.is_set():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
        ledger.counts["streams"] += 1
        try:
            leave_at = asyncio.get_running_loop().time() + draw.uniform(1, 20)
            while not ended.is_set() and asyncio.get_running_loop().time() < leave_at:
                chunk = await asyncio.wait_for(reader.read(65_536), 5)
                if not chunk:
                    ledger.problem("closed by the broker", f"stream {path}")
                    break
                ledger.counts["events"] += chunk.count(b"\ndata:")
        except asyncio.TimeoutError:
            pass
        finally:
            writer.close()
