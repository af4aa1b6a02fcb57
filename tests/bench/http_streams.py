"""Very many idle event streams: what each takes, and how soon one publish has reached all of them."""

import json
import resource
import select
import socket
import time

from brokers import DESCRIPTORS_MAX, BenchFailure, free_port

FORMS = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}
PUBLISHES = 9
ANSWER_SECONDS_MAX = 30
MARK = b"the one publish"


def measure(broker, streams):
    """Of each form: bytes a stream, the median and the worst time until all have the message."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS_MAX if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    figures = {"streams": streams}
    for name, accept in FORMS.items():
        web = free_port()
        broker.configured(f"listener {web} 127.0.0.1\nprotocol http\nhttp_streams_per_user 0\nhttp_heartbeat 3600\n")
        with broker:
            figures[name] = measure_form(broker, web, streams, accept)
    broker.configured("")
    return figures


def measure_form(broker, web, streams, accept):
    open_all(web, 1, accept)[0].close()  # what is made once is not counted
    before = broker.rss_bytes()
    readers = open_all(web, streams, accept)
    bytes_each = (broker.rss_bytes() - before) / streams
    poller = select.epoll()
    for each in readers:
        each.setblocking(False)
        poller.register(each, select.EPOLLIN)
    by_number = {each.fileno(): each for each in readers}
    times = [publish(web, poller, by_number) for _ in range(PUBLISHES)]
    after = (broker.rss_bytes() - before) / streams
    poller.close()
    for each in readers:
        each.close()
    return {"bytes": bytes_each, "bytes_after": after, "median_ms": sorted(times)[len(times) // 2] * 1e3,
            "worst_ms": max(times) * 1e3}


def open_all(web, count, accept):
    """Streams that have said that they are there."""
    opened = []
    request = f"GET /topics/bench/stream?stream HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode()
    for _ in range(count):
        each = socket.create_connection(("127.0.0.1", web), ANSWER_SECONDS_MAX)
        each.sendall(request)
        opened.append(each)
    for each in opened:
        answer = b""
        while b"\r\n\r\n" not in answer or (accept == FORMS["sse"] and b"event: open" not in answer):
            part = each.recv(65536)
            if not part or (answer + part).split(b" ", 2)[1][:3] != b"200":
                raise BenchFailure(f"a stream was refused: {answer + part!r}")
            answer += part
    return opened


def publish(web, poller, readers):
    """Seconds from before the request until the last reader has the message."""
    with socket.create_connection(("127.0.0.1", web), ANSWER_SECONDS_MAX) as writer:
        waiting = set(readers)
        begin = time.monotonic()
        writer.sendall(b"POST /topics/bench/stream?qos=0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                       % (len(MARK), MARK))
        while waiting:
            events = poller.poll(ANSWER_SECONDS_MAX)
            if not events:
                raise BenchFailure(f"{len(waiting)} of {len(readers)} streams have not got the message")
            for number, _ in events:
                if MARK in readers[number].recv(65536):
                    waiting.discard(number)
        took = time.monotonic() - begin
        matched = json.loads(writer.recv(65536).split(b"\r\n\r\n", 1)[1])["matched"]
    if matched != len(readers):
        raise BenchFailure(f"{matched} streams match, {len(readers)} are open")
    return took


def print_figures(figures):
    print(f"\n{figures['streams']} idle event streams")
    for name in FORMS:
        row = figures[name]
        print(f"    {name:8} {row['bytes'] / 1024:6.1f} KB each, {row['bytes_after'] / 1024:6.1f} KB after messages; "
              f"one publish reaches all in {row['median_ms']:.0f} ms (median), {row['worst_ms']:.0f} ms (worst)")
