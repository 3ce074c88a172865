"""A17-A19: the programs of the user, with a listener inside, in a hostile environment, and before a
server that is not the vault."""
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess

import kinko
import scan
import users
from case import case, few

OWN, OTHER = users.FIRST, users.SECOND
LOG = pathlib.Path("/run/attack-log")
PINS = ("w5c8n2x7q4k9z3v6", "m9f3t7d2r8h4y6j5")


def fresh_log():
    LOG.write_bytes(b"")
    LOG.chmod(0o666)


def listener(trial):
    """Where every user can load it from."""
    path = trial.path("listener.so")
    if not path.exists():
        shutil.copy(scan.helper("attack_listener.so"), path)
        path.chmod(0o755)
    return str(path)


# -- A17 -------------------------------------------------------------------------------------------


def a_day_of(vault, original, env):
    """Everything that a user does, with that environment; the results by name."""
    steps = (("import", ["import", original.path], [original.pin]),
             ("import again", ["import", original.path, "--reset-pin"], [original.pin]),
             ("list", ["list"], None), ("show", ["show"], None),
             ("show --pem", ["show", "--pem"], None),
             ("pin", ["pin"], [original.pin, PINS[1]]),
             ("wrong pin", ["pin"], [original.pin, PINS[1]]),
             ("sign", ["sign", "--format", "cms", "-o", "-", original.path], [PINS[1]]),
             ("doctor", ["doctor"], [PINS[1]]),
             ("original show", ["original", "show", original.path], [original.pin]),
             ("original check", ["original", "check", original.path], [original.pin]),
             ("log", ["log"], None), ("status", ["status"], None),
             ("delete", ["delete", original.id, "--yes", "--no-original"], None))
    return {name: vault.kinko(OWN, *words, pins=pins, env=env) for name, words, pins in steps}


@case("A17", "a listener inside the user's own programs hears the PIN, and no key", root=True)
def listened_to(trial):
    vault = trial.system_vault().start()
    for kind in ("rsa-2048", "p-256"):
        original = trial.original(f"{kind}.p12", owner=OWN, kind=kind, pin=PINS[0])
        keys, pin = scan.Secrets(), scan.Secrets()
        keys.add_key(original.key)
        keys.add_vault()
        pin.add_pin(PINS[0])
        for how in ("LD_PRELOAD", "LD_AUDIT"):
            fresh_log()
            results = a_day_of(vault, original, kinko.environment(**{how: listener(trial)}))
            worked = sum(result.exit == 0 for result in results.values())
            assert results["import"].exit == 0, results["import"]
            found = keys.in_files(trial, [LOG])
            trial.held(worked)
            trial.attempt(bool(found.hits), f"{how}: {found}")
            loaded = LOG.read_bytes().count(b"LOADED")
            trial.count("programs listened to", loaded)
            trial.control(loaded >= len(results), f"{how}: the listener was loaded")
            if how == "LD_PRELOAD":
                trial.control(pin.in_files(trial, [LOG]).hits, "it hears the PIN, as declared")


# -- A18 -------------------------------------------------------------------------------------------


