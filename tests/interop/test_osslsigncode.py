"""osslsigncode: signs a Windows program (Authenticode) through the engine pkcs11."""
import struct

import interop
from test_openssl import ENGINES


def smallest_program():
    """A PE file of one section that does nothing (Microsoft PE/COFF)."""
    dos = b"MZ" + bytes(58) + struct.pack("<I", 0x40)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, 0xE0, 0x102)
    optional = struct.pack("<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII", 0x10B, 0, 0, 512, 0, 0, 0x1000,
                           0x1000, 0x2000, 0x400000, 0x1000, 0x200, 4, 0, 0, 0, 4, 0, 0, 0x2000,
                           0x200, 0, 3, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    section = b".text\0\0\0" + struct.pack("<IIIIIIHHI", 512, 0x1000, 512, 512, 0, 0, 0, 0,
                                           0x60000020)
    head = dos + coff + optional + bytes(128) + section
    return head.ljust(512, b"\0") + b"\xC3".ljust(512, b"\0")


@interop.needs("osslsigncode", "openssl")
@interop.unittest.skipUnless(ENGINES, "not installed: libengine-pkcs11-openssl")
class OsslsigncodeTest(interop.InteropTest):
    def test_osslsigncode_signs(self):
        source, target = self.path("program.exe"), self.path("signed.exe")
        source.write_bytes(smallest_program())
        for _ in self.kinds():
            for _ in range(interop.TIMES):
                target.unlink(missing_ok=True)
                # It finds the engine by itself; 2.5 does not load one that it is told the path of.
                self.once("osslsigncode", "sign", "-h", "sha256", "-pkcs11module",
                          interop.MODULE, "-certs", self.certificate, "-key",
                          f"{self.url};type=private;pin-source=file:{self.pin_file}", "-in",
                          source, "-out", target)
            check = ("osslsigncode", "verify", "-CAfile", self.authority, "-in", target)
            self.assertIn("Signature verification: ok", self.verify(*check).out)
            signed = target.read_bytes()
            target.write_bytes(signed[:512] + b"\x90" + signed[513:])
            self.verify(*check, exit_code=1)
            self.works("osslsigncode", "signs a Windows program",
                       "osslsigncode verify without the module")
