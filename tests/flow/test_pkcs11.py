"""Programs and the module: what they see, when they may sign, what becomes of them when the vault
changes under them."""
import time
import unittest

import kinko
import module

LATER = 1.2  # seconds after which a session looks again at what its slot shows


class SlotTest(module.ModuleTest):
    def test_without_a_vault_there_is_a_slot_and_no_token(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        program = self.program(vault)
        self.assertEqual(program.do("slots"), ["CKR_OK", "0"])
        self.assertEqual(program.do("slots token"), ["CKR_OK"])
        self.assertEqual(program.do("slot 0"), ["CKR_OK", "absent"])
        self.assertEqual(program.result("token 0"), "CKR_TOKEN_NOT_PRESENT")
        self.assertEqual(program.result("open 0"), "CKR_TOKEN_NOT_PRESENT")
        self.assertEqual(program.result("slot 1"), "CKR_SLOT_ID_INVALID")

    def test_a_vault_that_starts_later_is_found(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        program = self.program(vault)
        self.assertEqual(program.do("slot 0"), ["CKR_OK", "absent"])
        vault.start()
        self.imported(vault)
        self.assertEqual(program.do("slot 0"), ["CKR_OK", "present"])
        self.assertEqual(program.do("event"), ["CKR_OK", "0"])

    def test_the_active_certificate_alone_is_shown(self):
        vault = self.start_vault()
        self.imported(vault, "a.p12", name="A")
        self.imported(vault, "b.p12", name="B", subject="/CN=B")
        program = self.program(vault)
        self.assertEqual(program.do("slots token"), ["CKR_OK", "0"])
        self.assertEqual(program.do("token 0")[3:], ["A"])
        self.assertEqual(vault.kinko("use", "B").exit, 0)
        self.assertEqual(program.do("token 0")[3:], ["B"])

    def test_all_certificates_have_a_slot_each_the_active_one_first(self):
        vault = self.vault()
        vault.set_policy(pkcs11={"show": "all"})
        vault.start()
        originals = [self.imported(vault, f"{n}.p12", name=f"N{n}", subject=f"/CN=N{n}")
                     for n in range(3)]
        program = self.program(vault)
        self.assertEqual(program.do("slots token"), ["CKR_OK", "1", "2", "3"])
        self.assertEqual(vault.kinko("use", "N2").exit, 0)
        self.assertEqual(program.do("slots"), ["CKR_OK", "3", "1", "2"])
        self.assertEqual(program.do("token 2")[2:], [originals[1].id[:16], "N1"])
        self.assertEqual(vault.kinko("delete", "N1", "--yes", "--no-original").exit, 0)
        self.assertEqual(program.do("slots token"), ["CKR_OK", "3", "1"])
        self.assertEqual(program.do("slot 2"), ["CKR_OK", "absent"])
        self.assertEqual(program.result("slot 0"), "CKR_SLOT_ID_INVALID")

    def test_two_certificates_can_be_logged_in_at_once(self):
        vault = self.vault()
        vault.set_policy(pkcs11={"show": "all"})
        vault.start()
        self.imported(vault, "a.p12", name="A")
        self.imported(vault, "b.p12", name="B", subject="/CN=B", pin="other123")
        first = self.logged_in(vault, slot=1)
        self.assertEqual(first.result("open 2"), "CKR_OK")
        self.assertEqual(first.result("sign"), "CKR_KEY_HANDLE_INVALID")
        self.assertEqual(first.result("login demo1234"), "CKR_PIN_INCORRECT")
        self.assertEqual(first.result("login other123"), "CKR_OK")
        self.assertEqual(first.result("sign"), "CKR_OK")

    def test_a_long_japanese_label_is_cut_between_characters_and_has_no_colon(self):
        vault = self.start_vault()
        self.imported(vault, name="司法:書士山田太郎の電子証明書")
        shown = module.pkcs11_tool(vault, "-L").out
        self.assertIn("token label        : 司法 書士山田太郎の電\n", shown)

    def test_a_mechanism_that_the_policy_forbids_is_not_listed(self):
        vault = self.vault()
        vault.set_policy(keys={"hashes": "sha256"})
        vault.start()
        self.imported(vault)
        listed = self.program(vault).mechanisms()
        self.assertTrue(listed[module.SHA256_RSA] & module.SIGN)
        self.assertEqual(listed[module.SHA384_RSA], module.VERIFY)
        self.assertEqual(listed[module.SHA1_RSA], module.VERIFY)
        self.assertNotIn(module.RSA_RAW, listed)
        self.assertNotIn(module.OAEP, listed)

    def test_initializing_asks_nobody_and_takes_no_time(self):
        vault = self.vault()
        vault.folder.mkdir(mode=0o700)
        words = self.program(vault, initialized=False).do("quick")
        self.assertLess(int(words[1]), 1000, "microseconds")


class EventTest(module.ModuleTest):
    def test_a_switch_an_import_and_a_delete_are_events(self):
        vault = self.start_vault()
        program = self.program(vault)
        self.assertEqual(program.result("event"), "CKR_NO_EVENT")
        self.imported(vault, "a.p12", name="A")
        self.assertEqual(program.do("event"), ["CKR_OK", "0"])
        self.assertEqual(program.result("event"), "CKR_NO_EVENT")
        self.imported(vault, "b.p12", name="B", subject="/CN=B")
        self.assertEqual(program.result("event"), "CKR_NO_EVENT", "it is not the active one")
        self.assertEqual(vault.kinko("use", "B").exit, 0)
        self.assertEqual(program.do("event"), ["CKR_OK", "0"])
        self.assertEqual(vault.kinko("delete", "B", "--yes", "--no-original").exit, 0)
        self.assertEqual(program.do("event"), ["CKR_OK", "0"])
        self.assertEqual(program.do("slot 0"), ["CKR_OK", "absent"])

    def test_a_program_that_waits_is_told(self):
        vault = self.start_vault()
        self.imported(vault, "a.p12", name="A")
        program = self.program(vault)
        program.say("wait")
        self.assertFalse(program.has_answered(0.5))
        self.imported(vault, "b.p12", name="B", subject="/CN=B")
        self.assertEqual(vault.kinko("use", "B").exit, 0)
        self.assertTrue(program.has_answered(kinko.PATIENCE))
        self.assertEqual(program.hear(), ["CKR_OK", "0"])

    def test_a_switch_ends_the_sessions_of_the_other_certificate(self):
        vault = self.start_vault()
        self.imported(vault, "a.p12", name="A")
        self.imported(vault, "b.p12", name="B", subject="/CN=B")
        program = self.logged_in(vault)
        self.assertEqual(program.result("sign"), "CKR_OK")
        self.assertEqual(vault.kinko("use", "B").exit, 0)
        time.sleep(LATER)
        self.assertEqual(program.result("sign"), "CKR_SESSION_HANDLE_INVALID")
        self.assertEqual(program.result("open 0"), "CKR_OK")
        self.assertEqual(program.result("sign"), "CKR_KEY_HANDLE_INVALID", "an old handle")
        self.assertEqual(program.result("login demo1234"), "CKR_OK")
        self.assertEqual(program.result("sign"), "CKR_OK")


class LoginTest(module.ModuleTest):
    def test_the_private_key_is_shown_after_login(self):
        vault = self.start_vault()
        self.imported(vault)
        program = self.program(vault)
        program.do("open 0")
        self.assertEqual(program.do(f"find {module.PRIVATE_KEY}")[1], "0")
        self.assertEqual(program.do(f"find {module.PUBLIC_KEY}")[1], "1")
        self.assertEqual(program.do(f"find {module.CERTIFICATE}")[1], "2", "with its chain")
        self.assertEqual(program.do(f"find {module.PROFILE}")[1], "3")
        self.assertEqual(program.do("state"), ["CKR_OK", str(module.RO_PUBLIC)])
        self.assertEqual(program.result("login demo1234"), "CKR_OK")
        self.assertEqual(program.result("login demo1234"), "CKR_USER_ALREADY_LOGGED_IN")
        self.assertEqual(program.do("state"), ["CKR_OK", str(module.RO_USER)])
        self.assertEqual(program.do(f"find {module.PRIVATE_KEY}")[1], "1")
        self.assertEqual(program.result("sign"), "CKR_OK")
        self.assertEqual(program.result("logout"), "CKR_OK")
        self.assertEqual(program.result("logout"), "CKR_USER_NOT_LOGGED_IN")
        self.assertEqual(program.do(f"find {module.PRIVATE_KEY}")[1], "0")
        self.assertEqual(program.result("sign"), "CKR_USER_NOT_LOGGED_IN")

    def test_the_last_session_closed_ends_the_login(self):
        vault = self.start_vault()
        self.imported(vault)
        program = self.logged_in(vault)
        self.assertEqual(program.result("close"), "CKR_OK")
        self.assertEqual(program.result("state"), "CKR_SESSION_HANDLE_INVALID")
        self.assertEqual(program.result("open 0"), "CKR_OK")
        self.assertEqual(program.do("state"), ["CKR_OK", str(module.RO_PUBLIC)])

    def test_a_login_of_one_program_is_no_login_of_another(self):
        vault = self.start_vault()
        self.imported(vault)
        self.logged_in(vault)
        other = self.program(vault)
        other.do("open 0")
        self.assertEqual(other.do(f"find {module.PRIVATE_KEY}")[1], "0")

    def test_wrong_pins_are_counted_and_shown_and_lock(self):
        vault = self.vault()
        vault.set_policy(pin={"tries": 3})
        vault.start()
        self.imported(vault)
        program = self.program(vault)
        program.do("open 0")
        usual = module.LOGIN_REQUIRED | module.PIN_INITIALIZED | module.TOKEN_INITIALIZED
        states = module.COUNT_LOW | module.FINAL_TRY | module.LOCKED
        self.assertEqual(program.flags() & (usual | states), usual)
        self.assertEqual(program.result("login"), "CKR_PIN_LEN_RANGE", "empty, not counted")
        self.assertEqual(program.flags() & states, 0)
        self.assertEqual(program.result("login ＷＲＯＮＧ"), "CKR_PIN_INCORRECT", "counted")
        self.assertEqual(program.flags() & states, module.COUNT_LOW)
        self.assertEqual(program.result("login demo1234"), "CKR_OK")
        self.assertEqual(program.flags() & states, 0, "success clears it")
        program.do("logout")
        for _ in range(2):
            self.assertEqual(program.result("login wrong"), "CKR_PIN_INCORRECT")
        self.assertEqual(program.flags() & states, module.COUNT_LOW | module.FINAL_TRY)
        self.assertIn(program.result("login wrong"), ("CKR_PIN_INCORRECT", "CKR_PIN_LOCKED"))
        self.assertEqual(program.flags() & states, module.LOCKED)
        self.assertEqual(program.result("login demo1234"), "CKR_PIN_LOCKED")

    def test_there_is_no_security_officer(self):
        vault = self.start_vault()
        self.imported(vault)
        program = self.program(vault)
        program.do("open 0 rw")
        self.assertEqual(program.result("officer demo1234"), "CKR_USER_TYPE_INVALID")
        self.assertEqual(program.flags() & module.COUNT_LOW, 0)

    def test_the_pin_is_changed_by_the_rule_and_the_program_stays_in(self):
        vault = self.start_vault()
        self.imported(vault)
        program = self.program(vault)
        program.do("open 0")
        self.assertEqual(program.result("pin demo1234 newpin12"), "CKR_SESSION_READ_ONLY")
        program.do("open 0 rw")
        self.assertEqual(program.result("pin demo1234 abc"), "CKR_PIN_LEN_RANGE")
        self.assertEqual(program.result("pin demo1234 CAPITALS"), "CKR_PIN_INVALID")
        self.assertEqual(program.result("pin wrong newpin12"), "CKR_PIN_INCORRECT")
        self.assertEqual(program.result("login demo1234"), "CKR_OK")
        self.assertEqual(program.result("pin demo1234 newpin12"), "CKR_OK")
        self.assertEqual(program.result("sign"), "CKR_OK")
        program.do("logout")
        self.assertEqual(program.result("login demo1234"), "CKR_PIN_INCORRECT")
        self.assertEqual(program.result("login newpin12"), "CKR_OK")

    def test_where_each_signature_asks_one_pin_is_one_signature(self):
        vault = self.vault()
        vault.set_policy(pin={"ask": "always"})
        vault.start()
        self.imported(vault)
        program = self.logged_in(vault)
        self.assertEqual(program.result("context demo1234"), "CKR_OPERATION_NOT_INITIALIZED")
        self.assertEqual(program.result("begin"), "CKR_OK")
        self.assertEqual(program.result("context wrong"), "CKR_PIN_INCORRECT")
        self.assertEqual(program.result("context"), "CKR_PIN_LEN_RANGE")
        program.do("login demo1234")
        self.assertEqual(program.result("context demo1234"), "CKR_OK")
        self.assertEqual(program.result("finish"), "CKR_OK")
        self.assertEqual(program.result("sign"), "CKR_USER_NOT_LOGGED_IN", "no PIN, no signature")
        for _ in range(2):
            self.assertEqual(program.result("begin"), "CKR_OK")
            self.assertEqual(program.result("context demo1234"), "CKR_OK")
            self.assertEqual(program.result("finish"), "CKR_OK")

    def test_the_vaults_own_end_of_a_login_is_known_beforehand(self):
        vault = self.vault()
        vault.set_policy(pin={"idle-seconds": 1})
        vault.start()
        self.imported(vault)
        program = self.logged_in(vault)
        self.assertEqual(program.result("sign"), "CKR_OK")
        time.sleep(1.5)
        self.assertEqual(program.do("state"), ["CKR_OK", str(module.RW_PUBLIC)])
        self.assertEqual(program.result("sign"), "CKR_USER_NOT_LOGGED_IN")
        self.assertEqual(program.result("login demo1234"), "CKR_OK")
        self.assertEqual(program.result("sign"), "CKR_OK")


class RestartTest(module.ModuleTest):
    def test_after_a_restart_a_new_login_is_all_that_is_needed(self):
        vault = self.start_vault()
        self.imported(vault)
        program = self.logged_in(vault)
        self.assertEqual(program.result("sign"), "CKR_OK")
        vault.restart()
        self.assertEqual(program.do("state"), ["CKR_OK", str(module.RW_PUBLIC)])
        self.assertEqual(program.result("sign"), "CKR_USER_NOT_LOGGED_IN")
        self.assertEqual(program.result("login demo1234"), "CKR_OK")
        self.assertEqual(program.result("sign"), "CKR_OK")

    def test_between_init_and_sign_the_restart_is_told_as_a_missing_login(self):
        vault = self.start_vault()
        self.imported(vault)
        program = self.logged_in(vault)
        self.assertEqual(program.result("begin"), "CKR_OK")
        vault.restart()
        self.assertEqual(program.result("finish"), "CKR_USER_NOT_LOGGED_IN")
        self.assertEqual(program.result("login demo1234"), "CKR_OK")
        self.assertEqual(program.result("sign"), "CKR_OK")

    def test_while_the_vault_is_away_the_token_is_and_the_session_waits(self):
        vault = self.start_vault()
        self.imported(vault)
        program = self.logged_in(vault)
        vault.stop()
        self.assertEqual(program.do("slot 0"), ["CKR_OK", "absent"])
        self.assertEqual(program.result("login demo1234"), "CKR_DEVICE_REMOVED")
        self.assertEqual(program.result("open 0"), "CKR_TOKEN_NOT_PRESENT")
        vault.start()
        self.assertEqual(program.do("slot 0"), ["CKR_OK", "present"])
        self.assertEqual(program.do("state"), ["CKR_OK", str(module.RW_PUBLIC)])
        self.assertEqual(program.result("login demo1234"), "CKR_OK")
        self.assertEqual(program.result("sign"), "CKR_OK")

    def test_a_child_of_fork_begins_anew_and_the_parent_goes_on(self):
        vault = self.start_vault()
        self.imported(vault)
        program = self.logged_in(vault)
        for _ in range(3):
            self.assertEqual(program.do("fork"), ["CKR_OK", "good"])
            self.assertEqual(program.result("sign"), "CKR_OK")


if __name__ == "__main__":
    unittest.main()
