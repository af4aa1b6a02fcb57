"""Many retained messages: what they take, how soon a process has them again, how fast a thousand of them are read."""

import contextlib
import http.client
import json
import os
import signal
import time

from brokers import START_SECONDS_MAX, BenchFailure, free_port

DEVICES = 1000  # of each site
READS = 9


def measure(broker, generator, messages, disk):
    """Loads a fresh process, reads, kills it, starts it again, stops it, starts it again."""
    web = free_port()
    broker.configured(f"max_queued_messages 0\nlistener {web} 127.0.0.1\nprotocol http\n", disk)
    with broker:
        before = broker.rss_bytes()
        with generator.run(broker, ["--retained", messages], messages / 10_000) as (_, line):
            loaded = json.loads(line)
        figures = {"messages": messages, "load_seconds": loaded["seconds"]}
        content = loaded["topic_bytes"] + loaded["payload_bytes"]
        sites = messages // DEVICES
        reads = {"page of 100": (f"/topics/site/{sites // 2}?tree", 100),
                 "page of 1000": (f"/topics/site/{sites // 2}?tree&limit=1000", DEVICES),
                 "one of each site": ("/topics/site/%2B/device/7/temp?limit=1000", sites)}
        figures["bytes_loaded"] = (broker.rss_bytes() - before - content) / messages
        figures["reads"] = {name: read(web, *asked) for name, asked in reads.items()}
        for how, name in ((signal.SIGKILL, "killed"), (signal.SIGTERM, "stopped")):
            begin = time.monotonic()
            broker.stop(how)
            figures[f"{name}_seconds"] = time.monotonic() - begin
            begin = time.monotonic()
            broker.start()
            wait_until_ready(web)
            figures[f"start_after_{name}_seconds"] = time.monotonic() - begin
            read(web, *reads["page of 1000"])
        figures["bytes_started"] = (broker.rss_bytes() - before - content) / messages
        figures["file_bytes"] = os.path.getsize(os.path.join(broker.folder.name, "sluice.db"))
    broker.configured("")
    return figures


def read(web, target, expected):
    """Times to the first and to the last byte, of the median read, in milliseconds."""
    times = []
    for _ in range(READS):
        connection = http.client.HTTPConnection("127.0.0.1", web, timeout=30)
        connection.connect()
        begin = time.monotonic()
        connection.request("GET", target)
        answer = connection.getresponse()
        first = time.monotonic() - begin
        body = answer.read()
        times.append((time.monotonic() - begin, first))
        connection.close()
        found = json.loads(body) if answer.status == 200 else []
        if len(found) != expected:
            raise BenchFailure(f"GET {target}: status {answer.status}, {len(found)} of {expected} messages")
    last, first = sorted(times)[len(times) // 2]
    return {"first_ms": first * 1e3, "last_ms": last * 1e3}


def wait_until_ready(web):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), contextlib.closing(
                http.client.HTTPConnection("127.0.0.1", web, timeout=START_SECONDS_MAX)) as connection:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.005)
    raise BenchFailure(f"/readyz does not say yes within {START_SECONDS_MAX} s")
