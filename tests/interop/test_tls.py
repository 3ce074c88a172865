"""Client certificates in TLS: gnutls-cli, NSS's tstclnt and curl against openssl s_server, which
asks for one and verifies it.
"""
import socket
import subprocess

import interop
import kinko
import nss


class Server:
    """openssl s_server -Verify: no certificate, no connection."""

    def __init__(self, folder, authority):
        self.certificate = folder / "server.pem"
        key = folder / "server.key"
        kinko.Workshop.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                               "-out", self.certificate, "-days", "30", "-subj", "/CN=localhost",
                               "-addext", "subjectAltName=DNS:localhost")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = (folder / "server.log").open("w+b")
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert",
             self.certificate, "-key", key, "-CAfile", authority, "-Verify", "2",
             "-verify_return_error", "-www"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        kinko.wait_until(self.listens, what="the server")

    def listens(self):
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


@interop.needs("gnutls-cli", "tstclnt", "curl", "openssl", "certutil", "modutil")
class TlsTest(nss.NssTest):
    REQUEST = b"GET / HTTP/1.0\r\n\r\n"
    SERVER = "openssl s_server -Verify"

    def setUp(self):
        super().setUp()
        self.server = Server(self.folder, self.authority)
        self.addCleanup(self.server.stop)

    def assert_known(self, page):
        """The page shows the certificate that the client proved to have."""
        self.assertIn("New, TLSv1.3, Cipher is", page)
        self.assertIn(f"CN={self.label}", page.replace("CN = ", "CN="), self.server.said())

    @property
    def verified(self):
        """What the server writes about a client certificate that it has verified."""
        return f"depth=0 C = JP, O = DEMO Office, CN = {self.label}\nverify return:1"

    def test_gnutls_cli(self):
        for kind in self.kinds():
            name = f"{self.url};object=DEMO%20{interop.KINDS[kind]}"
            result = self.several(
                "gnutls-cli", "--provider", interop.MODULE, f"--x509certfile={name};type=cert",
                f"--x509keyfile={name};type=private", f"--x509cafile={self.server.certificate}",
                "-p", self.server.port, "localhost", stdin=self.REQUEST,
                more={"GNUTLS_PIN": interop.PIN})
            self.assert_known(result.out)
            self.works("gnutls-cli", "TLS 1.3 client certificate", self.SERVER)

    def test_tstclnt(self):
        for _ in self.kinds():
            self.once("certutil", "-A", "-d", self.where, "-n", "server", "-t", "CT,,", "-i",
                      self.server.certificate)
            for version in ("tls1.3", "tls1.2"):
                before = self.server.said().count(self.verified)
                self.several("tstclnt", "-4", "-Q", "-h", "localhost", "-p", self.server.port,
                             "-d", self.where, "-n", self.nick, "-W", self.password_file, "-V",
                             f"{version}:{version}")
                # It leaves after its own last word; the server is still at it.
                kinko.wait_until(lambda: self.server.said().count(self.verified) >=
                                 before + interop.TIMES, what="verifying the client")
            self.works("tstclnt (NSS)", "TLS 1.2 and 1.3 client certificate", self.SERVER)

    def test_curl(self):
        for _ in self.kinds():
            result = self.several(
                "curl", "-sS", "--cacert", self.server.certificate, "--engine", "pkcs11",
                "--cert-type", "ENG", "--cert", f"{self.url};type=cert", "--key-type", "ENG",
                "--key", f"{self.url};type=private;pin-source=file:{self.pin_file}",
                f"https://localhost:{self.server.port}/")
            self.assert_known(result.out)
            self.works("curl --engine pkcs11", "TLS 1.3 client certificate", self.SERVER)

    def test_nobody_gets_in_without_a_certificate(self):
        result = self.verify("curl", "-sS", "--cacert", self.server.certificate,
                             f"https://localhost:{self.server.port}/", exit_code=None)
        self.assertNotEqual(result.exit, 0, result)
