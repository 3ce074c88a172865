"""The light half of the interoperability suite (tests/interop), so that every test run has it:
pkcs11-tool, p11tool, pdfsig and openssl sign with the vault.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from test_openssl import OpensslTest
from test_p11tool import P11ToolTest
from test_pdfsig import PdfsigTest
from test_pkcs11_tool import Pkcs11ToolTest

__all__ = ["OpensslTest", "P11ToolTest", "PdfsigTest", "Pkcs11ToolTest"]
