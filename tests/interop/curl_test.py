"""curl's own mqtt://: with -d it publishes, without it subscribes, and prints until it is stopped."""

import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

from interop_case import InteropCase  # first: it says where the next ones are

from conditions import PATIENCE_SECONDS, wait_until
from raw_mqtt import SUBACK, RawClient, publish, subscribe, text
from running_sluice import run_to_end
from web_client import get, post, put

TIMED_OUT, REFUSED = 28, 8  # exit codes of curl: --max-time is over; a reply that it does not like


def missing():
    if shutil.which("curl") is None:
        return "this suite needs curl"
    said = subprocess.run(["curl", "-V"], capture_output=True, text=True, check=False).stdout
    return None if " mqtt" in said else "this suite needs a curl with mqtt (curl -V)"


def curl(url, *arguments, stdin=b"", expect=0):
    """What it printed."""
    ended = subprocess.run(["curl", "-sS", "--max-time", str(PATIENCE_SECONDS), *arguments, url], input=stdin,
                           capture_output=True, timeout=2 * PATIENCE_SECONDS, check=False)
    if ended.returncode != expect:
        raise AssertionError(f"curl {arguments} {url} ended with {ended.returncode}: {ended.stderr.decode()}")
    return ended.stdout


class CurlSubscriber:
    """A running curl that writes what it gets to a file."""

    def __init__(self, url, *arguments):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name) / "printed"
        with open(self.path, "wb") as out:
            self.program = subprocess.Popen(["curl", "-sS", "-N", *arguments, url], stdout=out,
                                            stderr=subprocess.DEVNULL)

    def payloads(self, topic):
        """Without the topic and its length, which curl 7 prints in front of each payload."""
        return self.path.read_bytes().replace(text(topic), b"")

    def wait_for(self, topic, payloads):
        wait_until(lambda: self.payloads(topic) == payloads,
                   lambda: f"curl printed {payloads[:99]!r}; it printed {self.path.read_bytes()[:200]!r}")

    def close(self):
        self.program.kill()
        self.program.wait()
        self.folder.cleanup()


class CurlCase(InteropCase):
    arguments = ("-v",)  # the log tells when a subscription stands

    def url(self, topic, listener="mqtt", user=""):
        return f"mqtt://{user}127.0.0.1:{self.sluice.port(listener)}/{urllib.parse.quote(topic)}"

    def subscriber(self, *arguments, **place):
        """Ready when its subscription is granted."""
        before = self.sluice.log().count("Sending SUBACK to curl")
        made = CurlSubscriber(self.url(self.topic, **place), *arguments)
        self.addCleanup(made.close)
        wait_until(lambda: self.sluice.log().count("Sending SUBACK to curl") > before, "curl subscribed")
        return made

    def reader(self, topic):
        client = RawClient.online(self.sluice.port("mqtt"), self.name("-reader"))
        self.addCleanup(client.close)
        client.send(subscribe(topic))
        client.expect(SUBACK)
        return client


@unittest.skipIf(missing(), missing())
class CurlTest(CurlCase):
    def test_what_curl_publishes_arrives(self):
        every_byte = bytes(range(256)) * 100
        for listener in ("mqtt", "auto"):
            for payload in (b"21.5", b"", every_byte):
                with self.subTest(listener=listener, payload=payload[:10]):
                    topic = f"{self.topic}/{listener}"
                    reader = self.reader(topic)
                    curl(self.url(topic, listener), "--data-binary", "@-", stdin=payload)
                    self.assertEqual(reader.read_packet(), (0x30, text(topic) + payload))
                    reader.close()

    def test_a_topic_is_written_as_a_url_wants_it(self):
        topic = f"{self.topic}/with space/grad °C/50%"
        reader = self.reader(topic)
        curl(self.url(topic), "-d", "x")
        self.assertEqual(reader.read_packet(), (0x30, text(topic) + b"x"))

    def test_curl_takes_leave(self):
        before = self.sluice.log().count("Received DISCONNECT from curl")
        curl(self.url(self.topic), "-d", "x")
        wait_until(lambda: self.sluice.log().count("Received DISCONNECT from curl") > before, "DISCONNECT came")

    def test_what_others_publish_is_printed(self):
        with RawClient.online(self.mqtt_port, self.name("-writer")) as writer:
            for listener in ("mqtt", "auto"):
                with self.subTest(listener=listener):
                    subscriber = self.subscriber(listener=listener)
                    writer.send(publish(self.topic, b"first"))
                    writer.send(publish(self.topic, b"second", qos=1))
                    subscriber.wait_for(self.topic, b"firstsecond")

    def test_a_retained_message_is_printed_at_once(self):
        payload = random.Random(1).randbytes(300_000)
        put(f"{self.web}/topics/{self.topic}", payload)
        self.assertEqual(get(f"{self.web}/topics/{self.topic}").body, payload)
        self.subscriber().wait_for(self.topic, payload)

    def test_it_prints_until_its_time_is_over(self):
        put(f"{self.web}/topics/{self.topic}", "21.5")
        self.assertTrue(curl(self.url(self.topic), "--max-time", "1", expect=TIMED_OUT).endswith(b"21.5"))

    def test_one_port_serves_http_and_mqtt_of_the_same_curl(self):
        subscriber = self.subscriber(listener="auto")
        post(f"{self.sluice.base('auto')}/topics/{self.topic}", "by http")
        curl(self.url(self.topic, "auto"), "-d", " and by mqtt")
        subscriber.wait_for(self.topic, b"by http and by mqtt")

    def test_curl_talks_to_curl(self):
        subscriber = self.subscriber()
        for number in range(20):
            curl(self.url(self.topic), "-d", f"{number};")
        subscriber.wait_for(self.topic, b"".join(b"%d;" % number for number in range(20)))

    def test_a_filter_that_is_none_is_refused(self):
        curl(self.url(f"{self.topic}/#/x"), expect=REFUSED)


@unittest.skipIf(missing(), missing())
class PasswordTest(CurlCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        users = pathlib.Path(folder.name) / "users"
        run_to_end("passwd", "-I", "1000", "-c", "-b", str(users), "alice", "pass word").check_returncode()
        cls.lines = (f"password_file {users}", "allow_anonymous false")
        super().setUpClass()

    def test_the_right_password_lets_in(self):
        for arguments, user in ((("-u", "alice:pass word"), ""), ((), "alice:pass%20word@")):
            with self.subTest(arguments=arguments, user=user):
                subscriber = self.subscriber(*arguments, user=user)
                curl(self.url(self.topic, user=user), *arguments, "-d", "x")
                subscriber.wait_for(self.topic, b"x")

    def test_any_other_is_refused(self):
        for arguments in (("-u", "alice:wrong"), ("-u", "alice:"), ("-u", "bob:pass word"), ()):
            for action in ((), ("-d", "x")):
                with self.subTest(arguments=arguments, action=action):
                    curl(self.url(self.topic), *arguments, *action, expect=REFUSED)


if __name__ == "__main__":
    unittest.main()
