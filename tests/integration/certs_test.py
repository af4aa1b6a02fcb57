"""`sluice certs`: what openssl and real handshakes make of its files, and that nothing is ever overwritten."""

import os
import pathlib
import re
import shutil
import ssl
import stat
import subprocess
import tempfile
import unittest

from conditions import wait_until
from running_sluice import START_SECONDS_MAX, binary, free_port, is_free, run_to_end, sanitizer_environment

MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
TOGETHER = 6  # commands at once
RSA_SECONDS_MAX = 90  # three keys, made by trying, on a busy machine


def openssl(*arguments, expect=0):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=START_SECONDS_MAX)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"openssl {arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


@unittest.skipUnless(shutil.which("openssl"), "openssl is not there")
class CertsCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve() / "certs"

    def certs(self, *arguments, expect=0):
        done = run_to_end("certs", "--dir", str(self.folder), *arguments, seconds=RSA_SECONDS_MAX)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout if expect == 0 else done.stderr

    def path(self, name):
        return str(self.folder / name)

    def files(self):
        return {each.name: (each.read_bytes(), each.stat().st_mtime_ns, each.stat().st_ino)
                for each in self.folder.iterdir()}

    def verify(self, name, purpose, *arguments, expect=0):
        return openssl("verify", "-x509_strict", "-CAfile", self.path("ca.crt"), "-purpose", purpose, *arguments,
                       self.path(name + ".crt"), expect=expect)


class CertificateTest(CertsCase):
    def test_openssl_trusts_them_for_what_they_are_made_for_and_for_nothing_else(self):
        for kind in ("ec", "rsa", "ed25519"):
            with self.subTest(kind=kind):
                self.folder = self.folder.with_name(kind)
                self.certs("--host", "broker.example", "--host", "192.0.2.1", "--client", "bob", "--key-type", kind)
                self.verify("broker.example", "sslserver")
                self.verify("bob", "sslclient")
                self.verify("bob", "sslserver", expect=2)
                self.verify("broker.example", "sslclient", expect=2)
                for name in ("broker.example", "localhost"):
                    self.verify("broker.example", "sslserver", "-verify_hostname", name)
                for address in ("192.0.2.1", "127.0.0.1", "::1"):
                    self.verify("broker.example", "sslserver", "-verify_ip", address)
                self.verify("broker.example", "sslserver", "-verify_hostname", "other.example", expect=2)
                for name in ("ca", "broker.example", "bob"):
                    self.assertEqual(openssl("x509", "-in", self.path(name + ".crt"), "-noout", "-pubkey"),
                                     openssl("pkey", "-in", self.path(name + ".key"), "-pubout"))

    def test_openssl_reads_what_was_meant(self):
        self.certs("--host", "broker.example", "--client", "bob")
        shown = {name: openssl("x509", "-in", self.path(name + ".crt"), "-noout", "-text")
                 for name in ("ca", "broker.example", "bob")}
        for text in shown.values():
            self.assertIn("Version: 3", text)
            self.assertIn("Signature Algorithm: ecdsa-with-SHA256", text)
            self.assertIn("ASN1 OID: prime256v1", text)
            self.assertIn("X509v3 Subject Key Identifier", text)
            self.assertIn("X509v3 Authority Key Identifier", text)
            serial = re.search(r"Serial Number:\s+([0-9a-f:]+)", text).group(1)
            self.assertEqual(len(serial.replace(":", "")), 32)  # 128 bits, the first of them set
        self.assertRegex(shown["ca"], r"Basic Constraints: critical\s+CA:TRUE, pathlen:0")
        self.assertRegex(shown["ca"], r"Key Usage: critical\s+Certificate Sign, CRL Sign\n")
        for name, usage in (("broker.example", "TLS Web Server Authentication"),
                            ("bob", "TLS Web Client Authentication")):
            self.assertRegex(shown[name], r"Basic Constraints: critical\s+CA:FALSE")
            self.assertRegex(shown[name], r"X509v3 Key Usage: critical\s+Digital Signature\n")
            self.assertRegex(shown[name], rf"Extended Key Usage: \s+{usage}\n")
        self.assertIn("DNS:broker.example, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1\n",
                      shown["broker.example"])
        self.assertNotIn("Alternative Name", shown["bob"])
        self.assertRegex(shown["bob"], r"Subject: CN = bob\n")
        fingerprint = openssl("x509", "-in", self.path("bob.crt"), "-noout", "-fingerprint", "-sha256").split("=")[1]
        self.assertIn(fingerprint, run_to_end("certs", "--show", self.path("bob.crt")).stdout)

    def test_keys_are_for_their_owner_only(self):
        self.certs("--client", "bob", "--host", "a")
        for name in ("ca", "a", "bob"):
            self.assertEqual(stat.S_IMODE((self.folder / (name + ".key")).stat().st_mode), 0o600)
            self.assertEqual(stat.S_IMODE((self.folder / (name + ".crt")).stat().st_mode), 0o644)

    def test_a_revoked_client_is_refused_and_nobody_else(self):
        self.certs("--client", "bob", "--client", "carol", "--host", "a")
        self.certs("--revoke", "bob")
        checks = ("-crl_check", "-CRLfile", self.path("ca.crl"))
        self.assertIn("certificate revoked", self.verify("bob", "sslclient", *checks, expect=2))
        self.verify("carol", "sslclient", *checks)
        self.certs("--revoke", "carol")
        for name in ("bob", "carol"):
            self.assertIn("certificate revoked", self.verify(name, "sslclient", *checks, expect=2))
        self.verify("a", "sslserver", *checks)
        text = openssl("crl", "-in", self.path("ca.crl"), "-noout", "-text", "-CAfile", self.path("ca.crt"))
        self.assertIn("verify OK", text)
        self.assertIn("Version 2", text)
        self.assertRegex(text, r"X509v3 CRL Number: \s+2\n")
        self.assertIn("X509v3 Authority Key Identifier", text)
        self.assertEqual(text.count("Revocation Date"), 2)


