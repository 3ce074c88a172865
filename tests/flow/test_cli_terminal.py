"""The command line at a terminal: what it asks, what it hides, and how it is left."""
import contextlib
import hashlib
import os
import pathlib
import signal
import termios

import fake_vault
import kinko
from download import WithDemoServer

JAPANESE = "ja_JP.UTF-8"
CANCELLED = 1


def echoes(terminal):
    """Whether the terminal shows what is typed."""
    return bool(termios.tcgetattr(terminal._terminal)[3] & termios.ECHO)


def wide(text):
    """As it is typed while the input method is on."""
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


def opener_of(terminal):
    """The opener that the program at the terminal is waiting for; None before there is one."""
    for child in children(terminal._pid):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{child}/exe").endswith("/kinko-opener"):
                return child
    return None


def children(pid):
    with contextlib.suppress(OSError):
        return [int(child) for task in os.listdir(f"/proc/{pid}/task")
                for child in pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    return []


class AtATerminal(kinko.FlowTest):
    def fake(self, *entries, **settings):
        vault = self.vault(f"vault-{len(os.listdir(self.folder))}")
        vault.folder.mkdir(mode=0o700)
        fake = fake_vault.FakeVault(vault.folder, entries, **settings)
        self.addCleanup(fake.close)
        return vault, fake

    def answer(self, terminal, *questions_and_answers):
        """Types only once the prompt stands at the end: what comes before a PIN's is thrown away."""
        for question, answer in questions_and_answers:
            terminal.expect(question + r"[\s\S]*?(?<=[:\])] )\Z")
            terminal.type(answer)


class Pins(AtATerminal):
    def test_a_prompt_names_holder_expiry_and_purpose_and_hides_the_pin(self):
        vault, fake = self.fake(fake_vault.entry("山田 太郎", active=True))
        with vault.terminal("pin", language=JAPANESE) as terminal:
            terminal.expect("安全なフォルダの中のPINコードを変更します。")
            terminal.expect(r"電子証明書: 「山田 太郎」\(有効期限 2096年10月2日\)")
            terminal.expect("古いPINコードを入力してください")
            self.assertFalse(echoes(terminal))
            terminal.type("oldpin1")
            self.answer(terminal, ("新しいPINコードを入力してください", "newpin1"),
                        ("新しいPINコードの確認入力", "newpin1"))
            self.leave(terminal)
            for pin in ("oldpin1", "newpin1"):
                self.assertNotIn(pin, terminal.text)
        self.assertEqual(fake.asked.count("pin"), 1)

    def test_what_cannot_be_right_is_asked_again_and_not_sent(self):
        vault, fake = self.fake(fake_vault.entry(active=True))
        with vault.terminal("pin", language=JAPANESE) as terminal:
            self.answer(terminal, ("古いPIN", "ABCD"), ("全角または大文字です", ""),
                        ("PINコードとして読めません", "ａｂｃｄ"), ("全角または大文字です", "abc"),
                        ("4文字より短い", "a" * 17), ("16文字より長い", "oldpin1"),
                        ("新しいPIN", "NEW1"), ("大文字です", "newpin1"), ("確認入力", "newpin2"),
                        ("一致しません", "newpin1"), ("確認入力", "newpin1"))
            terminal.expect("あと4回です")
            self.leave(terminal)
        self.assertEqual(fake.asked.count("pin"), 1)

    def leave(self, terminal):
        terminal.expect("古いPINコード")
        terminal.press_ctrl_c()
        self.assertEqual(terminal.exit(), CANCELLED)

    def test_a_wrong_old_pin_is_asked_for_again_and_the_new_one_is_not(self):
        vault = self.start_vault()
        original = self.imported(vault, kind="p-256")
        with vault.terminal("pin", language=JAPANESE) as terminal:
            self.answer(terminal, ("古いPIN", "wrong123"), ("新しいPIN", "newpin1"),
                        ("確認入力", "newpin1"), ("あと4回です", "wrong456"),
                        ("あと3回です", original.pin))
            self.assertEqual(terminal.exit(), 0, terminal.text)
            self.assertEqual(terminal.text.count("確認入力"), 1)
        self.assertEqual(vault.certificates()[0]["tries_left"], 5)

    def test_it_is_asked_for_until_the_lock(self):
        vault = self.start_vault()
        self.imported(vault, kind="p-256")
        with vault.terminal("pin", language=JAPANESE) as terminal:
            self.answer(terminal, ("古いPIN", "wrong123"), ("新しいPIN", "newpin1"),
                        ("確認入力", "newpin1"), ("あと4回です", "wrong123"),
                        ("あと3回です", "wrong123"), ("あと2回です", "wrong123"),
                        ("あと1回です", "wrong123"))
            self.assertEqual(terminal.exit(), 3, terminal.text)
            self.assertIn("電子証明書はロックされました。", terminal.text)

    def test_a_confirmation_that_never_agrees_changes_nothing(self):
        vault, fake = self.fake(fake_vault.entry(active=True))
        with vault.terminal("pin") as terminal:
            self.answer(terminal, ("Old PIN", "oldpin1"))
            for _ in range(3):
                self.answer(terminal, ("New PIN", "newpin1"), ("again: ", "newpin2"))
            self.assertEqual(terminal.exit(), 2)
            self.assertIn("differ; nothing was changed", terminal.text)
        self.assertNotIn("pin", fake.asked)

    def test_before_the_last_try_it_is_said_what_comes_next(self):
        for verified_at, words in ((1_700_000_000, "原本の入ったUSBメモリ"), (0, "再発行")):
            with self.subTest(verified_at):
                vault, _ = self.fake(fake_vault.entry(active=True, tries_left=1, where="USB",
                                                      verified_at=verified_at), tries_left=0)
                with vault.terminal("pin", language=JAPANESE) as terminal:
                    terminal.expect("あと1回です。")
                    self.answer(terminal, ("古いPIN", "oldpin1"), ("新しいPIN", "newpin1"),
                                ("確認入力", "newpin1"))
                    self.assertEqual(terminal.exit(), 3)
                    self.assertIn(words, terminal.text)
                    self.assertIn("電子証明書はロックされました。", terminal.text)

    def test_ctrl_c_leaves_the_terminal_as_it_was(self):
        vault, fake = self.fake(fake_vault.entry(active=True))
        for stop in (lambda terminal: terminal.press_ctrl_c(),
                     lambda terminal: os.kill(terminal._pid, signal.SIGTERM),
                     lambda terminal: terminal.type("\x04", enter=False)):
            with vault.terminal("pin", language=JAPANESE) as terminal:
                terminal.expect("古いPIN")
                self.assertFalse(echoes(terminal))
                stop(terminal)
                terminal.expect("中止しました。失われたものはありません。")
                self.assertTrue(echoes(terminal))
                self.assertEqual(terminal.exit(), CANCELLED)
        self.assertNotIn("pin", fake.asked)

    def test_a_pin_from_a_descriptor_means_that_nobody_is_asked(self):
        vault, fake = self.fake(fake_vault.entry(active=True))
        with vault.terminal("pin", "--pin-fd", "0") as terminal:
            terminal.type("oldpin1\nnewpin1")
            self.assertEqual(terminal.exit(), 3)
            self.assertNotIn("Old PIN", terminal.text)
        self.assertIn("pin", fake.asked)


class Questions(AtATerminal):
    def test_use_without_a_name_offers_the_list(self):
        vault, fake = self.fake(fake_vault.entry("DEMO A", "aaaa", 1),
                                fake_vault.entry("DEMO B", "bbbb", 2))
        with vault.terminal("use", language=JAPANESE) as terminal:
            terminal.expect("1. 「DEMO A」")
            terminal.expect("2. 「DEMO B」")
            self.answer(terminal, ("番号", "3"), ("番号", "x"), ("番号", "２"))
            self.assertEqual(terminal.exit(), 3)  # the fake vault's answer
        self.assertIn("use", fake.asked)
        with vault.terminal("use") as terminal:
            self.answer(terminal, ("Number", ""))
            self.assertEqual(terminal.exit(), CANCELLED)
        self.assertEqual(fake.asked.count("use"), 1)

    def test_there_is_nothing_to_choose_from(self):
        vault, _ = self.fake()
        with vault.terminal("use", language=JAPANESE) as terminal:
            self.assertEqual(terminal.exit(), 5)
            self.assertIn("安全なフォルダに電子証明書はありません。", terminal.text)

    def test_the_holder_of_a_known_original_is_named_before_its_pin(self):
        original = self.make_original(kind="p-256")
        digest = hashlib.sha256(original.path.read_bytes()).digest()
        vault, _ = self.fake(fake_vault.entry("山田 太郎", "aaaa", original=digest))
        with vault.terminal("original", "check", original.path, language=JAPANESE) as terminal:
            terminal.expect("原本を確認します。")
            terminal.expect(r"電子証明書: 「山田 太郎」\(有効期限 2096年10月2日\)")
            self.answer(terminal, ("原本のPINコードを入力", original.pin))
            self.assertEqual(terminal.exit(), 0)

    def test_delete_tells_what_goes_and_asks(self):
        vault, fake = self.fake(fake_vault.entry("DEMO A", "aaaa", verified_at=1_700_000_000,
                                                 where="KINKO-USB"))
        for answer, asked in (("", 0), ("n", 0), ("ja", 0), ("はい", 1), ("ｙ", 2), ("YES", 3)):
            with vault.terminal("delete", "aaaa", language=JAPANESE) as terminal:
                terminal.expect("「DEMO A」")
                terminal.expect(r"2023年11月15日 に確認 \(KINKO-USB\)")
                self.answer(terminal, (r"\[y/N\] ", answer))
                self.assertEqual(terminal.exit(), 3 if answer in ("はい", "ｙ", "YES") else CANCELLED)
            self.assertEqual(fake.asked.count("delete"), asked)

    def test_delete_without_an_original_wants_the_label(self):
        vault, fake = self.fake(fake_vault.entry("DEMO A", "aaaa"))
        for answer, asked in (("y", 0), ("", 0), ("demo a", 0), ("DEMO A", 1)):
            with vault.terminal("delete", "DEMO A", language=JAPANESE) as terminal:
                terminal.expect("再発行のほかに戻す方法はありません")
                self.answer(terminal, ("ラベルを入力", answer))
                terminal.exit()
            self.assertEqual(fake.asked.count("delete"), asked)
        with vault.terminal("delete", "DEMO A", "--yes") as terminal:
            self.answer(terminal, ("type its label", "no"))
            self.assertEqual(terminal.exit(), CANCELLED)
        with vault.terminal("delete", "DEMO A", "--yes", "--no-original") as terminal:
            self.assertEqual(terminal.exit(), 3)
        self.assertEqual(fake.asked.count("delete"), 2)

    def test_emphasis_only_where_it_is_wanted(self):
        vault, _ = self.fake()
        for more, is_bold in (({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False),
                              ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({}, False)):
            with vault.terminal("help", more=more) as terminal:
                self.assertEqual(terminal.exit(), 0)
                self.assertEqual("\x1b[1m" in terminal.text, is_bold, more)
        self.assertNotIn("\x1b", vault.kinko("help", more={"TERM": "xterm"}).out)

    def test_a_table_fits_the_screen(self):
        vault, _ = self.fake(fake_vault.entry("とても長い名前" * 10, "aaaa", active=True))
        for columns, is_cut in ((100, True), (80, True), (60, False), (40, False)):
            with vault.terminal("list", language=JAPANESE, columns=columns) as terminal:
                self.assertEqual(terminal.exit(), 0)
                lines = terminal.text.splitlines()[1:]  # below the word on the private vault
            name = [line for line in lines if "とても" in line]
            self.assertEqual(name[0].endswith("..") or ".. " in name[0], is_cut, lines)
            if not is_cut:  # each certificate is a block, and the name is whole
                self.assertRegex("\n".join(lines), r"有効期限 +2096年10月2日\n状態 +利用できます\n")
                self.assertIn("とても長い名前" * 10, "".join(line.strip() for line in lines))
            for line in lines:
                self.assertLessEqual(sum(2 if ord(letter) > 0x2000 else 1 for letter in line),
                                     columns, line)


class Interrupting(AtATerminal):
    """Ctrl-C goes to every program of the terminal, also to the opener; only one may answer."""

    def slow_original(self):
        """As much work as an original may ask for."""
        original = self.make_original("slow.p12", kind="p-256")
        plain, slow = self.path("plain.pem"), self.path("slow.p12")
        kinko.Workshop.openssl("pkcs12", "-in", original.path, "-passin", f"pass:{original.pin}",
                               "-nodes", "-out", plain)
        kinko.Workshop.openssl("pkcs12", "-export", "-in", plain, "-passout",
                               f"pass:{original.pin}", "-iter", "1000000", "-out", slow)
        return original

    def test_while_an_original_is_opened(self):
        vault, _ = self.fake()
        vault.set_policy(vault={"usage": "normal-folder"})
        original = self.slow_original()
        before = original.path.read_bytes()
        for words in (["original", "show"], ["original", "check"], ["original", "pin"]):
            with vault.terminal(*words, original.path, language=JAPANESE) as terminal:
                self.answer(terminal, ("PINコードを入力してください", original.pin))
                kinko.wait_until(lambda: opener_of(terminal), what="the opener")
                terminal.press_ctrl_c()
                self.assertEqual(terminal.exit(), CANCELLED, terminal.text)
                self.assertIn("中止しました。失われたものはありません。", terminal.text)
                self.assertNotIn("原本を開けませんでした", terminal.text)
        self.assertEqual(original.path.read_bytes(), before)


    def test_while_the_vault_takes_a_certificate_in(self):
        """It does not answer: then nobody here can know, but nothing is ever done by half."""
        vault, fake = self.fake(taken=("import_begin", "import_data"), silent=("import_commit",))
        original = self.make_original(kind="p-256")
        with vault.terminal("import", original.path, language=JAPANESE) as terminal:
            self.answer(terminal, ("PINコードを入力してください", original.pin))
            kinko.wait_until(lambda: "import_commit" in fake.asked, what="the commit")
            terminal.press_ctrl_c()
            self.assertEqual(terminal.exit(), CANCELLED, terminal.text)
            self.assertIn("途中までの状態で残ることはありません", terminal.text)
            self.assertNotIn("失われたものはありません", terminal.text)


class Importing(AtATerminal):
    def test_choosing_correcting_and_setting_the_pin_back(self):
        vault = self.start_vault()
        taro = self.make_original("a.p12", kind="p-256", name="DEMO Taro")
        self.make_original("b.p12", kind="p-256", name="DEMO Hanako", pin="other123")
        with vault.terminal("import", self.folder, language=JAPANESE) as terminal:
            self.answer(terminal, ("1. .*a.p12", ""))
            self.assertEqual(terminal.exit(), CANCELLED)
            self.assertIn("中止しました", terminal.text)
        with vault.terminal("import", self.folder, language=JAPANESE) as terminal:
            self.answer(terminal, ("番号", "1"), ("原本のPINコードを入力", "wrong123"),
                        ("正しくないか、ファイルが壊れています", "wrong456"),
                        ("正しくないか、ファイルが壊れています", taro.pin))
            self.assertEqual(terminal.exit(), 0, terminal.text)
            self.assertNotIn("wrong123", terminal.text)
        with vault.terminal("import", taro.path, language=JAPANESE) as terminal:
            self.answer(terminal, ("PINコードを入力", taro.pin), (r"戻しますか\? \[y/N\]", "n"))
            self.assertEqual(terminal.exit(), 0)
            self.assertIn("何も変更していません", terminal.text)
        with vault.terminal("import", taro.path, language=JAPANESE) as terminal:
            self.answer(terminal, ("PINコードを入力", taro.pin), (r"戻しますか\? \[y/N\]", "y"))
            self.assertEqual(terminal.exit(), 0)
            self.assertIn("原本のPINコードに戻しました", terminal.text)
        with vault.terminal("import", taro.path) as terminal:
            for _ in range(3):
                self.answer(terminal, ("PIN of the original: ", "wrong123"))
            self.assertEqual(terminal.exit(), 3)

    def test_a_renewal_may_become_the_active_one(self):
        vault = self.start_vault()
        subject = "/C=JP/CN=DEMO Taro/UID=12345678"
        old = self.make_original("old.p12", kind="p-256", subject=subject,
                                 not_after="20300101000000Z")
        new = self.make_original("new.p12", kind="p-256", subject=subject,
                                 not_after="20350101000000Z")
        other = self.make_original("other.p12", kind="p-256", subject="/C=JP/CN=DEMO Hanako")
        vault.kinko("import", old.path, pins=[old.pin])
        with vault.terminal("import", other.path) as terminal:
            self.answer(terminal, ("PIN", other.pin))
            self.assertEqual(terminal.exit(), 0)
            self.assertNotIn("renews", terminal.text)
        with vault.terminal("import", new.path, language=JAPANESE) as terminal:
            self.answer(terminal, ("PINコードを入力", new.pin),
                        (r"「DEMO Taro」\(有効期限 2030年1月1日\)の更新です", "y"))
            self.assertEqual(terminal.exit(), 0)
        active = [entry for entry in vault.certificates() if entry["active"]]
        self.assertEqual([entry["id"] for entry in active], [new.id])


class Getting(AtATerminal, WithDemoServer):
    def setUp(self):
        super().setUp()
        self.start_served_vault()

    def get(self, number, pin):
        terminal = self.running.terminal("get", "--stick", self.stick, language=JAPANESE)
        self.answer(terminal, ("識別番号を入力してください", number), ("PINコードを入力", pin))
        return terminal

    def test_what_cannot_be_an_id_number_is_asked_again(self):
        number, pin = self.server.letters[0]
        with self.running.terminal("get", "--stick", self.stick, language=JAPANESE) as terminal:
            self.answer(terminal, ("識別番号を入力", "12 34"), ("識別番号として読めません", ""),
                        ("識別番号として読めません", f"　{wide(number)} "),
                        (rf"読み取った内容: {number}[\s\S]*PINコードを入力", pin))
            terminal.expect("電子証明書をダウンロード中です。")
            self.answer(terminal, ("一致していますか", "はい"))
            self.assertEqual(terminal.exit(), 0)
        self.assertEqual(terminal.text.count("ダウンロード中"), 1)

    def test_a_slip_of_the_letters_pin_can_be_corrected(self):
        number, pin = self.server.letters[0]
        with self.get(number, "wrong123") as terminal:
            terminal.expect("識別番号またはPINコードが正しくありません")
            terminal.expect("識別番号がロックされます")
            self.answer(terminal, ("識別番号を入力してください", number), ("PINコードを入力", pin),
                        ("一致していますか", "はい"))
            self.assertEqual(terminal.exit(), 0, terminal.text)
        self.assertEqual(len(self.running.certificates()), 1)

    def test_the_letter_agrees(self):
        number, pin = self.server.letters[0]
        with self.get(wide(number), pin) as terminal:
            terminal.expect("電子証明書をダウンロード中です。")
            terminal.expect(r"\[#{40}\] 100%")
            terminal.expect("電子証明書の保存が完了しました。")
            terminal.expect("ユーザーID")
            self.answer(terminal, (r"一致していますか\? \(はい/いいえ\)", "たぶん"),
                        (r"一致していますか\? \(はい/いいえ\)", "はい"))
            terminal.expect("注意事項")
            self.assertEqual(terminal.exit(), 0)
            self.assertNotIn(pin, terminal.text)
        self.assertIsNotNone(self.running.certificates()[0]["confirmed_at"])

    def test_the_letter_differs(self):
        with self.get(*self.server.letters[1]) as terminal:
            self.answer(terminal, ("一致していますか", "いいえ"))
            self.assertEqual(terminal.exit(), 0)
            for words in ("使用しないでください", "受領書は返送しないで", "お電話ください", "何も削除していません"):
                self.assertIn(words, terminal.text)
            self.assertNotIn("30日以内に返送", terminal.text)
        self.assertIsNone(self.running.certificates()[0]["confirmed_at"])
        with self.running.terminal("show", "--confirm", language=JAPANESE) as terminal:
            self.answer(terminal, ("一致していますか", "ｙ"))
            self.assertEqual(terminal.exit(), 0)
        self.assertIsNotNone(self.running.certificates()[0]["confirmed_at"])

    def test_stopped_at_the_question_nothing_is_lost(self):
        number, pin = self.server.letters[0]
        with self.get(number, pin) as terminal:
            terminal.expect("一致していますか")
            terminal.press_ctrl_c()
            self.assertEqual(terminal.exit(), CANCELLED)
            self.assertIn("失われたものはありません", terminal.text)
        self.assertEqual(len(self.running.certificates()), 1)
        with self.running.terminal("get", "--json", "--id", number, "--stick", self.stick) as terminal:
            self.answer(terminal, ("PIN of the letter", pin))
            terminal.expect("Please compare with the letter")
            self.answer(terminal, ("agree with the letter", "n"))
            self.assertEqual(terminal.exit(), 0)
        again = self.running.json("get", "--id", number, "--stick", self.stick, pins=[pin])
        self.assertEqual(again.json["result"], "already-there")


if __name__ == "__main__":
    kinko.unittest.main()
