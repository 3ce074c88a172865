"""The vault's formats, read by a decoder that shares no line with ours."""
import os
import subprocess
import sys
import unittest

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors", "check.py")


class Vectors(unittest.TestCase):
    def test_an_independent_decoder_reads_the_golden_vectors_and_refuses_forged_ones(self):
        done = subprocess.run([sys.executable, "-B", CHECK], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the vault opened", done.stdout)


if __name__ == "__main__":
    unittest.main()
