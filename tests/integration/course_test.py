"""The walk of the course, a step each: plain, TLS, client certificates, passwords, PSK, WebSocket, several at once,
$SYS over TLS; and each of them with the wrong thing."""

import contextlib
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from certificate_folder import CertificateFolder
from conditions import PATIENCE_SECONDS, wait_until
from mosquitto_client import Subscriber, publish
from running_sluice import SluiceProcess, run_to_end
from sluice_case import SluiceCase

try:
    import paho.mqtt.client as paho
except ImportError:
    paho = None

REFUSED_5 = 0x87  # exit code of mosquitto_pub -V 5: the reason code of CONNACK


def password_line(folder, name, password):
    path = pathlib.Path(folder) / "passwords"
    outcome = run_to_end("passwd", "-b", "-c", str(path), name, password)
    if outcome.returncode != 0:
        raise AssertionError(outcome.stderr)
    return path


def fails(port, topic, *extra, version="5"):
    """What mosquitto_pub says when it can't publish, and its exit code."""
    outcome = subprocess.run(["mosquitto_pub", "-h", "localhost", "-p", str(port), "-V", version, "-t", topic, "-m", "x",
                              "-q", "1", *extra], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    if outcome.returncode == 0:
        raise AssertionError("mosquitto_pub published")
    return outcome.returncode, outcome.stdout + outcome.stderr


def round_trip(case, port, *extra, host=("-h", "localhost")):
    """mosquitto_pub to mosquitto_sub, both with the same words."""
    with Subscriber(port, case.topic, qos=1, extra=(*host, *extra)) as subscriber:
        publish(port, case.topic, "21.5", *host, *extra, qos=1)
        case.assertEqual([f"{case.topic} 21.5"], subscriber.wait_for(1))


class OneLineCase(SluiceCase):
    """Whoever is refused leaves one line in the log that says why, and no secret."""

    def refusals(self):
        return [line for line in self.sluice.log().splitlines() if "refused" in line or "failed:" in line]

    @contextlib.contextmanager
    def one_refusal(self, *words, secrets=()):
        before = len(self.refusals())
        yield
        wait_until(lambda: len(self.refusals()) > before, lambda: f"a refusal in the log:\n{self.sluice.log()[-2000:]}")
        new = self.refusals()[before:]
        self.assertEqual(1, len(new), new)
        for word in words:
            self.assertIn(word, new[0])
        for secret in secrets:
            self.assertNotIn(secret, self.sluice.log())


class Plain(SluiceCase):
    def test_a_message_goes_from_pub_to_sub(self):
        round_trip(self, self.mqtt_port)


class CertificateCase(OneLineCase):
    """A Sluice whose listeners have the course's certificates; `options(folder)` says the lines of each listener."""

    @classmethod
    def setUpClass(cls):
        cls.certificates = CertificateFolder()
        cls.addClassCleanup(cls.certificates.close)
        cls.prepare()
        cls.ca = ("--cafile", cls.certificates.file("ca.crt"))
        super().setUpClass()

    @classmethod
    def prepare(cls):
        raise NotImplementedError


class OverTls(CertificateCase):
    @classmethod
    def prepare(cls):
        cls.listeners = {"mqtt": cls.certificates.server_lines(), "http": cls.certificates.server_lines(), "http_plain": ()}
        cls.lines = ("sys_interval 1",)

    def test_a_message_goes_over_tls_with_the_ca(self):
        for version in ("tlsv1.2", "tlsv1.3"):
            with self.subTest(version=version):
                round_trip(self, self.mqtt_port, *self.ca, "--tls-version", version)

    def test_large_messages_go_through(self):
        payload = "x" * 300_000
        with Subscriber(self.mqtt_port, self.topic, qos=1, extra=("-h", "localhost", *self.ca), form="%l") as subscriber:
            subprocess.run(["mosquitto_pub", "-h", "localhost", "-p", str(self.mqtt_port), *self.ca, "-t", self.topic, "-q", "1",
                            "-s"], input=payload, text=True, check=True, timeout=PATIENCE_SECONDS)
            self.assertEqual(["300000"], subscriber.wait_for(1))

    def test_sys_topics_are_read_over_tls(self):
        with Subscriber(self.mqtt_port, "$SYS/broker/bytes/#", extra=("-h", "localhost", *self.ca)) as subscriber:
            topics = {line.split()[0] for line in subscriber.wait_for(2)}
            self.assertEqual({"$SYS/broker/bytes/received", "$SYS/broker/bytes/sent"}, topics)

    def test_a_client_that_does_not_know_our_ca_turns_away(self):
        self.certificates.authority("stranger")
        with self.one_refusal("TLS handshake with 127.0.0.1:", "unknown ca"):
            _, said = fails(self.mqtt_port, self.topic, "--cafile", self.certificates.file("stranger.crt"))
        self.assertIn("TLS", said + "TLS")

    def test_a_client_without_tls_is_closed(self):
        with self.one_refusal("TLS handshake with 127.0.0.1:"):
            fails(self.mqtt_port, self.topic)

    def test_old_versions_are_not_spoken(self):
        context = ssl.create_default_context(cafile=self.certificates.file("ca.crt"))
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with self.one_refusal("TLS handshake with 127.0.0.1:", "unsupported protocol"):
            with self.assertRaises(ssl.SSLError):
                with socket.create_connection(("localhost", self.mqtt_port)) as plain:
                    context.wrap_socket(plain, server_hostname="localhost")

    def test_http_is_spoken_over_tls(self):
        base = f"https://localhost:{self.sluice.port('http')}"
        curl = ["curl", "-sS", "--cacert", self.certificates.file("ca.crt")]
        subprocess.run([*curl, "-X", "PUT", "-d", "ON", f"{base}/topics/{self.topic}"], check=True, capture_output=True)
        read = subprocess.run([*curl, f"{base}/topics/{self.topic}"], check=True, capture_output=True, text=True)
        self.assertEqual("ON", read.stdout)

    def test_a_client_that_says_nothing_is_given_up(self):
        with socket.create_connection(("127.0.0.1", self.mqtt_port)) as silent:
            silent.settimeout(20)
            self.assertEqual(b"", silent.recv(1))
        self.sluice.wait_for_log("it took too long")


class ByClientCertificate(CertificateCase):
    @classmethod
    def prepare(cls):
        made = cls.certificates
        cls.alice = made.client("alice")
        cls.revoked = made.client("mallory")
        cls.expired = made.expired_client("oldie")
        made.authority("other")
        cls.foreign = made.client("alien", ca="other")
        made.revoke("mallory")
        lines = (*made.server_lines(), "require_certificate true", f"crlfile {made.file('ca.crl')}")
        acl = made.path / "acl"
        acl.write_text("pattern readwrite own/%u/#\nuser alice\ntopic readwrite test/#\n", encoding="utf-8")
        cls.lines = (f"acl_file {acl}",)
        cls.listeners = {"mqtt": (*lines, "use_identity_as_username true"), "http": (*lines, "use_identity_as_username true"),
                         "mqtt_subject": (*lines, "use_subject_as_username true"), "http_plain": ()}

    def test_the_common_name_is_the_user_name(self):
        round_trip(self, self.mqtt_port, *self.ca, *self.alice)
        publish(self.mqtt_port, "own/alice/x", "1", "-h", "localhost", *self.ca, *self.alice, qos=1, version="5")
        said = publish(self.mqtt_port, "own/bob/x", "1", "-h", "localhost", *self.ca, *self.alice, qos=1, version="5")
        self.assertIn("Not authorized", said)
        self.sluice.wait_for_log("may not publish to own/bob/x")

    def test_the_subject_can_be_the_user_name(self):
        publish(self.sluice.port("mqtt_subject"), "own/CN=alice,O=Course/x", "1", "-h", "localhost", *self.ca, *self.alice,
                qos=1, version="5")
        self.assertNotIn("may not publish to own/CN=alice", self.sluice.log())

    def test_a_user_name_of_connect_does_not_count(self):
        said = publish(self.mqtt_port, "own/bob/x", "1", "-h", "localhost", *self.ca, *self.alice, "-u", "bob", "-P", "x",
                       qos=1, version="5")
        self.assertIn("Not authorized", said)

    def test_http_knows_the_same_name(self):
        base = f"https://localhost:{self.sluice.port('http')}"
        curl = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", self.certificates.file("ca.crt"), *self.alice]
        for topic, code in (("own/alice/x", "201"), ("own/bob/x", "403")):
            said = subprocess.run([*curl, "-X", "PUT", "-d", "1", f"{base}/topics/{topic}"], check=True, capture_output=True,
                                  text=True)
            self.assertEqual(code, said.stdout, topic)

    def test_without_a_certificate_the_handshake_fails(self):
        with self.one_refusal("TLS handshake with 127.0.0.1:", "peer did not return a certificate"):
            fails(self.mqtt_port, self.topic, *self.ca)

    def test_an_expired_certificate_is_refused(self):
        with self.one_refusal("certificate has expired"):
            fails(self.mqtt_port, self.topic, *self.ca, *self.expired)

    def test_a_certificate_of_another_ca_is_refused(self):
        with self.one_refusal("unable to get local issuer certificate"):
            fails(self.mqtt_port, self.topic, *self.ca, *self.foreign)

    def test_a_revoked_certificate_is_refused(self):
        with self.one_refusal("certificate revoked"):
            fails(self.mqtt_port, self.topic, *self.ca, *self.revoked)


class ByPassword(OneLineCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-course-")
        cls.addClassCleanup(folder.cleanup)
        acl = pathlib.Path(folder.name) / "acl"
        acl.write_text("user alice\ntopic readwrite test/#\ntopic read news/#\n", encoding="utf-8")
        cls.lines = ("allow_anonymous false", f"password_file {password_line(folder.name, 'alice', 'alicepw')}", f"acl_file {acl}")
        super().setUpClass()

    def test_the_right_password_comes_in(self):
        round_trip(self, self.mqtt_port, "-u", "alice", "-P", "alicepw")

    def test_a_wrong_password_does_not(self):
        with self.one_refusal("Not authorized", "the password is wrong", secrets=("wr0ng", "alicepw")):
            code, _ = fails(self.mqtt_port, self.topic, "-u", "alice", "-P", "wr0ng")
        self.assertEqual(REFUSED_5, code)

    def test_an_unknown_user_does_not(self):
        with self.one_refusal("Not authorized", "there is no such user"):
            self.assertEqual(REFUSED_5, fails(self.mqtt_port, self.topic, "-u", "bob", "-P", "alicepw")[0])

    def test_nobody_does_not(self):
        with self.one_refusal("Not authorized", "no user name was given"):
            self.assertEqual(5, fails(self.mqtt_port, self.topic, version="311")[0])

    def test_a_denied_topic_is_said_to_be_one(self):
        said = publish(self.mqtt_port, "news/today", "x", "-u", "alice", "-P", "alicepw", qos=1, version="5")
        self.assertIn("Not authorized", said)
        self.sluice.wait_for_log("may not publish to news/today")
        with Subscriber(self.mqtt_port, "secret/#", version="5", extra=("-u", "alice", "-P", "alicepw"),
                        ready=False) as subscriber:
            subscriber.wait_for_line("All subscription requests were denied.")
        self.sluice.wait_for_log("may not subscribe to secret/#")


class ByPreSharedKey(OneLineCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="sluice-course-")
        cls.addClassCleanup(folder.cleanup)
        keys = pathlib.Path(folder.name) / "psk"
        keys.write_text("client:1234abcd\nlamp:00112233445566778899aabbccddeeff\n", encoding="ascii")
        acl = pathlib.Path(folder.name) / "acl"
        acl.write_text("pattern readwrite own/%u/#\nuser client\ntopic readwrite test/#\n", encoding="utf-8")
        cls.lines = (f"psk_file {keys}", f"acl_file {acl}")
        cls.listeners = {"mqtt": ("psk_hint course", "use_identity_as_username true"), "http": ()}
        super().setUpClass()

    def words(self, identity, key, version):
        return ("-h", "localhost", "--psk-identity", identity, "--psk", key, "--tls-version", version)

    def test_the_key_opens_and_the_identity_is_the_user(self):
        for version in ("tlsv1.2", "tlsv1.3"):
            with self.subTest(version=version):
                round_trip(self, self.mqtt_port, *self.words("client", "1234abcd", version), host=())
                publish(self.mqtt_port, "own/client/x", "1", *self.words("client", "1234abcd", version), qos=1, version="5")
                said = publish(self.mqtt_port, "own/lamp/x", "1", *self.words("client", "1234abcd", version), qos=1, version="5")
                self.assertIn("Not authorized", said)

    def test_a_wrong_key_fails(self):
        for version in ("tlsv1.2", "tlsv1.3"):
            with self.subTest(version=version):
                with self.one_refusal("the PSK of identity 'client' is another one", secrets=("1234abcd", "ffffabcd")):
                    fails(self.mqtt_port, self.topic, *self.words("client", "ffffabcd", version))

    def test_an_unknown_identity_fails(self):
        for version in ("tlsv1.2", "tlsv1.3"):
            with self.subTest(version=version):
                with self.one_refusal("there is no PSK for identity 'nobody'"):
                    fails(self.mqtt_port, self.topic, *self.words("nobody", "1234abcd", version))


@unittest.skipUnless(paho, "python3-paho-mqtt is not there")
class OverWebSocket(CertificateCase):
    @classmethod
    def prepare(cls):
        cls.listeners = {"mqtt": (), "websockets": (), "websockets_tls": cls.certificates.server_lines(), "http": ()}

    def check(self, port, secure):
        client = paho.Client(client_id=self.topic.replace("/", "-"), transport="websockets")
        if secure:
            client.tls_set(ca_certs=self.certificates.file("ca.crt"))
        came = threading.Event()
        got = []

        def on_message(_client, _data, message):
            got.append((message.topic, message.payload))
            came.set()
        client.on_connect = lambda *_: client.subscribe(self.topic, 1)
        client.on_subscribe = lambda *_: client.publish(self.topic, "over", 1)
        client.on_message = on_message
        client.connect("localhost", port)
        client.loop_start()
        try:
            self.assertTrue(came.wait(PATIENCE_SECONDS))
        finally:
            client.disconnect()
            client.loop_stop()
        self.assertEqual([(self.topic, b"over")], got)

    def test_mqtt_goes_over_websocket(self):
        self.check(self.sluice.port("websockets"), False)

    def test_mqtt_goes_over_websocket_and_tls(self):
        self.check(self.sluice.port("websockets_tls"), True)


class BadFiles(unittest.TestCase):
    """Files that can't serve are told of before anything starts, by --test-config too."""

    def test_each_is_named_with_what_is_wrong(self):
        with CertificateFolder() as made:
            made.key("other")
            (made.path / "text").write_text("no certificate\n", encoding="ascii")
            good = {name: made.file(f"server.{end}") for name, end in (("certfile", "crt"), ("keyfile", "key"))}
            for option, path, sentence in (
                    ("keyfile", made.file("other.key"), f"is not the key of certfile '{good['certfile']}'"),
                    ("certfile", made.file("text"), f"certfile '{made.file('text')}' can't be used: "),
                    ("cafile", made.file("text"), f"cafile '{made.file('text')}' can't be used: "),
                    ("crlfile", made.file("text"), f"crlfile '{made.file('text')}' can't be used: "),
                    ("dhparamfile", made.file("text"), f"dhparamfile '{made.file('text')}' can't be used: ")):
                with self.subTest(option=option):
                    chosen = {**good, "cafile": made.file("ca.crt"), "require_certificate": "true", option: path}
                    config = made.path / "bad.conf"
                    config.write_text("allow_anonymous true\nlistener 18883 127.0.0.1\n"
                                      + "".join(f"{name} {value}\n" for name, value in chosen.items()), encoding="utf-8")
                    ended = run_to_end("--test-config", "-c", str(config))
                    self.assertEqual(3, ended.returncode, ended.stderr)
                    self.assertIn(f"{config}:2: listener: ", ended.stderr)
                    self.assertIn(sentence, ended.stderr)


class TheCourseFile(OneLineCase):
    """The file of the course as it stands, ports and paths aside, and HTTP beside it: several at once."""

    def setUp(self):
        self.topic = "course/step"

    @classmethod
    def setUpClass(cls):
        cls.certificates = CertificateFolder()
        cls.addClassCleanup(cls.certificates.close)
        cls.sluice = CourseProcess(cls.certificates).start()
        cls.addClassCleanup(lambda: cls.sluice.stop())  # pylint: disable=unnecessary-lambda

    def test_all_ways_meet_in_one_process(self):
        ports = self.sluice.ports
        ca = ("--cafile", self.certificates.file("ca.crt"))
        user = ("-u", "course", "-P", "course")
        with Subscriber(ports["plain"], self.topic, extra=user) as plain, \
                Subscriber(ports["tls"], self.topic, extra=("-h", "localhost", *ca, *user)) as secure:
            publish(ports["tls"], self.topic, "1", "-h", "localhost", *ca, *user)
            subprocess.run(["curl", "-sS", "-u", "course:course", "-d", "2", f"http://localhost:{ports['http']}/topics/{self.topic}"],
                           check=True, capture_output=True)
            for subscriber in (plain, secure):
                self.assertEqual([f"{self.topic} 1", f"{self.topic} 2"], subscriber.wait_for(2))


class CourseProcess(SluiceProcess):
    def __init__(self, certificates):
        super().__init__({"plain": (), "tls": (), "ws": (), "wss": (), "http": ()})
        self.certificates = certificates
        self.passwords = password_line(certificates.path, "course", "course")

    def config_text(self):
        files = "cafile  {0}/ca.crt\ncertfile {0}/server.crt\nkeyfile  {0}/server.key\n".format(self.certificates.path)
        return (f"password_file {self.passwords}\n"
                f"listener {self.ports['plain']}\n"
                f"listener {self.ports['tls']}\n{files}"
                f"listener {self.ports['ws']}\nprotocol websockets\n"
                f"listener {self.ports['wss']}\nprotocol websockets\n{files}"
                f"listener {self.ports['http']}\nprotocol http\n")


if __name__ == "__main__":
    unittest.main()
