"""Reload by SIGHUP and by HTTP: users, rights, certificates, the log; all of it or nothing, and nobody is dropped for it."""

import pathlib
import signal
import socket
import ssl
import tempfile

from certificate_folder import CertificateFolder
from conditions import wait_until
from mosquitto_client import Subscriber, publish
from running_sluice import run_to_end
from sluice_case import SluiceCase
from web_client import curl

DONE = "The configuration was reloaded."
KEPT = "everything stays as it was"


class Reload(SluiceCase):
    hashes = {}

    @classmethod
    def setUpClass(cls):
        cls.certificates = CertificateFolder()
        cls.addClassCleanup(cls.certificates.close)
        folder = tempfile.TemporaryDirectory(prefix="sluice-reload-")
        cls.addClassCleanup(folder.cleanup)
        cls.passwords = pathlib.Path(folder.name) / "passwords"
        cls.acl = pathlib.Path(folder.name) / "acl"
        cls.lines = ("allow_anonymous false", f"password_file {cls.passwords}", f"acl_file {cls.acl}")
        cls.listeners = {"mqtt": (), "http": (), "mqtt_tls": cls.certificates.server_lines()}
        cls.write_rules()
        super().setUpClass()

    @classmethod
    def write_rules(cls, acl="", users=("admin", "alice", "bob")):
        # Each has one hash for all the tests: another one would be another password.
        for name in users:
            if name not in cls.hashes:
                cls.passwords.unlink(missing_ok=True)
                outcome = run_to_end("passwd", "-b", "-c", str(cls.passwords), name, name + "pw")
                if outcome.returncode != 0:
                    raise AssertionError(outcome.stderr)
                cls.hashes[name] = cls.passwords.read_text(encoding="utf-8")
        cls.passwords.write_text("".join(cls.hashes[name] for name in users), encoding="utf-8")
        cls.acl.write_text("user admin\ntopic readwrite $CONTROL/#\ntopic readwrite #\n"
                           "user alice\ntopic readwrite test/#\n"
                           "user bob\ntopic readwrite test/#\n" + acl, encoding="utf-8")

    def setUp(self):
        super().setUp()
        self.addCleanup(self.back_to_normal)

    def back_to_normal(self):
        self.write_rules()
        self.reload(DONE)

    def reload(self, expected):
        before = self.sluice.log().count(expected)
        self.sluice.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.sluice.log().count(expected) > before, lambda: f"{expected!r} in the log:\n{self.sluice.log()[-2000:]}")

    @staticmethod
    def words(name):
        return ("-u", name, "-P", name + "pw")

    def test_a_right_that_ends_ends_for_those_who_are_there(self):
        other = self.topic + "/other"
        with Subscriber(self.mqtt_port, self.topic, other, extra=self.words("alice"), qos=1) as alice:
            publish(self.mqtt_port, self.topic, "1", *self.words("bob"), qos=1)
            alice.wait_for(1)
            self.write_rules(acl=f"user alice\ntopic deny {self.topic}\n")
            self.reload(DONE)
            publish(self.mqtt_port, self.topic, "2", *self.words("bob"), qos=1)
            publish(self.mqtt_port, other, "3", *self.words("bob"), qos=1)
            self.assertEqual([f"{self.topic} 1", f"{other} 3"], alice.wait_for(2))

    def test_what_waited_for_a_client_is_gone_with_its_right(self):
        session = ("-i", "waiting-" + self.topic.replace("/", "-"), "-c", *self.words("alice"))
        other = self.topic + "/other"
        with Subscriber(self.mqtt_port, self.topic, other, extra=session, qos=1) as away:
            away.leave()
        publish(self.mqtt_port, self.topic, "secret", *self.words("bob"), qos=1)
        publish(self.mqtt_port, other, "open", *self.words("bob"), qos=1)
        self.write_rules(acl=f"user alice\ntopic deny {self.topic}\n")
        self.reload(DONE)
        with Subscriber(self.mqtt_port, self.topic, other, extra=session, qos=1) as back:
            self.assertEqual([f"{other} open"], back.wait_for(1))
            publish(self.mqtt_port, other, "end", *self.words("bob"), qos=1)
            self.assertEqual([f"{other} open", f"{other} end"], back.wait_for(2))

    def test_a_user_that_is_gone_is_sent_away(self):
        with Subscriber(self.mqtt_port, self.topic, extra=self.words("bob"), version="5") as bob, \
                Subscriber(self.mqtt_port, self.topic, extra=self.words("alice"), version="5") as alice:
            self.write_rules(users=("admin", "alice"))
            self.reload(DONE)
            bob.wait_for_line("Received DISCONNECT (135)")
            publish(self.mqtt_port, self.topic, "1", *self.words("bob"), version="5", expect=0x87)
            publish(self.mqtt_port, self.topic, "2", *self.words("alice"))
            self.assertEqual([f"{self.topic} 2"], alice.wait_for(1))

    def test_a_file_with_a_mistake_leaves_everything_as_it_was(self):
        for file, text, where in ((self.acl, "user alice\nnonsense\n", f"{self.acl}:2: "),
                                  (self.passwords, "alice\n", f"{self.passwords}:1: ")):
            with self.subTest(file=file):
                file.write_text(text, encoding="utf-8")
                self.reload(KEPT)
                self.assertIn(where, self.sluice.log())
                publish(self.mqtt_port, self.topic, "1", *self.words("alice"), qos=1, version="5")
                self.write_rules()

    def test_http_reloads_for_administrators_only(self):
        url = f"{self.web}/api/v1/reload"
        self.assertEqual(401, curl(url, "-X", "POST").status)
        denied = curl(url, "-X", "POST", "-u", "alice:alicepw")
        self.assertEqual(403, denied.status)
        self.assertIn("topic write $CONTROL/http/reload", denied.json["hint"])
        self.assertEqual({"reloaded": True, "notes": []}, curl(url, "-X", "POST", "-u", "admin:adminpw").json)
        self.acl.write_text("nonsense\n", encoding="utf-8")
        broken = curl(url, "-X", "POST", "-u", "admin:adminpw")
        self.assertEqual(422, broken.status)
        self.assertIn(f"{self.acl}:1: ", broken.json["detail"])

    def shown_certificate(self):
        context = ssl.create_default_context(cafile=self.certificates.file("ca.crt"))
        with socket.create_connection(("localhost", self.sluice.port("mqtt_tls"))) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as secure:
            return secure.getpeercert()["serialNumber"]

    def test_a_certificate_is_renewed_and_nobody_is_dropped(self):
        before = self.shown_certificate()
        words = ("-h", "localhost", "--cafile", self.certificates.file("ca.crt"), *self.words("alice"))
        with Subscriber(self.sluice.port("mqtt_tls"), self.topic, extra=words) as connected:
            self.certificates.server("server")
            self.reload(DONE)
            wait_until(lambda: self.shown_certificate() != before, "the new certificate is shown")
            publish(self.mqtt_port, self.topic, "still here", *self.words("bob"))
            self.assertEqual([f"{self.topic} still here"], connected.wait_for(1))

    def test_a_broken_certificate_leaves_the_old_one(self):
        before = self.shown_certificate()
        path = pathlib.Path(self.certificates.file("server.crt"))
        good = path.read_text(encoding="ascii")
        path.write_text("not a certificate\n", encoding="ascii")
        try:
            self.reload(KEPT)
        finally:
            path.write_text(good, encoding="ascii")
        self.assertEqual(before, self.shown_certificate())
