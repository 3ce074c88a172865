"""What the flow tests share: real programs, started and asked as people do.

    class ImportTest(kinko.FlowTest):
        def test_an_original_becomes_a_certificate(self):
            vault = self.start_vault()
            original = self.make_original(pin="demo1234")
            result = vault.kinko("import", original.path, pins=["demo1234"])
            self.assertEqual(result.exit, 0)

The programs are those of KINKO_BIN, else of KINKO_BUILD/bin, else of build/asan/bin. Standard library only.
"""
import contextlib
import errno
import hashlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KINKO_BUILD", ROOT / "build/asan")).resolve()
BIN = pathlib.Path(os.environ.get("KINKO_BIN", BUILD / "bin")).resolve()
PIN = "demo1234"
# Sanitizers and 256 MiB of Argon2id on a busy machine take their time.
PATIENCE = float(os.environ.get("KINKO_PATIENCE", "60"))


def program(name):
    return str(BIN / name)


def environment(language="C.UTF-8", **more):
    """A clean environment: nothing of the tester's own settings reaches the programs."""
    kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    kept.update({"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": language})
    kept.update({name: value for name, value in more.items() if value is not None})
    return kept


def wait_until(condition, seconds=PATIENCE, what="it"):
    """Polls; a test never sleeps for a fixed time and hopes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {seconds} s")


class Result:
    """How a command ended and what it said."""

    def __init__(self, arguments, exit_code, out, err):
        self.arguments = arguments
        self.exit = exit_code
        self.out = out
        self.err = err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def code(self):
        """The word of a failure told by --json."""
        return self.json["error"]["code"]

    def __repr__(self):
        return f"{self.arguments} exit {self.exit}\n--- out\n{self.out}\n--- err\n{self.err}"


def run(arguments, pins=None, stdin=None, env=None, timeout=PATIENCE, preexec=None):
    """Runs a program without a terminal. `pins` go, one a line, through --pin-fd."""
    arguments = [str(argument) for argument in arguments]
    passed = ()
    if pins is not None:
        reader, writer = os.pipe()
        os.write(writer, "".join(pin + "\n" for pin in pins).encode())
        os.close(writer)
        arguments += ["--pin-fd", str(reader)]
        passed = (reader,)
    try:
        done = subprocess.run(arguments, input=stdin if stdin is not None else b"", env=env,
                              capture_output=True, timeout=timeout, pass_fds=passed,
                              preexec_fn=preexec, start_new_session=True, check=False)
    finally:
        for descriptor in passed:
            os.close(descriptor)
    return Result(arguments, done.returncode, done.stdout.decode(errors="replace"),
                  done.stderr.decode(errors="replace"))


class Daemon:
    """A running kinkod; started with its ready line read, ended by stop() or kill9()."""

    def __init__(self, arguments, env=None, prefix=()):
        self.arguments = [*prefix, program("kinkod"), *[str(argument) for argument in arguments]]
        self.env = env or environment()
        self.process = None
        self.ready_line = ""
        self.errors = tempfile.TemporaryFile()

    def launch(self):
        self.process = subprocess.Popen(self.arguments, env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.errors)
        return self

    def start(self):
        self.launch()
        self.ready_line = self.process.stdout.readline().decode()
        if self.ready_line == "":
            code = self.process.wait(PATIENCE)
            raise AssertionError(f"kinkod did not start: exit {code}\n{self.stderr}")
        return self

    @property
    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """A clean stop; its exit code."""
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill9(self):
        if self.is_running():
            self.process.kill()
        return self._ended()

    def _ended(self):
        if self.process is None:
            return None
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        if code == -signal.SIGSYS:
            raise AssertionError("kinkod made a system call that no list allows\n" + self.stderr)
        return code

    def restart(self):
        self.stop()
        return self.start()


class Vault(Daemon):
    """A private vault in a folder of its own, and the command line that talks to it."""

    def __init__(self, folder, language="C.UTF-8"):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "vault.sock"
        super().__init__(["--private", self.folder], environment(language))

    def set_policy(self, **sections):
        """set_policy(pin={"tries": 3}); before start, or followed by reload()."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        lines = []
        for section, keys in sections.items():
            lines.append(f"[{section}]")
            lines += [f"{key.replace('_', '-')} = {value}" for key, value in keys.items()]
        (self.folder / "policy.conf").write_text("\n".join(lines) + "\n")

    def reload(self):
        before = self.stderr.count("policy")
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.stderr.count("policy") > before, what="reading the policy again")

    def client_environment(self, language="C.UTF-8", **more):
        return environment(language, KINKO_SOCKET=str(self.socket), **more)

    def kinko(self, *arguments, pins=None, stdin=None, language="C.UTF-8", timeout=PATIENCE,
              more=None):
        """`more`: further variables of the environment, as a dictionary."""
        return run([program("kinko"), *arguments], pins=pins, stdin=stdin, timeout=timeout,
                   env=self.client_environment(language, **(more or {})))

    def json(self, *arguments, pins=None, more=None):
        """A command with --json; whatever its exit code, one document."""
        return self.kinko("--json", *arguments, pins=pins, more=more)

    def terminal(self, *arguments, language="C.UTF-8", columns=100, more=None):
        return Terminal(["kinko", *arguments],
                        self.client_environment(language, **(more or {})), columns)

    def certificates(self):
        result = self.json("list")
        assert result.exit == 0, result
        return result.json["certificates"]

    def connect(self):
        return Wire(self.socket)

    def copy_to(self, folder):
        """The vault's files as a thief or a backup has them; the copy is not running."""
        shutil.copytree(self.folder, folder,
                        ignore=lambda _, names: [name for name in names if name == "vault.sock"])
        return Vault(folder)

    def files(self):
        """Digest of every file: whether anything was changed."""
        return {str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(self.folder.rglob("*")) if path.is_file()}


