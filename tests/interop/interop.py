"""What the interoperability tests share: a vault with an RSA and a P-256 certificate, and other
people's programs that sign with it.

    class SshTest(interop.InteropTest):
        def test_ssh_keygen(self):
            for kind in self.kinds():            # the active certificate is of this kind now
                self.run_program("ssh-keygen", ...)
                self.works("ssh-keygen -Y sign", "signs a file", "openssl")

Every program is the unmodified one of the distribution, runs several times, and may not end by a
signal. What worked is a row of the table in docs/interop.md, which tests/interop/run.py prints and
compares. A sanitized module is looked at by its sanitizer inside these programs, too.
"""
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flow"))
import kinko

PIN = kinko.PIN
MODULE = kinko.BIN.parent / "lib" / "kinko-pkcs11.so"
KINDS = {"rsa-2048": "RSA-2048", "p-256": "P-256"}
EVERY_KEY = "RSA-2048, P-256"


def is_sanitized():
    return MODULE.exists() and b"__asan_init" in MODULE.read_bytes()


# How often each program does the same; a sanitizer is slow, and finds what it finds at once.
TIMES = 1 if is_sanitized() else 3


class Table:
    """The rows that the tests of this run have earned, in order."""

    rows = []

    @classmethod
    def add(cls, program, does, key, result, verified_by):
        for row in cls.rows:
            if row[0] == program and row[1] == does and row[3:] == (result, verified_by):
                if key not in row[2]:
                    row[2].append(key)
                return
        cls.rows.append((program, does, [key], result, verified_by))


def needs(*programs):
    """Skips a test where a program is not installed, and says which."""
    missing = [name for name in programs if shutil.which(name) is None]
    return unittest.skipIf(missing, f"not installed: {' '.join(missing)}")


@functools.lru_cache
def preload():
    """What must be loaded first so that a plain program can load a sanitized module; None: nothing."""
    if not is_sanitized():
        return None
    found = [subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True,
                            check=True).stdout.strip() for name in ("libasan.so", "libubsan.so")]
    return ":".join(found)


class InteropTest(kinko.FlowTest):
    """One vault for all tests of a class: a login takes its time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not MODULE.exists():
            raise AssertionError(f"{MODULE} is not built")
        cls.class_folder = tempfile.TemporaryDirectory(prefix="kinko-interop-")
        cls.addClassCleanup(cls.class_folder.cleanup)
        cls.work = pathlib.Path(cls.class_folder.name)
        cls.running = kinko.Vault(cls.work / "vault").start()
        cls.addClassCleanup(cls._end_vault)
        cls.originals = {kind: cls._import(kind) for kind in KINDS}
        cls.authority = kinko.Workshop.file("authority.pem")

    @classmethod
    def _import(cls, kind):
        name = f"DEMO {KINDS[kind]}"
        original = kinko.Workshop.original(cls.work / f"{kind}.p12", kind=kind, name=name,
                                           subject=f"/C=JP/O=DEMO Office/CN={name}")
        with cls.running.connect() as wire:
            wire.hello().import_original(original.path.read_bytes(), original.pin)
        pem = cls.work / f"{kind}.pem"
        kinko.run(["openssl", "x509", "-inform", "DER", "-out", pem], stdin=original.certificate)
        public = kinko.run(["openssl", "x509", "-in", pem, "-pubkey", "-noout"])
        (cls.work / f"{kind}.pub").write_text(public.out)
        return original

    @classmethod
    def _end_vault(cls):
        cls.running.kill9()
        complaints = [line for line in cls.running.stderr.splitlines()
                      if "Sanitizer" in line or "runtime error" in line]
        cls.running.errors.close()
        if complaints:
            raise AssertionError("\n".join(complaints))

    def setUp(self):
        super().setUp()
        self.home = self.path("home")
        self.home.mkdir()
        self.message = self.path("message")
        self.message.write_bytes("登記申請書\n".encode() * 100)
        self.pin_file = self.path("pin")
        self.pin_file.write_text(PIN)  # without a line's end: some programs take it as it is
        self.kind = None

    def kinds(self, *which):
        """Each kind of key, its certificate being the active one meanwhile."""
        for kind in which or KINDS:
            result = self.running.kinko("use", f"DEMO {KINDS[kind]}")
            self.assertEqual(result.exit, 0, result)
            self.kind = kind
            yield kind

    @property
    def label(self):
        return f"DEMO {KINDS[self.kind]}"

    @property
    def url(self):
        """The active certificate's token (RFC 7512)."""
        return f"pkcs11:token=DEMO%20{KINDS[self.kind]}"

    @property
    def certificate(self):
        return self.work / f"{self.kind}.pem"

    @property
    def public_key(self):
        return self.work / f"{self.kind}.pub"

    def environment(self, **more):
        """Of a program that loads the module."""
        variables = dict(more, HOME=str(self.home), PKCS11_MODULE_PATH=str(MODULE),
                         SOFTHSM2_CONF="/dev/null")
        if preload():
            variables["LD_PRELOAD"] = preload()
            variables["ASAN_OPTIONS"] = (os.environ.get("ASAN_OPTIONS", "") +
                                         ":detect_leaks=0:verify_asan_link_order=0")
        return self.running.client_environment(**variables)

    def once(self, *arguments, stdin=None, exit_code=0, more=None, plain=False):
        """Runs a program; it must end by itself and with this code (None: any)."""
        env = (kinko.environment(HOME=str(self.home), **(more or {})) if plain
               else self.environment(**(more or {})))
        result = kinko.run(arguments, stdin=stdin, env=env)
        self.assertGreaterEqual(result.exit, 0, f"ended by a signal: {result}")
        self.assertNotIn(result.exit, range(129, 160), f"a child ended by a signal: {result}")
        if exit_code is not None:
            self.assertEqual(result.exit, exit_code, result)
        return result

    def verify(self, *arguments, stdin=None, **options):
        """A program that checks: it sees neither module nor vault."""
        return self.once(*arguments, stdin=stdin, plain=True, **options)

    def several(self, *arguments, **options):
        """The same program several times over; the last result."""
        for _ in range(TIMES - 1):
            self.once(*arguments, **options)
        return self.once(*arguments, **options)

    def openssl_verifies(self, signature, digest="sha256", options=()):
        result = self.verify("openssl", "dgst", f"-{digest}", *options, "-verify", self.public_key,
                             "-signature", signature, self.message)
        self.assertIn("Verified OK", result.out)

    def works(self, program, does, verified_by):
        Table.add(program, does, KINDS.get(self.kind, EVERY_KEY), "works", verified_by)

    def cannot(self, program, does, why):
        """Something that was tried and failed as it must, or as that program does."""
        Table.add(program, does, KINDS.get(self.kind, EVERY_KEY), "does not", why)
