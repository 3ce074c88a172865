"""Signing through the vault: what comes out verifies, who may ask, how often and for how long, and
what the log says of it. sign_try is the client as a program uses it; the rest is said by hand."""
import datetime
import hashlib
import subprocess
import time
import unittest

import kinko

TRY = kinko.BUILD / "tests" / "sign_try"
PKCS1, PSS, ECDSA, EDDSA = 1, 2, 3, 4
HASHES = {1: "sha256", 2: "sha384", 3: "sha512"}
SIZES = {1: 32, 2: 48, 3: 64}
CURVES = {"p-256": 32, "p-384": 48, "p-521": 66}
KINDS = {
    "p-384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p-521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "rsa-3072": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
}


class Program:
    """sign_try, logged in or not."""

    def __init__(self, vault):
        self.process = subprocess.Popen([str(TRY)], env=vault.client_environment(),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.opened = self.line()

    def line(self):
        return self.process.stdout.readline().decode().strip()

    def say(self, *words):
        self.process.stdin.write((" ".join(str(word) for word in words) + "\n").encode())
        self.process.stdin.flush()

    def ask(self, *words):
        self.say(*words)
        return self.line()

    def login(self, original, pin=kinko.PIN):
        return self.ask("login", original.id, pin)

    def sign(self, original, scheme, hash_number, data):
        return self.ask("sign", original.id, scheme, hash_number, data.hex())

    def many(self, command, threads, count, original, scheme, hash_number):
        """[(digest, signature)] of all threads."""
        self.say(command, threads, count, original.id, scheme, hash_number)
        pairs = []
        for line in iter(self.line, "done"):
            pairs.append(tuple(bytes.fromhex(word) for word in line.split()))
        return pairs

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(kinko.PATIENCE)


def number(value):
    """DER INTEGER of a positive number."""
    data = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes([2, len(data)]) + data


def der_of(signature):
    """r | s as OpenSSL wants it."""
    half = len(signature) // 2
    body = b"".join(number(int.from_bytes(part, "big"))
                    for part in (signature[:half], signature[half:]))
    size = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return b"\x30" + size + body


class SignTest(kinko.FlowTest):
    def setUp(self):
        super().setUp()
        kinko.Workshop.KINDS.update(KINDS)

    def program(self, vault, original=None):
        program = Program(vault)
        self.addCleanup(program.close)
        self.assertTrue(program.opened.startswith("ok"), program.opened)
        if original is not None:
            self.assertTrue(program.login(original).startswith("ok"))
        return program

    def verifies(self, original, scheme, hash_number, data, signature):
        public = self.path("public.pem")
        public.write_bytes(subprocess.run(
            ["openssl", "x509", "-inform", "DER", "-pubkey", "-noout"],
            input=original.certificate, capture_output=True, check=True).stdout)
        self.path("data").write_bytes(data)
        self.path("signature").write_bytes(der_of(signature) if scheme == ECDSA else signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-in",
                   self.path("data"), "-sigfile", self.path("signature")]
        hash_word = HASHES[hash_number]
        if scheme == EDDSA:
            command.append("-rawin")
        if scheme in (PKCS1, PSS):
            command += ["-pkeyopt", f"digest:{hash_word}"]
        if scheme == PSS:
            command += ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt",
                        f"rsa_mgf1_md:{hash_word}", "-pkeyopt",
                        f"rsa_pss_saltlen:{SIZES[hash_number]}"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def log(self, vault):
        result = vault.json("log")
        self.assertEqual(result.exit, 0, result)
        return result.json["entries"]


class WhatComesOutTest(SignTest):
    def test_every_scheme_of_every_key_verifies(self):
        vault = self.start_vault()
        ways = {"rsa-2048": (PKCS1, PSS), "rsa-3072": (PKCS1, PSS), "p-256": (ECDSA,),
                "p-384": (ECDSA,), "p-521": (ECDSA,)}
        for kind, schemes in ways.items():
            original = self.imported(vault, file=kind + ".p12", kind=kind,
                                     subject=f"/C=JP/CN=DEMO {kind}")
            program = self.program(vault, original)
            for scheme in schemes:
                for hash_number, size in SIZES.items():
                    digest = hashlib.shake_256(kind.encode()).digest(size)
                    signature = bytes.fromhex(
                        program.sign(original, scheme, hash_number, digest))
                    self.assertTrue(
                        self.verifies(original, scheme, hash_number, digest, signature),
                        (kind, scheme, hash_number))
                    if scheme == ECDSA:
                        self.assertEqual(len(signature), 2 * CURVES[kind])

    def test_ed25519_signs_messages_of_any_length_up_to_64_kib(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="ed25519")
        program = self.program(vault, original)
        for size in (1, 63, 1000, 65536):
            message = hashlib.shake_256(b"message").digest(size)
            signature = bytes.fromhex(program.sign(original, EDDSA, 3, message))
            self.assertTrue(self.verifies(original, EDDSA, 3, message, signature), size)
        self.assertEqual(program.sign(original, EDDSA, 3, bytes(65537)), "sign-input")

    def test_what_does_not_fit_the_key_is_refused_and_the_login_stays(self):
        vault = self.start_vault()
        for kind, right in (("rsa-2048", PKCS1), ("p-256", ECDSA), ("ed25519", EDDSA)):
            original = self.imported(vault, file=kind + ".p12", kind=kind,
                                     subject=f"/C=JP/CN=DEMO {kind}")
            with vault.connect() as wire:
                wire.hello().login(original.id, kinko.PIN)
                for scheme in range(0, 6):
                    for hash_number in range(0, 5):
                        for size in (0, 20, 31, 32, 33, 48, 64):
                            if scheme == EDDSA == right and hash_number == 3:
                                continue
                            if SIZES.get(hash_number) == size and (
                                    scheme == right or (right, scheme) == (PKCS1, PSS)):
                                continue
                            body = (bytes.fromhex(original.id) + bytes([scheme, hash_number]) +
                                    kinko.blob(bytes(size)))
                            self.assertEqual(wire.error_of("sign", body), "sign-input",
                                             (kind, scheme, hash_number, size))
                good = bytes.fromhex(original.id) + bytes([right, 3]) + kinko.blob(bytes(64))
                wire.ask("sign", good)


class WhoMayAskTest(SignTest):
    def test_only_the_certificate_that_is_logged_in_signs_and_only_till_logout(self):
        vault = self.start_vault()
        one = self.imported(vault, kind="p-256")
        other = self.imported(vault, file="other.p12", kind="p-256", subject="/CN=DEMO Hanako")
        program = self.program(vault)
        self.assertEqual(program.sign(one, ECDSA, 1, bytes(32)), "login-needed")
        self.assertTrue(program.login(one).startswith("ok"))
        self.assertEqual(len(program.sign(one, ECDSA, 1, bytes(32))), 128)
        self.assertEqual(program.sign(other, ECDSA, 1, bytes(32)), "login-needed")
        self.assertEqual(program.ask("sign", "00" * 32, ECDSA, 1, "00" * 32), "login-needed")
        self.assertEqual(program.ask("logout"), "ok")
        self.assertEqual(program.sign(one, ECDSA, 1, bytes(32)), "login-needed")
        self.assertEqual(program.ask("logout"), "login-needed")

    def test_another_process_on_the_same_connection_does_not_sign(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        self.assertEqual(program.ask("child", original.id, ECDSA, 1, "00" * 32), "login-needed")
        self.assertEqual(program.ask("fork"), "ok")
        self.assertEqual(len(program.sign(original, ECDSA, 1, bytes(32))), 128)

    def test_a_changed_pin_ends_the_login_of_another_program(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        changed = vault.kinko("pin", original.id[:8], pins=[kinko.PIN, "demo5678"])
        self.assertEqual(changed.exit, 0, changed)
        self.assertEqual(program.sign(original, ECDSA, 1, bytes(32)), "login-needed")
        self.assertTrue(program.login(original, "demo5678").startswith("ok"))
        self.assertEqual(len(program.sign(original, ECDSA, 1, bytes(32))), 128)

    def test_after_a_restart_one_logs_in_again_on_the_same_client(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        vault.restart()
        self.assertEqual(program.sign(original, ECDSA, 1, bytes(32)), "login-needed")
        self.assertEqual(program.ask("ping"), "ok")
        self.assertTrue(program.login(original).startswith("ok"))
        self.assertEqual(len(program.sign(original, ECDSA, 1, bytes(32))), 128)
        vault.stop()
        self.assertEqual(program.sign(original, ECDSA, 1, bytes(32)), "vault-unreachable")


class ThreadsTest(SignTest):
    def test_many_threads_sign_with_one_login_and_each_gets_its_own(self):
        vault = self.start_vault()
        for kind, scheme in (("rsa-2048", PSS), ("p-256", ECDSA)):
            original = self.imported(vault, file=kind + ".p12", kind=kind,
                                     subject=f"/C=JP/CN=DEMO {kind}")
            program = self.program(vault, original)
            pairs = program.many("many", 8, 5, original, scheme, 1)
            self.assertEqual(len({digest for digest, _ in pairs}), 40)
            for digest, signature in pairs:
                self.assertTrue(self.verifies(original, scheme, 1, digest, signature))

    def test_lists_and_signatures_do_not_mix_up(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        pairs = program.many("mixed", 6, 20, original, ECDSA, 1)
        self.assertEqual(len(pairs), 120)
        for digest, signature in pairs[::7]:
            self.assertTrue(self.verifies(original, ECDSA, 1, digest, signature))

    def test_a_restart_under_many_threads_ends_them_all_with_a_reason(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="rsa-2048")
        program = self.program(vault, original)
        program.say("many", 8, 250, original.id, PKCS1, 1)
        time.sleep(0.2)
        vault.restart()
        answers = list(iter(program.line, "done"))
        self.assertEqual({line.split()[0] for line in answers if len(line) < 60} -
                         {"login-needed", "vault-unreachable"}, set(), answers[-1])
        self.assertTrue(program.login(original).startswith("ok"))


class HowOftenTest(SignTest):
    def test_with_a_pin_for_each_signature_a_login_is_good_for_one(self):
        vault = self.vault()
        vault.set_policy(pin={"ask": "always"})
        vault.start()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault)
        for _ in range(2):
            self.assertTrue(program.login(original).startswith("ok"))
            self.assertEqual(program.sign(original, ECDSA, 1, bytes(31)), "sign-input")
            self.assertEqual(len(program.sign(original, ECDSA, 1, bytes(32))), 128)
            self.assertEqual(program.sign(original, ECDSA, 1, bytes(32)), "login-needed")

    def test_a_batch_ends_with_its_last_signature_also_when_all_come_at_once(self):
        vault = self.vault()
        vault.set_policy(keys={"batch_max": 5})
        vault.start()
        original = self.imported(vault, kind="rsa-2048")
        body = bytes.fromhex(original.id) + bytes([PKCS1, 1]) + kinko.blob(bytes(32))
        for _ in range(2):
            with vault.connect() as wire:
                wire.hello().login(original.id, kinko.PIN)
                for _ in range(12):
                    wire.send("sign", body)
                outcomes = []
                for _ in range(12):
                    try:
                        wire.receive()
                        outcomes.append("ok")
                    except kinko.WireError as failure:
                        outcomes.append(failure.word)
                self.assertEqual(outcomes.count("ok"), 5, outcomes)
                self.assertEqual(outcomes.count("login-needed"), 7, outcomes)

    def test_a_login_ends_when_it_is_not_used_and_the_log_says_so(self):
        vault = self.vault()
        vault.set_policy(pin={"idle_seconds": 1})
        vault.start()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        kinko.wait_until(lambda: self.endings(vault) == ["idle-seconds"], what="the idle end")
        self.assertEqual(program.sign(original, ECDSA, 1, bytes(32)), "login-needed")
        self.assertEqual(self.endings(vault), ["idle-seconds"])

    def test_a_login_ends_at_its_limit_however_much_it_is_used(self):
        vault = self.vault()
        vault.set_policy(pin={"login_max_seconds": 2})
        vault.start()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        kinko.wait_until(
            lambda: program.sign(original, ECDSA, 1, bytes(32)) == "login-needed",
            what="the absolute limit")
        self.assertEqual(self.endings(vault), ["login-max-seconds"])

    def test_a_program_that_is_killed_leaves_the_end_of_its_login_in_the_log(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        program.process.kill()
        ended = kinko.wait_until(lambda: self.endings(vault), what="the end of the login")
        self.assertEqual(len(ended), 1)
        self.assertIn(ended[0], ("process-ended", "connection-closed"))

    def endings(self, vault):
        return [entry["mechanism"] for entry in self.log(vault)
                if entry["action"] == "login-ended"]


class PolicyTest(SignTest):
    def sign_error(self, wire, original, scheme, hash_number):
        body = (bytes.fromhex(original.id) + bytes([scheme, hash_number]) +
                kinko.blob(bytes(SIZES[hash_number])))
        with self.assertRaises(kinko.WireError) as failure:
            wire.ask("sign", body)
        return failure.exception

    def test_a_hash_that_the_policy_does_not_allow_is_refused_with_its_rule(self):
        vault = self.vault()
        vault.set_policy(keys={"hashes": "sha256"})
        vault.start()
        original = self.imported(vault, kind="p-256")
        with vault.connect() as wire:
            wire.hello().login(original.id, kinko.PIN)
            failure = self.sign_error(wire, original, ECDSA, 3)
            self.assertEqual(failure.word, "policy-denied")
            self.assertEqual(failure.detail, "[keys] hashes = sha256")
        self.assertIn(("sign", "policy-denied"),
                      [(entry["action"], entry["result"]) for entry in self.log(vault)])

    def test_a_policy_that_changed_counts_for_the_next_signature(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="rsa-2048")
        program = self.program(vault, original)
        self.assertEqual(len(program.sign(original, PKCS1, 1, bytes(32))), 512)
        vault.set_policy(keys={"rsa_min": 3072})
        vault.reload()
        self.assertEqual(program.sign(original, PKCS1, 1, bytes(32)),
                         "policy-denied [keys] rsa-min = 3072")

    def test_a_certificate_that_expires_during_a_login_signs_no_more(self):
        vault = self.start_vault()
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=12)
        original = self.imported(vault, kind="p-256", not_after=end.strftime("%Y%m%d%H%M%SZ"))
        program = self.program(vault, original)
        self.assertEqual(len(program.sign(original, ECDSA, 1, bytes(32))), 128)
        refused = kinko.wait_until(
            lambda: (lambda said: said if len(said) != 128 else None)(
                program.sign(original, ECDSA, 1, bytes(32))), what="the end of validity")
        self.assertIn("policy-denied", refused)
        self.assertIn("sign-expired = no", refused)
        self.assertIn("policy-denied", program.login(original))
        vault.set_policy(keys={"sign_expired": "yes"})
        vault.reload()
        self.assertTrue(program.login(original).startswith("ok"))
        self.assertEqual(len(program.sign(original, ECDSA, 1, bytes(32))), 128)


class DecryptTest(SignTest):
    def original_with_usage(self, name, usage, kind="rsa-2048"):
        """A certificate of its own key, with this key usage."""
        key = kinko.Workshop.key(f"decrypt-{name}", kind)
        certificate = kinko.Workshop.file(f"decrypt-{name}.pem")
        kinko.Workshop.openssl("req", "-x509", "-new", "-key", key, "-days", "1000", "-subj",
                               f"/C=JP/CN=DEMO {name}", "-addext", f"keyUsage={usage}", "-out",
                               certificate)
        path = self.path(name + ".p12")
        kinko.Workshop.openssl("pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout",
                               f"pass:{kinko.PIN}", "-out", path)
        der = kinko.Workshop.openssl("x509", "-in", certificate, "-outform", "DER")
        return kinko.Original(path, kinko.PIN, der), certificate

    def encrypted(self, certificate, plain, hash_word, mgf1=None, mode="oaep"):
        self.path("plain").write_bytes(plain)
        command = ["pkeyutl", "-encrypt", "-certin", "-inkey", certificate, "-in",
                   self.path("plain"), "-pkeyopt", f"rsa_padding_mode:{mode}"]
        if mode == "oaep":
            command += ["-pkeyopt", f"rsa_oaep_md:{hash_word}", "-pkeyopt",
                        f"rsa_mgf1_md:{mgf1 or hash_word}"]
        return kinko.Workshop.openssl(*command)

    def started(self, usage="keyEncipherment", decrypt="yes", name="taro"):
        vault = self.vault()
        vault.set_policy(keys={"decrypt": decrypt})
        vault.start()
        original, certificate = self.original_with_usage(name, usage)
        with vault.connect() as wire:
            wire.hello().import_original(original.path.read_bytes(), original.pin)
        return vault, original, certificate, self.program(vault, original)

    def test_what_was_enciphered_for_it_is_opened(self):
        vault, original, certificate, program = self.started()
        for hash_number, word in HASHES.items():
            for plain in (b"a secret", b"x" * (256 - 2 * SIZES[hash_number] - 2), b""):
                sealed = self.encrypted(certificate, plain, word)
                self.assertEqual(program.ask("decrypt", original.id, hash_number, sealed.hex()),
                                 plain.hex() or "-")
        entries = [entry for entry in self.log(vault) if entry["action"] == "decrypt"]
        self.assertEqual(len(entries), 9)
        self.assertEqual(entries[0]["mechanism"], "rsa-oaep-sha256")

    def test_every_failure_is_the_same(self):
        _, original, certificate, program = self.started()
        sealed = self.encrypted(certificate, b"a secret", "sha256")
        wrong = [bytes(256), b"\xff" * 256, b"\x01" * 255, b"", bytes(257),
                 sealed[:-1] + bytes([sealed[-1] ^ 1]),
                 self.encrypted(certificate, b"a secret", "sha256", mgf1="sha384"),
                 self.encrypted(certificate, b"a secret", "sha256", mode="pkcs1")]
        for data in wrong:
            self.assertEqual(program.ask("decrypt", original.id, 1, data.hex()), "decrypt")
        for hash_number in (0, 2, 3, 4):
            self.assertEqual(program.ask("decrypt", original.id, hash_number, sealed.hex()),
                             "decrypt")
        self.assertEqual(program.ask("decrypt", original.id, 1, sealed.hex()),
                         b"a secret".hex())

    def test_who_fails_too_often_is_asked_to_wait(self):
        _, original, certificate, program = self.started()
        sealed = self.encrypted(certificate, b"a secret", "sha256").hex()
        for _ in range(10):
            self.assertEqual(program.ask("decrypt", original.id, 1, sealed), b"a secret".hex())
        answers = [program.ask("decrypt", original.id, 1, "00" * 256) for _ in range(45)]
        self.assertEqual(answers[:30], ["decrypt"] * 30)
        self.assertEqual(answers[-1], "busy")
        self.assertEqual(program.ask("decrypt", original.id, 1, sealed), "busy")

    def test_the_policy_and_the_key_usage_must_both_allow_it(self):
        _, original, certificate, program = self.started(decrypt="no")
        sealed = self.encrypted(certificate, b"a secret", "sha256")
        self.assertEqual(program.ask("decrypt", original.id, 1, sealed.hex()),
                         "policy-denied [keys] decrypt = no")

    def test_a_key_that_only_signs_opens_nothing(self):
        _, original, certificate, program = self.started(usage="digitalSignature", name="hanako")
        sealed = self.encrypted(certificate, b"a secret", "sha256")
        self.assertEqual(program.ask("decrypt", original.id, 1, sealed.hex()), "decrypt")


class LogTest(SignTest):
    def test_each_signature_is_in_the_log_with_mechanism_and_digest(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="rsa-2048")
        program = self.program(vault, original)
        digest = hashlib.sha384(b"a document").digest()
        program.sign(original, PSS, 2, digest)
        entry = [entry for entry in self.log(vault) if entry["action"] == "sign"][-1]
        self.assertEqual(entry["mechanism"], "rsa-pss-sha384")
        self.assertEqual(entry["digest"], digest.hex())
        self.assertEqual(entry["result"], "ok")
        self.assertEqual(entry["program"], "sign_try")
        self.assertEqual(entry["pid"], program.process.pid)
        self.assertEqual(entry["certificate"], original.id)

    def test_of_a_message_that_is_signed_whole_the_log_has_only_the_digest(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="ed25519")
        program = self.program(vault, original)
        for message in (b"short and private", b"long " * 100):
            program.sign(original, EDDSA, 3, message)
            entry = self.log(vault)[-1]
            self.assertEqual(entry["mechanism"], "eddsa-sha512")
            self.assertEqual(entry["digest"], hashlib.sha256(message).hexdigest())

    def test_what_the_policy_refused_is_in_the_log_with_its_mechanism(self):
        vault = self.vault()
        vault.set_policy(keys={"hashes": "sha512"})
        vault.start()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        self.assertIn("policy-denied", program.sign(original, ECDSA, 1, bytes(32)))
        entry = self.log(vault)[-1]
        self.assertEqual((entry["result"], entry["mechanism"], entry["digest"]),
                         ("policy-denied", "ecdsa-sha256", "00" * 32))

    def test_a_signature_that_left_is_in_the_log_though_the_daemon_is_killed(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        program = self.program(vault, original)
        pairs = program.many("many", 4, 25, original, ECDSA, 1)
        vault.kill9()
        vault.start()
        signed = [entry["digest"] for entry in self.log(vault) if entry["action"] == "sign"]
        self.assertEqual(sorted(signed), sorted(digest.hex() for digest, _ in pairs))
        self.assertEqual(vault.kinko("log", "--verify").exit, 0)


if __name__ == "__main__":
    unittest.main()
