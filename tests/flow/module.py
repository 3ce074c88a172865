"""The module, for tests: where it is, what a program needs to load it, and programs that do.

A module that was built with a sanitizer can only be loaded into a program that has the sanitizer's
library already: `environment` says so to the loader, for programs that know nothing of it.
"""
import functools
import os
import pathlib
import select
import subprocess

import kinko

PATH = pathlib.Path(os.environ.get("KINKO_MODULE", kinko.BIN.parent / "lib/kinko-pkcs11.so"))

# Flags of slots and tokens, states of sessions, classes and mechanisms (PKCS#11).
COUNT_LOW, FINAL_TRY, LOCKED = 0x10000, 0x20000, 0x40000
LOGIN_REQUIRED, PIN_INITIALIZED, TOKEN_INITIALIZED = 0x4, 0x8, 0x400
RO_PUBLIC, RO_USER, RW_PUBLIC, RW_USER = 0, 1, 2, 3
CERTIFICATE, PUBLIC_KEY, PRIVATE_KEY, PROFILE = 1, 2, 3, 9
SHA256_RSA, SHA384_RSA, SHA1_RSA, RSA_RAW, OAEP = 0x40, 0x41, 0x6, 0x3, 0x9
SIGN, VERIFY, DECRYPT = 0x800, 0x2000, 0x200


@functools.lru_cache(maxsize=None)
def _preload():
    libraries = subprocess.run(["readelf", "-d", str(PATH)], capture_output=True, text=True,
                               check=True).stdout
    for sanitizer in ("libasan", "libtsan"):
        if sanitizer in libraries:
            found = subprocess.run(["gcc", f"-print-file-name={sanitizer}.so"], text=True,
                                   capture_output=True, check=True).stdout.strip()
            return str(pathlib.Path(found).resolve())
    return None


def is_sanitized():
    return _preload() is not None


def environment(vault, **more):
    """For any program that is to load the module and reach this vault. What such a program itself
    never frees is not the module's."""
    env = vault.client_environment(**more)
    if _preload():
        env["LD_PRELOAD"] = _preload()
        env["ASAN_OPTIONS"] = "detect_leaks=0"
    return env


def run(vault, *arguments, **more):
    """Runs any program; its output in UTF-8."""
    return kinko.run(arguments, env=environment(vault, **more))


def pkcs11_tool(vault, *arguments, pin=None):
    login = () if pin is None else ("--login", "--pin", pin)
    return run(vault, "pkcs11-tool", "--module", PATH, *login, *arguments)


class Program:
    """A program with the module loaded that does one thing a line (tests/flow/module_try.c).

        with module.Program(vault) as program:
            self.assertEqual(program.do("open 0"), ["CKR_OK"])
    """

    def __init__(self, vault, initialized=True):
        self.process = subprocess.Popen([str(kinko.BUILD / "tests/module_try"), str(PATH)],
                                        env=vault.client_environment(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, encoding="utf-8")
        if initialized:
            assert self.do("initialize") == ["CKR_OK"]

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.stdin.close()
        code = self.process.wait(kinko.PATIENCE)
        self.process.stdout.close()
        if failure[0] is None and code != 0:
            raise AssertionError(f"the program with the module ended with {code}")

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        return self.process.stdout.readline().split()

    def has_answered(self, seconds):
        return bool(select.select([self.process.stdout], [], [], seconds)[0])

    def do(self, line):
        """The answer's words: the result, and what came out."""
        self.say(line)
        return self.hear()

    def result(self, line):
        return (self.do(line) or ["nothing"])[0]

    def flags(self, slot=0):
        words = self.do(f"token {slot}")
        return int(words[1], 16) if words[0] == "CKR_OK" else None

    def mechanisms(self, slot=0):
        """Each with its flags."""
        words = self.do(f"mechanisms {slot}")
        assert words[0] == "CKR_OK", words
        return {int(kind, 16): int(flags, 16)
                for kind, flags in (word.split(":") for word in words[1:])}


def examine(vault, what, pin, *numbers, build=None):
    """A whole examination; its line of figures. KINKO_BUILD's, or that of another build."""
    program, path = kinko.BUILD / "tests/module_try", PATH
    if build is not None:
        program, path = build / "tests/module_try", build / "lib/kinko-pkcs11.so"
    done = subprocess.run([str(program), str(path), what, pin, *[str(n) for n in numbers]],
                          env=vault.client_environment(), capture_output=True, text=True,
                          timeout=10 * kinko.PATIENCE, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{what}: exit {done.returncode}\n{done.stdout}\n{done.stderr[-6000:]}")
    return done.stdout.strip()


class ModuleTest(kinko.FlowTest):
    def program(self, vault, **settings):
        program = Program(vault, **settings)
        self.addCleanup(program.__exit__, None, None, None)
        return program

    def logged_in(self, vault, pin=kinko.PIN, slot=0):
        program = self.program(vault)
        self.assertEqual(program.result(f"open {slot} rw"), "CKR_OK")
        self.assertEqual(program.result(f"login {pin}"), "CKR_OK")
        return program