class Terminal:
    """A program on a terminal of its own: its prompts are read, its answers typed.

        with kinko.Terminal(["kinko", "import", path], env) as terminal:
            terminal.expect("PIN")
            terminal.type("demo1234")
            self.assertEqual(terminal.exit(), 0)
    """

    def __init__(self, arguments, env, columns=100):
        arguments = [str(argument) for argument in arguments]
        if "/" not in arguments[0]:
            arguments[0] = program(arguments[0])
        self.text = ""
        self._seen = 0
        self._code = None
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            with contextlib.suppress(OSError):
                os.execve(arguments[0], arguments, env)
            os._exit(127)
        import fcntl
        import termios
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self.exit()
        os.close(self._terminal)

    def _read(self, seconds):
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        if not ready:
            return True
        try:
            part = os.read(self._terminal, 65536)
        except OSError as failure:
            if failure.errno != errno.EIO:
                raise
            part = b""
        self.text += part.decode(errors="replace")
        return part != b""

    def expect(self, pattern, seconds=PATIENCE):
        """Waits until something new matches; returns the match."""
        end = time.monotonic() + seconds
        while True:
            match = re.compile(pattern).search(self.text, self._seen)
            if match:
                self._seen = match.end()
                return match
            if time.monotonic() > end or not self._read(0.1):
                raise AssertionError(f"{pattern!r} did not appear in:\n{self.text[-3000:]}")

    def type(self, line, enter=True):
        os.write(self._terminal, (line + ("\n" if enter else "")).encode())

    def press_ctrl_c(self):
        os.write(self._terminal, b"\x03")

    def exit(self, seconds=PATIENCE):
        """Reads to the end; the exit code, or minus the signal."""
        end = time.monotonic() + seconds
        while self._read(0.1) and time.monotonic() < end:
            pass
        if self._code is None:
            if time.monotonic() >= end:
                os.kill(self._pid, signal.SIGKILL)  # it waits for something that never comes
            _, status = os.waitpid(self._pid, 0)
            self._code = os.waitstatus_to_exitcode(status)
        return self._code


# --- Originals -----------------------------------------------------------------------------------

class Original:
    """A PKCS#12 file with what is known about it."""

    def __init__(self, path, pin, certificate, key=None):
        self.path = pathlib.Path(path)
        self.pin = pin
        self.key = key  # the file of its private key, PEM
        self.certificate = certificate  # DER
        self.id = hashlib.sha256(certificate).hexdigest()


