"""pdfsig (poppler) and certutil, through an NSS database."""
import interop
import nss


@interop.needs("certutil", "modutil", "pdfsig", "mutool")
class PdfsigTest(nss.NssTest):
    def test_certutil_lists_certificate_and_key(self):
        for _ in self.kinds():
            listed = self.several("certutil", "-L", "-d", self.where, "-h", self.label, "-f",
                                  self.password_file)
            self.assertIn(self.nick, listed.out)
            keys = self.several("certutil", "-K", "-d", self.where, "-h", self.label, "-f",
                                self.password_file)
            self.assertRegex(keys.out, rf"< 0> (rsa|ec) .*{self.label}")
            valid = self.once("certutil", "-V", "-d", self.where, "-n", self.nick, "-u", "C",
                              "-f", self.password_file)
            self.assertIn("certificate is valid", valid.out)
            self.works("certutil -L, -K, -V", "lists certificate and key, builds the chain",
                       "its own report")

    def test_pdfsig_signs(self):
        source, target = self.path("in.pdf"), self.path("out.pdf")
        source.write_bytes(nss.one_page_pdf())
        for _ in self.kinds("rsa-2048"):
            self.sign_pdf(source, target)
            said = self.pdfsig_says(target)
            self.assertIn("Signature is Valid.", said)
            self.assertIn("Certificate is Trusted.", said)
            said = self.verify("mutool", "sign", "-v", target, exit_code=None)
            self.assertIn("unchanged since signing", said.out + said.err)
            self.works("pdfsig", "signs a PDF", "pdfsig without the module, mutool")

    def test_pdfsig_signs_with_a_curve_when_asked_again(self):
        """poppler signs twice, first to see how long a signature is. One by a curve is not always
        as long as another: then it gives up, also with NSS's own keys."""
        source, target = self.path("in.pdf"), self.path("out.pdf")
        source.write_bytes(nss.one_page_pdf())
        for _ in self.kinds("p-256"):
            for _ in range(30):
                said = self.once("pdfsig", "-nssdir", self.where, "-nss-pwd", interop.PIN,
                                 "-nick", self.nick, "-add-signature", source, target,
                                 exit_code=None)
                if said.exit == 0:
                    break
                self.assertIn("unable update signature", said.err)
            self.assertIn("Signature is Valid.", self.pdfsig_says(target))
            said = self.verify("mutool", "sign", "-v", target, exit_code=None)
            self.assertIn("unchanged since signing", said.out + said.err)
            self.works("pdfsig", "signs a PDF", "pdfsig without the module, mutool; where it says "
                       "\"unable update signature\", run it again")

    def test_a_changed_document_is_told(self):
        source, target = self.path("in.pdf"), self.path("out.pdf")
        source.write_bytes(nss.one_page_pdf())
        for _ in self.kinds("rsa-2048"):
            self.sign_pdf(source, target)
            target.write_bytes(nss.changed(target.read_bytes()))
            self.assertNotIn("Signature is Valid.", self.pdfsig_says(target))