def traps(trial):
    """A hostile environment: each variable leads to something that would be noticed."""
    folder = trial.path("traps")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    module = listener(trial)
    (folder / "openssl.cnf").write_text(
        "openssl_conf = all\n[all]\nproviders = list\nengines = more\n[list]\ntrap = trap\n"
        f"[trap]\nmodule = {module}\nactivate = 1\n[more]\nother = other\n[other]\n"
        f"dynamic_path = {module}\ninit = 1\n")
    for name in ("legacy.so", "default.so", "fips.so", "pkcs11.so", "TRAP.so", "libtss2-tcti-trap.so"):
        shutil.copy(module, folder / name)
    (folder / "gconv-modules").write_text(
        "module EUC-JP// INTERNAL TRAP 1\nmodule INTERNAL EUC-JP// TRAP 1\n"
        "module ANSI_X3.4-1968// INTERNAL TRAP 1\nmodule INTERNAL ANSI_X3.4-1968// TRAP 1\n")
    where = str(folder)
    return {
        "OPENSSL_CONF": where + "/openssl.cnf", "OPENSSL_MODULES": where, "OPENSSL_ENGINES": where,
        "OPENSSL_ia32cap": "0", "SSL_CERT_FILE": where + "/none.pem", "SSL_CERT_DIR": where,
        "TPM2TOOLS_TCTI": f"trap:{where}", "TPM2OPENSSL_TCTI": f"trap:{where}",
        "TCTI": f"trap:{where}", "TSS2_LOG": "all+trace", "TSS2_LOGFILE": where + "/tss.log",
        "TSS2_FAPICONF": where + "/none.json", "SQLITE_TMPDIR": where, "TMPDIR": where,
        "GCONV_PATH": where, "LOCPATH": where, "NLSPATH": where + "/%N", "TEXTDOMAINDIR": where,
        "XDG_RUNTIME_DIR": where, "XDG_CONFIG_HOME": where, "HOME": where, "TZ": where + "/zone",
        "TZDIR": where, "GLIBC_TUNABLES": "glibc.malloc.check=3", "MALLOC_PERTURB_": "165",
        "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
        "ALL_PROXY": "socks5://127.0.0.1:9", "CURL_HOME": where, "CURL_CA_BUNDLE": where + "/none",
        "NETRC": where + "/netrc", "PKCS11_PROVIDER_MODULE": module, "P11_KIT_STRICT": "1",
        "NSS_DEFAULT_DB_TYPE": "sql:" + where, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={where}/bus",
        "NOTIFY_SOCKET": where + "/notify", "LISTEN_FDS": "1", "SSH_AUTH_SOCK": where + "/agent",
        "KINKO_BIN": where, "KINKO_HOME": where, "KINKO_OPENER": module, "KINKO_POLICY": where,
        "CREDENTIALS_DIRECTORY": where, "MALLOC_TRACE": where + "/trace", "IFS": "/",
        "LD_BIND_NOT": "1", "RES_OPTIONS": "debug", "HOSTALIASES": where, "PYTHONPATH": where,
        "BASH_ENV": where, "ENV": where, "LANGUAGE": "en", "COLUMNS": "0",
    }


def summary(vault, original, env):
    """What a user gets, without what differs from run to run."""
    results = {}
    for name, words, pins in (("import", ["import", original.path, "--reset-pin"], [original.pin]),
                              ("list", ["list"], None), ("show", ["show"], None),
                              ("status", ["status"], None),
                              ("check", ["original", "check", original.path], [original.pin])):
        done = vault.kinko(OWN, *words, pins=pins, env=env)
        results[name] = [done.exit, done.out, done.err]
    return results


@case("A18", "a hostile environment has no effect on the user's programs or the daemon", root=True)
def environment(trial):
    vault = trial.system_vault().start()
    original = vault.imported(OWN, trial.original(owner=OWN, kind="p-256"))
    plain = kinko.environment()
    hostile = traps(trial)
    summary(vault, original, plain)
    expected = summary(vault, original, plain)
    fresh_log()
    subprocess.run(["openssl", "rand", "4"], env={**plain, **hostile}, capture_output=True, check=False)
    trial.control(b"LOADED" in LOG.read_bytes(), "OPENSSL_CONF loads the trap into other programs")
    fresh_log()
    for name, value in [*hostile.items(), ("all of them", None)]:
        env = {**plain, **(hostile if value is None else {name: value})}
        got = summary(vault, original, env) if value is None else \
            {"list": (lambda done: [done.exit, done.out, done.err])(vault.kinko(OWN, "list", env=env))}
        for what, said in got.items():
            trial.attempt(said != expected[what], f"kinko {what} differs with {name}: {said}")
    trial.attempt(b"LOADED" in LOG.read_bytes(), f"a trap was loaded: {LOG.read_bytes()[:200]}")
    vault.stop()
    vault.env = {**plain, **hostile}
    fresh_log()
    vault.start()
    for what, said in summary(vault, original, plain).items():
        trial.attempt(said != expected[what], f"kinko {what} differs, the daemon being led astray")
    trial.attempt(vault.kinko(OWN, "status").json["vault"]["binding"] != "host", "led to another TPM")
    trial.attempt(b"LOADED" in LOG.read_bytes(),
                  f"a trap was loaded into the daemon: {LOG.read_bytes()[:200]}")
    trial.count("variables", len(hostile))


# -- A19 -------------------------------------------------------------------------------------------


def take_the_socket(folder, path):
    """Every way for u1 to put something else there: which worked."""
    here = os.path.join(folder, "mine")
    other = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    other.bind(here)
    ways = {
        "unlink": lambda: os.unlink(path), "rename away": lambda: os.rename(path, here + "2"),
        "rename within": lambda: os.rename(path, path + "2"),
        "rename over": lambda: os.rename(here, path), "link": lambda: os.link(here, path + "3"),
        "symlink": lambda: os.symlink(here, path + "4"),
        "bind": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(path),
        "bind beside": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(path + "5"),
        "chmod": lambda: os.chmod(path, 0o600), "chmod folder": lambda: os.chmod("/run/kinko", 0o777),
        "rename folder": lambda: os.rename("/run/kinko", "/run/kinko2"),
        "make beside": lambda: os.mkdir("/run/kinko/x"), "rmdir": lambda: os.rmdir("/run/kinko"),
        "mount": lambda: mount_over(here, path), "truncate": lambda: os.truncate(path, 0),
    }
    worked = []
    for name, way in ways.items():
        try:
            way()
            worked.append(name)
        except OSError:
            pass
    return [len(ways), worked]


