"""An NSS database with the module in it, and the authority trusted."""
import interop
import kinko


class NssTest(interop.InteropTest):
    def setUp(self):
        super().setUp()
        self.database = self.path("nssdb")
        self.database.mkdir()
        self.password_file = self.path("password")
        self.password_file.write_text(interop.PIN + "\n")
        self.verify("certutil", "-N", "-d", self.where, "--empty-password")
        self.verify("certutil", "-A", "-d", self.where, "-n", "authority", "-t", "CT,C,C", "-i",
                    self.authority)
        self.enter_module()

    @property
    def where(self):
        return f"sql:{self.database}"

    @property
    def nick(self):
        return f"{self.label}:{self.label}"

    def enter_module(self):
        """By kinko register; a sanitized module needs a program that loads its sanitizer first."""
        if interop.preload():
            self.once("modutil", "-dbdir", self.where, "-add", "Kinko", "-libfile",
                      interop.MODULE, "-force")
            return
        result = self.running.kinko("register", "--nss", self.database, "--yes",
                                    more={"HOME": str(self.home)})
        self.assertEqual(result.exit, 0, result)

    def sign_pdf(self, source, target):
        self.several("pdfsig", "-nssdir", self.where, "-nss-pwd", interop.PIN, "-nick", self.nick,
                     "-add-signature", source, target)

    def pdfsig_says(self, path):
        """What pdfsig thinks of a signed document; no module is needed for that."""
        folder = self.path("plain-nssdb")
        if not folder.exists():
            folder.mkdir()
            self.verify("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
            self.verify("certutil", "-A", "-d", f"sql:{folder}", "-n", "authority", "-t",
                        "CT,C,C", "-i", self.authority)
        return self.verify("pdfsig", "-nssdir", f"sql:{folder}", path).out


def one_page_pdf():
    """The smallest document that every reader takes (ISO 32000-1)."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
               b" /Resources << >> >>",
               b"<< /Length 0 >>\nstream\n\nendstream"]
    body, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (b"xref\n0 5\n0000000000 65535 f \n%strailer << /Size 5 /Root 1 0 R >>\n"
                   b"startxref\n%d\n%%%%EOF\n" % (table, len(body)))


def changed(pdf):
    """The same document with another page size: no signature may cover that."""
    assert b"595 842" in pdf
    return pdf.replace(b"595 842", b"595 843", 1)