class Workshop:
    """Makes originals with the openssl command line; keys are made once a run."""

    KINDS = {
        "rsa-2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        "p-256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "ed25519": ["-algorithm", "ED25519"],
    }
    _folder = None
    _count = 0

    @classmethod
    def folder(cls):
        if cls._folder is None:
            cls._folder = tempfile.TemporaryDirectory(prefix="kinko-keys-")
            cls.key("authority", "p-256")
            cls.openssl("req", "-x509", "-new", "-key", cls.file("authority.key"), "-days", "3650",
                        "-utf8", "-subj", "/C=JP/O=DEMO Authority/CN=DEMO Root CA", "-out",
                        cls.file("authority.pem"))
        return pathlib.Path(cls._folder.name)

    @classmethod
    def file(cls, name):
        return str(cls.folder() / name)

    @staticmethod
    def openssl(*arguments):
        done = subprocess.run(["openssl", *[str(argument) for argument in arguments]],
                              capture_output=True, check=False, env={"PATH": os.environ["PATH"]})
        if done.returncode != 0:
            raise AssertionError(f"openssl {arguments[0]}: {done.stderr.decode()}")
        return done.stdout

    @classmethod
    def key(cls, name, kind):
        path = cls.folder() / f"{name}.key"
        if not path.exists():
            cls.openssl("genpkey", *cls.KINDS[kind], "-out", path)
        return path

    @classmethod
    def certificate(cls, kind, subject, not_before=None, not_after=None):
        """A certificate of the demo authority; dates as openssl ca takes them (YYMMDDHHMMSSZ)."""
        cls._count += 1
        name = f"certificate-{cls._count}"
        key = cls.key(f"holder-{kind}-{cls._count % 3}", kind)
        cls.openssl("req", "-new", "-utf8", "-key", key, "-subj", subject, "-out",
                    cls.file(name + ".csr"))
        if not_before is None and not_after is None:
            cls.openssl("x509", "-req", "-in", cls.file(name + ".csr"), "-CA",
                        cls.file("authority.pem"), "-CAkey", cls.file("authority.key"),
                        "-set_serial", str(0x4B0000 + cls._count), "-days", "1000", "-out",
                        cls.file(name + ".pem"))
        else:
            cls._certificate_by_ca(name, not_before, not_after)
        return cls.file(name + ".pem"), key

    @classmethod
    def _certificate_by_ca(cls, name, not_before, not_after):
        """`openssl ca` alone can set both dates."""
        (cls.folder() / "index.txt").write_text("")
        (cls.folder() / "index.txt.attr").write_text("unique_subject = no\n")
        (cls.folder() / "serial").write_text(f"{0x5B0000 + cls._count:X}\n")
        settings = cls.folder() / "ca.conf"
        settings.write_text(
            "[ca]\ndefault_ca = demo\n[demo]\n"
            f"database = {cls.file('index.txt')}\nserial = {cls.file('serial')}\n"
            f"new_certs_dir = {cls.folder()}\ndefault_md = sha256\npolicy = any\n"
            "[any]\ncommonName = optional\ncountryName = optional\norganizationName = optional\n"
            "UID = optional\n")
        cls.openssl("ca", "-batch", "-notext", "-preserveDN", "-utf8", "-config", settings,
                    "-cert", cls.file("authority.pem"), "-keyfile", cls.file("authority.key"),
                    "-in", cls.file(name + ".csr"), "-startdate",
                    not_before or "20200101000000Z", "-enddate", not_after or "20400101000000Z",
                    "-out", cls.file(name + ".pem"))

    @classmethod
    def original(cls, path, pin=PIN, kind="rsa-2048", name="DEMO Taro",
                 subject="/C=JP/O=DEMO Office/CN=DEMO Taro", legacy=False, chain=True,
                 not_before=None, not_after=None):
        certificate, key = cls.certificate(kind, subject, not_before, not_after)
        arguments = ["pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout",
                     f"pass:{pin}", "-out", path]
        if name:
            arguments += ["-name", name]
        if chain:
            arguments += ["-certfile", cls.file("authority.pem")]
        if legacy:
            arguments += ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40",
                          "-macalg", "sha1"]
        cls.openssl(*arguments)
        der = cls.openssl("x509", "-in", certificate, "-outform", "DER")
        return Original(path, pin, der, key)


# --- The wire, by hand ---------------------------------------------------------------------------

REQUEST, REPLY, ERROR = 1, 2, 3
MESSAGES = {
    name: int(number)
    for number, name in re.findall(r"MESSAGE\((\d+),\s*(\w+),",
                                   (ROOT / "vault/wire/messages.def").read_text())
}
ERRORS = {
    name: (int(number), word)
    for name, number, word in re.findall(r'X\((ERR_\w+),\s*(\d+),\s*\d+,\s*"([^"]+)"',
                                         (ROOT / "vault/base/err.h").read_text())
}
WORDS = {number: word for number, word in ERRORS.values()}


def text(value):
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def blob(data):
    return struct.pack(">I", len(data)) + data


class WireError(Exception):
    """The vault's own error: its word, tries left and detail."""

    def __init__(self, body):
        number, self.tries_left, size = struct.unpack(">IBH", body[:7])
        self.word = WORDS.get(number, str(number))
        self.detail = body[7:7 + size].decode()
        super().__init__(f"{self.word} ({self.tries_left}) {self.detail}")


class Closed(Exception):
    """The vault closed the connection."""


