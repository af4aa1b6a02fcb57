"""Certificates for the brokers under measurement: an authority, and of it a server with an EC key and one with RSA."""

import os
import shutil
import subprocess
import tempfile

from brokers import BenchFailure

# Of our own, so that the machine's openssl.cnf has no say.
REQUEST = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectAltName = DNS:localhost, IP:127.0.0.1
"""
KEYS = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}
VALID_DAYS = 2


class CertificateFolder:
    """A temporary folder, for the length of a `with` block."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="bench-tls-")
        self.path = self.folder.name

    def __enter__(self):
        self._make("ca", KEYS["ec"], "bench authority", "-extensions", "authority")
        for kind, words in KEYS.items():
            self._make(kind, words, "localhost", "-extensions", "server", "-CA", self.file("ca.crt"),
                       "-CAkey", self.file("ca.key"))
        # mosquitto, started by root, reads them as a user of its own; what these keys protect is over in minutes.
        os.chmod(self.path, 0o755)
        for name in ("ca.crt", *(f"{kind}.{end}" for kind in KEYS for end in ("crt", "key"))):
            os.chmod(self.file(name), 0o644)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def file(self, name):
        return os.path.join(self.path, name)

    def _make(self, name, key, subject, *words):
        with open(self.file("request.cnf"), "w", encoding="utf-8") as file:
            file.write(REQUEST.format(name=subject))
        command = ["openssl", "req", "-x509", "-config", self.file("request.cnf"), "-days", str(VALID_DAYS), "-nodes",
                   "-newkey", *key, "-keyout", self.file(f"{name}.key"), "-out", self.file(f"{name}.crt"), *words]
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)
        if outcome.returncode != 0:
            raise BenchFailure(f"openssl made no certificate: {outcome.stderr.strip()}")


def openssl_found():
    return shutil.which("openssl") is not None
