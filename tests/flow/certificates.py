"""Certificates for test servers, right and wrong ones, made by the openssl program."""
import os
import pathlib
import subprocess

CA_CONFIG = """
[ca]
default_ca = a
[a]
dir = {folder}
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = none
unique_subject = no
copy_extensions = none
[any]
commonName = optional
organizationName = optional
[none]
"""

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
VALID = ("20250101000000Z", "20991231000000Z")


class Authority:
    """A CA in a folder of its own."""

    def __init__(self, folder, name, extensions=""):
        self.folder = pathlib.Path(folder, name)
        self.folder.mkdir()
        self.count = 0
        (self.folder / "index").touch()
        (self.folder / "ca.conf").write_text(CA_CONFIG.format(folder=self.folder))
        self.key = self.folder / "ca.key"
        self.certificate = self.folder / "ca.crt"
        self._run("req", "-x509", *NEW_KEY, "-nodes", "-days", "3650",
                  "-subj", f"/O=Kinko test/CN={name}", "-keyout", self.key,
                  "-out", self.certificate,
                  *(["-addext", extensions] if extensions else []))

    def issue(self, names="DNS:localhost,IP:127.0.0.1", valid=VALID, key=NEW_KEY, md="sha256",
              common_name="localhost"):
        """Returns the paths of a certificate and its key."""
        self.count += 1
        base = self.folder / f"leaf-{self.count}"
        request, certificate, private = (base.with_suffix(s) for s in (".csr", ".crt", ".key"))
        extensions = base.with_suffix(".ext")
        extensions.write_text("basicConstraints = CA:FALSE\n"
                              + (f"subjectAltName = {names}\n" if names else ""))
        self._run("req", *key, "-nodes", "-subj", f"/CN={common_name}",
                  "-keyout", private, "-out", request)
        self._run("ca", "-batch", "-config", self.folder / "ca.conf", "-notext", "-md", md,
                  "-cert", self.certificate, "-keyfile", self.key, "-in", request,
                  "-startdate", valid[0], "-enddate", valid[1], "-extfile", extensions,
                  "-out", certificate)
        return certificate, private

    def _run(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if name != "OPENSSL_CONF"}
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True,
                              env=environment, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


def self_signed(folder):
    """Its own issuer, for localhost."""
    authority = Authority(folder, "self-signed", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    return authority.certificate, authority.key
