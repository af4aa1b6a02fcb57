"""Certificates as a course makes them, by the openssl command: a CA, a server, clients good and bad, a revocation list."""

import pathlib
import subprocess
import tempfile

DAYS = "30"


class CertificateFolder:
    """`with` leaves nothing behind. Names: ca.crt, server.crt/.key, and what client() makes."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-certs-")
        self.path = pathlib.Path(self.folder.name)
        self.authority("ca")
        self.server("server")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.folder.cleanup()

    def file(self, name):
        return str(self.path / name)

    def openssl(self, *words, **options):
        outcome = subprocess.run(["openssl", *words], cwd=self.path, capture_output=True, text=True, check=False, **options)
        if outcome.returncode != 0:
            raise AssertionError(f"openssl {' '.join(words)}: {outcome.stderr}")
        return outcome.stdout

    def key(self, name):
        self.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    def authority(self, name):
        self.key(name)
        self.openssl("req", "-x509", "-new", "-key", f"{name}.key", "-days", DAYS, "-subj", f"/O=Course/CN={name} root",
                     "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                     "-out", f"{name}.crt")
        (self.path / f"{name}.index").write_text("", encoding="ascii")
        (self.path / f"{name}.cnf").write_text(
            f"[ca]\ndefault_ca = here\n[here]\ndatabase = {name}.index\nnew_certs_dir = .\nrand_serial = yes\n"
            f"default_md = sha256\ncertificate = {name}.crt\nprivate_key = {name}.key\npolicy = any\n"
            "copy_extensions = copy\ndefault_crl_days = 30\nunique_subject = no\n"
            "[any]\norganizationName = optional\ncommonName = supplied\n", encoding="ascii")

    def sign(self, name, subject, ca="ca", extensions=(), dates=("-days", DAYS)):
        self.key(name)
        added = [word for each in extensions for word in ("-addext", each)]
        self.openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, *added, "-out", f"{name}.csr")
        self.openssl("ca", "-batch", "-config", f"{ca}.cnf", "-in", f"{name}.csr", "-out", f"{name}.crt", "-notext", *dates)

    def server(self, name):
        self.sign(name, f"/CN={name}", extensions=("subjectAltName=DNS:localhost,IP:127.0.0.1",
                                                   "extendedKeyUsage=serverAuth"))

    def client(self, name, ca="ca", dates=("-days", DAYS)):
        """The words of mosquitto_pub that show this certificate."""
        self.sign(name, f"/O=Course/CN={name}", ca, ("extendedKeyUsage=clientAuth",), dates)
        return ("--cert", self.file(f"{name}.crt"), "--key", self.file(f"{name}.key"))

    def expired_client(self, name):
        return self.client(name, dates=("-startdate", "20200101000000Z", "-enddate", "20200102000000Z"))

    def revoke(self, name, ca="ca"):
        self.openssl("ca", "-config", f"{ca}.cnf", "-revoke", f"{name}.crt")
        self.list_revoked(ca)

    def list_revoked(self, ca="ca"):
        self.openssl("ca", "-config", f"{ca}.cnf", "-gencrl", "-out", f"{ca}.crl")

    def server_lines(self):
        return (f"cafile {self.file('ca.crt')}", f"certfile {self.file('server.crt')}", f"keyfile {self.file('server.key')}")