class OverwritingTest(CertsCase):
    def test_a_second_run_changes_no_file(self):
        first = ("--host", "a", "--client", "bob")
        self.certs(*first)
        before = self.files()
        self.assertNotIn("made", self.certs(*first))
        self.assertEqual(self.files(), before)
        self.certs("--client", "carol")
        after = self.files()
        self.assertEqual({name: after[name] for name in before}, before)
        self.assertEqual(set(after) - set(before), {"carol.crt", "carol.key"})
        self.assertIn("nothing is overwritten", self.certs("--host", "a", "--host", "b", expect=1))
        self.assertEqual(self.files(), after)

    def certs_at_once(self, arguments_of):
        started = [subprocess.Popen([binary(), "certs", "--dir", str(self.folder), *arguments_of(each)], text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=sanitizer_environment())
                   for each in range(TOGETHER)]
        said = [each.communicate(timeout=RSA_SECONDS_MAX)[0] for each in started]
        for each, text in zip(started, said):
            self.assertEqual(each.returncode, 0, text)
        return said

    def test_commands_at_once_make_one_ca_and_every_certificate(self):
        said = self.certs_at_once(lambda each: ("--host", "a", "--client", f"c{each}", "--client", "all"))
        for name in ("ca.crt", "ca.key", "a.crt", "a.key", "all.crt", "all.key"):
            self.assertEqual(sum(f"made  {self.path(name)}" in text for text in said), 1, name)
        self.verify("a", "sslserver")
        for name in ["all"] + [f"c{each}" for each in range(TOGETHER)]:
            self.verify(name, "sslclient")
        self.assertEqual(len(list(self.folder.iterdir())), 2 * (3 + TOGETHER))

    def test_keys_that_are_added_at_once_are_all_there(self):
        self.certs_at_once(lambda each: ("--psk", f"c{each}"))
        lines = (self.folder / "psk.txt").read_text(encoding="utf-8").splitlines()
        self.assertEqual(sorted(each.split(":")[0] for each in lines), sorted(f"c{each}" for each in range(TOGETHER)))
        for line in lines:
            self.assertRegex(line, r"^c\d:[0-9a-f]{64}$")
        self.assertEqual(stat.S_IMODE((self.folder / "psk.txt").stat().st_mode), 0o600)

    def test_a_full_disk_leaves_no_half_file(self):
        # No byte can be written to a file of this process; the signal that comes with it is ignored.
        done = subprocess.run(["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh", binary(), "certs", "--dir",
                               str(self.folder)], capture_output=True, text=True, check=False,
                              timeout=START_SECONDS_MAX, env=sanitizer_environment())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("ca.key cannot be written", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])


