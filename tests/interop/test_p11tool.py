"""p11tool and certtool (GnuTLS)."""
import interop


@interop.needs("p11tool", "certtool", "openssl")
class P11ToolTest(interop.InteropTest):
    def p11tool(self, *arguments):
        return self.several("p11tool", "--provider", interop.MODULE, *arguments,
                            more={"GNUTLS_PIN": interop.PIN})

    def test_it_signs_and_checks(self):
        for kind in self.kinds():
            ways = [(), ("--sign-params=rsa-pss",)] if kind == "rsa-2048" else [()]
            for way in ways:
                result = self.p11tool("--login", "--test-sign", *way,
                                      f"{self.url};object=DEMO%20{interop.KINDS[kind]}")
                # Its exit code is 0 whatever happens.
                said = result.out + result.err
                self.assertEqual(said.count("... ok"), 3, result)
                self.assertNotIn("error", said.lower())
            self.works("p11tool --test-sign", "signs (RSA: PKCS#1 and PSS)",
                       "itself, by the token's public key")

    def test_certtool_signs(self):
        for kind in self.kinds():
            url = f"{self.url};object=DEMO%20{interop.KINDS[kind]}"
            target = self.path("message.p7s")
            self.several("certtool", "--provider", interop.MODULE, "--p7-detached-sign",
                         "--load-privkey", f"{url};type=private", "--load-certificate",
                         self.certificate, "--infile", self.message, "--outder", "--outfile",
                         target, more={"GNUTLS_PIN": interop.PIN})
            said = self.verify("openssl", "cms", "-verify", "-inform", "DER", "-in", target,
                               "-content", self.message, "-CAfile", self.authority, "-purpose",
                               "any", "-binary", "-out", self.path("content"))
            self.assertIn("CMS Verification successful", said.err)
            self.works("certtool (GnuTLS)", "signs a file (detached CMS)", "openssl cms -verify")

    def test_it_exports_the_certificate(self):
        for kind in self.kinds():
            url = f"{self.url};object=DEMO%20{interop.KINDS[kind]};type=cert"
            exported = self.p11tool("--export", url)
            pem = self.path("exported.pem")
            pem.write_text(exported.out)
            self.assertEqual(self.verify("openssl", "x509", "-in", pem, "-outform", "PEM").out,
                             self.certificate.read_text())
            self.works("p11tool --export", "reads the certificate without a PIN", "openssl x509")
