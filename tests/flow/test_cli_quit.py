"""Ctrl-\\ at a PIN prompt: the terminal must not be left silent."""
import os
import pathlib
import pty
import tempfile
import termios
import unittest

import kinko


class Quit(unittest.TestCase):
    def test_a_terminal_echoes_again_after_the_program_was_quit(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "x.p12")
            file.write_bytes(b"\x30\x03\x02\x01\x03")
            pid, terminal = pty.fork()
            if pid == 0:
                os.chdir(folder)
                os.execve(kinko.program("kinko"), ["kinko", "original", "show", str(file)],
                          kinko.environment())
            kinko.wait_until(lambda: not termios.tcgetattr(terminal)[3] & termios.ECHO,
                             what="the prompt")
            os.write(terminal, b"\x1c")
            kinko.wait_until(lambda: termios.tcgetattr(terminal)[3] & termios.ECHO, seconds=5,
                             what="the echo")
            os.write(terminal, b"\n")
            os.waitpid(pid, 0)
            os.close(terminal)


if __name__ == "__main__":
    unittest.main()