def mount_over(what, where):
    if users.LIBC.mount(what.encode(), where.encode(), None, 4096, None) != 0:
        raise OSError("mount")


class FalseServer:
    """Listens in the vault's place as that user, and keeps what it is sent."""

    def __init__(self, uid, path, answers=False):
        self.reader, writer = os.pipe()
        self.user = users.start(uid, self._serve, path, writer, answers)
        os.close(writer)
        assert os.read(self.reader, 1) == b"L"

    @staticmethod
    def _serve(path, writer, answers):
        listener_ = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener_.bind(path)
        os.chmod(path, 0o666)
        listener_.listen()
        os.write(writer, b"L")
        open_ = []
        while True:
            for ready in select.select([listener_, *open_], [], [])[0]:
                if ready is listener_:
                    open_.append(listener_.accept()[0])
                    continue
                try:
                    packet = ready.recv(1 << 17)
                except OSError:
                    packet = b""
                if packet == b"":
                    open_.remove(ready)
                    ready.close()
                    continue
                os.write(writer, packet)
                if answers:  # with what a vault would say
                    ready.send(packet[:4] + b"\2" + packet[5:6] + b"\0\1\0\0\0\0\0\0")

    def end(self, path):
        os.kill(self.user.pid, signal.SIGKILL)
        os.waitpid(self.user.pid, 0)
        said = b""
        while part := os.read(self.reader, 1 << 16):
            said += part
        os.close(self.reader)
        os.unlink(path)
        return said


def give_pins_away(vault, original, env=None):
    """Every command that takes a PIN."""
    return [vault.kinko(OWN, *words, pins=pins, env=env) for words, pins in (
        (["import", original.path], [original.pin]), (["pin"], PINS), (["list"], None),
        (["sign", "--format", "cms", "-o", "-", original.path], [original.pin]),
        (["doctor"], [original.pin]))]


@case("A19", "the socket cannot be taken, and a false or stopped server is sent no PIN", root=True)
def false_server(trial):
    vault = trial.system_vault().start()
    folder = trial.path("u1")
    folder.mkdir()
    folder.chmod(0o777)
    ways, worked = trial.become(OWN, take_the_socket, str(folder), vault.socket)
    trial.held(ways - len(worked))
    for way in worked:
        trial.attempt(True, f"u1 could {way}")
    original = trial.original(owner=OWN, kind="p-256", pin=PINS[0])
    pins = scan.Secrets()
    for pin in PINS:
        pins.add_pin(pin)
    vault.stop()
    os.makedirs("/run/kinko", exist_ok=True)
    os.chmod("/run/kinko", 0o777)
    sent = 0
    for uid, who in ((OTHER, "another user"), (0, "root"), (users.ADMINISTRATOR, "a third")):
        for answers in (True, False):
            server = FalseServer(uid, vault.socket, answers)
            results = give_pins_away(vault, original)
            said = server.end(vault.socket)
            sent += len(said)
            trial.held(len(results))
            trial.attempt(len(said) > 0, f"{who}, listening there, was sent {len(said)} bytes")
            trial.attempt(any(done.exit == 0 for done in results), f"{who} was believed")
            if trial.got_through:
                return
    named = str(folder / "vault.sock")
    server = FalseServer(OTHER, named)
    results = give_pins_away(vault, original, kinko.environment(KINKO_SOCKET=named))
    trial.attempt(len(server.end(named)) > 0, "KINKO_SOCKET: another user's server was sent something")
    # One of the right user that never answers: it is greeted, and no more.
    if few(True, False):
        server = FalseServer(users.KINKO, vault.socket)
        for words, typed in ((["import", original.path], [original.pin]), (["pin"], PINS)):
            done = vault.kinko(OWN, *words, pins=typed)
            trial.attempt(done.exit == 0, "a silent server was believed")
        found = pins.in_bytes(trial, server.end(vault.socket))
        trial.attempt(bool(found.hits), "a silent server was sent a PIN")
    trial.count("PINs sent", 0 if trial.got_through == 0 else 1)
    trial.count("bytes sent to false servers", sent)