class HandshakeTest(CertsCase):
    def start(self, *command, port):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_until(lambda: not is_free(port), f"{command[0]} was ready")

    def client(self, port, *arguments):
        """What openssl says of the handshake, and of the two bytes of an answer that prove it."""
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", self.path("ca.crt"),
                               "-verify_return_error", "-ign_eof", *arguments], input="GET / HTTP/1.0\r\n\r\n",
                              capture_output=True, text=True, check=False, timeout=START_SECONDS_MAX)
        return done.stdout + done.stderr

    def test_openssl_s_server_and_client_agree_by_them(self):
        for kind in ("ec", "rsa", "ed25519"):
            with self.subTest(kind=kind):
                self.folder = self.folder.with_name("tls-" + kind)
                self.certs("--host", "a", "--client", "bob", "--client", "carol", "--key-type", kind)
                self.certs("--revoke", "carol")
                port = free_port()
                self.start("openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-cert", self.path("a.crt"),
                           "-key", self.path("a.key"), "-CAfile", self.path("ca.crt"), "-Verify", "1",
                           "-verify_return_error", "-CRL", self.path("ca.crl"), "-crl_check", port=port)
                bob = ("-cert", self.path("bob.crt"), "-key", self.path("bob.key"))
                for version in ("-tls1_2", "-tls1_3"):
                    self.assertIn("200 ok", self.client(port, "-verify_hostname", "localhost", version, *bob))
                    self.assertNotIn("200 ok", self.client(port, "-verify_hostname", "other", version, *bob))
                    self.assertNotIn("200 ok", self.client(port, version))
                    self.assertNotIn("200 ok", self.client(port, version, "-cert", self.path("carol.crt"), "-key",
                                                           self.path("carol.key")))

    def test_python_takes_them_in_its_strictest_mode(self):
        self.certs("--host", "a", "--client", "bob")
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=self.path("ca.crt"))
        server.load_cert_chain(self.path("a.crt"), self.path("a.key"))
        server.load_verify_locations(self.path("ca.crt"))
        server.verify_mode = ssl.CERT_REQUIRED
        client.load_cert_chain(self.path("bob.crt"), self.path("bob.key"))
        client.verify_flags |= ssl.VERIFY_X509_STRICT
        server.verify_flags |= ssl.VERIFY_X509_STRICT
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        ours = client.wrap_bio(to_client, to_server, server_hostname="localhost")
        its = server.wrap_bio(to_server, to_client, server_side=True)
        for side in (ours, its, ours, its):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
        self.assertEqual(its.getpeercert()["subject"], ((("commonName", "bob"),),))
        self.assertEqual(ours.getpeercert()["subject"], ((("commonName", "a"),),))

    @unittest.skipUnless(MOSQUITTO, "mosquitto is not there")
    def test_mosquitto_and_its_clients_take_the_lines_as_they_are_printed(self):
        said = self.certs("--client", "bob")
        said_of_psk = self.certs("--psk", "carol")
        self.folder.parent.chmod(0o755)
        for name in self.folder.iterdir():
            name.chmod(0o644)  # started by root, mosquitto reads them as another user
        tls, psk = free_port(), free_port()
        lines = [each.strip() for text in (said, said_of_psk)
                 for each in text.split("In mosquitto.conf:\n\n")[1].split("\n\n")[0].split("\n")]
        moved = {"listener 8883": f"listener {tls} 127.0.0.1", "listener 8884": f"listener {psk} 127.0.0.1"}
        lines = [moved.get(each, each) for each in lines] + ["allow_anonymous true", ""]
        config = self.folder.parent / "mosquitto.conf"
        config.write_text("\n".join(lines), encoding="utf-8")
        self.start(MOSQUITTO, "-c", str(config), port=tls)
        wait_until(lambda: not is_free(psk), "the port for PSK was open")
        for text, old, port in ((said, 8883, tls), (said_of_psk, 8884, psk)):
            command = re.search(r"^  (mosquitto_pub .*)$", text, re.M).group(1).replace(f"-p {old}", f"-p {port}")
            done = subprocess.run(["sh", "-c", command.replace("-h localhost", "-h localhost -q 1")], check=False,
                                  capture_output=True, text=True, timeout=START_SECONDS_MAX)
            self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
            wrong = command.replace(" --cert ", " --id ").replace(" --key ", " -u ") if port == tls else \
                re.sub(r"--psk \w+", "--psk 1234abcd", command)
            self.assertNotEqual(subprocess.run(["sh", "-c", wrong], check=False, capture_output=True,
                                               timeout=START_SECONDS_MAX).returncode, 0, wrong)


if __name__ == "__main__":
    unittest.main()