class Wire:
    """A client that says exactly what a test wants it to say."""

    def __init__(self, path, timeout=PATIENCE):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        with contextlib.ExitStack() as stack:
            if len(str(path)) > 100:
                folder = os.open(os.path.dirname(path), os.O_PATH)
                stack.callback(os.close, folder)
                path = f"/proc/self/fd/{folder}/{os.path.basename(path)}"
            self.socket.connect(str(path))
        self.request_id = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send_raw(self, packet):
        try:
            self.socket.send(packet)
        except (BrokenPipeError, ConnectionResetError) as failure:
            raise Closed() from failure

    def receive_raw(self):
        try:
            packet = self.socket.recv(256 * 1024)
        except ConnectionResetError as failure:
            raise Closed() from failure
        if packet == b"":
            raise Closed()
        return packet

    def is_closed(self):
        """True once the vault has closed it; reads nothing else away before that."""
        try:
            while True:
                self.receive_raw()
        except Closed:
            return True
        except TimeoutError:
            return False

    def send(self, name, body=b"", request_id=None, kind=REQUEST):
        self.request_id = self.request_id + 1 if request_id is None else request_id
        number = MESSAGES[name] if isinstance(name, str) else name
        self.send_raw(struct.pack(">IBB", self.request_id, kind, number) + body)
        return self.request_id

    def receive(self):
        """(request id, number, body); an error is raised."""
        packet = self.receive_raw()
        request_id, kind, number = struct.unpack(">IBB", packet[:6])
        if kind == ERROR:
            raise WireError(packet[6:])
        assert kind == REPLY, packet[:6]
        return request_id, number, packet[6:]

    def ask(self, name, body=b""):
        asked = self.send(name, body)
        answered, number, reply = self.receive()
        assert answered == asked, f"answer to {answered}, asked {asked}"
        assert number == (MESSAGES[name] if isinstance(name, str) else name)
        return reply

    def error_of(self, name, body=b""):
        """The word of the error; no answer but an error is expected."""
        try:
            reply = self.ask(name, body)
        except WireError as failure:
            return failure.word
        raise AssertionError(f"{name} was answered: {reply[:80]!r}")

    def hello(self, version=1, name="flow test"):
        self.ask("hello", struct.pack(">HI", version, 0) + text(name))
        return self

    def list_count(self, owner=None, after=0):
        reply = self.ask("list", struct.pack(">BIQ", owner is not None, owner or 0, after))
        return struct.unpack(">H", reply[1:3])[0]

    def import_original(self, data, pin, activates=False):
        """begin, data, commit; the result's number."""
        self.ask("import_begin", struct.pack(">I", len(data)) + hashlib.sha256(data).digest())
        for at in range(0, len(data), 65536):
            self.ask("import_data", struct.pack(">I", at) + blob(data[at:at + 65536]))
        body = blob(pin.encode()) + bytes([0, activates, 0]) + struct.pack(">q", 0) + text("")
        return self.ask("import_commit", body)[0]

    def login(self, certificate_id, pin):
        return self.ask("login", bytes.fromhex(certificate_id) + blob(pin.encode()))


# --- The base of all flow tests ------------------------------------------------------------------

class FlowTest(unittest.TestCase):
    """A folder of its own, and nothing left running or lying about."""

    @classmethod
    def setUpClass(cls):
        for name in ("kinkod", "kinko-opener"):
            if not os.access(program(name), os.X_OK):
                raise AssertionError(f"{program(name)} is not built")

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="kinko-flow-")
        self.folder = pathlib.Path(self._folder.name)
        self.addCleanup(self._folder.cleanup)

    def path(self, name):
        return self.folder / name

    def vault(self, name="vault", **settings):
        """Not started yet; stopped after the test."""
        vault = Vault(self.path(name), **settings)
        self.addCleanup(self._end, vault)
        return vault

    def start_vault(self, name="vault", **settings):
        return self.vault(name, **settings).start()

    def adopt(self, daemon):
        """Any other daemon to be ended after the test."""
        self.addCleanup(self._end, daemon)
        return daemon

    def _end(self, daemon):
        daemon.kill9()
        complaints = [line for line in daemon.stderr.splitlines()
                      if "Sanitizer" in line or "runtime error" in line]
        daemon.errors.close()
        self.assertEqual(complaints, [], "the sanitizers have something to say")

    def make_original(self, file="original.p12", **settings):
        return Workshop.original(self.path(file), **settings)

    def imported(self, vault, file="original.p12", **settings):
        """A vault's new certificate, put in over the wire."""
        original = self.make_original(file, **settings)
        with vault.connect() as wire:
            wire.hello().import_original(original.path.read_bytes(), original.pin)
        return original
