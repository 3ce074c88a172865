"""xmlsec1: XML signatures as e-Gov's are."""
import interop

SPACE = "http://www.w3.org/2000/09/xmldsig#"
METHODS = {"rsa-2048": "rsa-sha256", "p-256": "ecdsa-sha256"}
TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<doc><data>登記申請書</data><Signature xmlns="{space}"><SignedInfo>\
<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>\
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{method}"/>\
<Reference URI=""><Transforms><Transform Algorithm="{space}enveloped-signature"/></Transforms>\
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>\
</SignedInfo><SignatureValue/><KeyInfo><KeyName>vault</KeyName><X509Data/></KeyInfo></Signature>\
</doc>
"""


@interop.needs("xmlsec1", "openssl")
class XmlsecTest(interop.InteropTest):
    # Its OpenSSL back end asks a key for numbers that no key behind an engine tells: of RSA to see
    # whether it is a private one, of a curve for its order.
    COMPLAINTS = {"rsa-2048": "key is not found", "p-256": "EVP_PKEY_get_bn_param"}

    def test_xmlsec1_does_not_get_on_with_keys_behind_an_engine(self):
        for kind in self.kinds():
            source = self.path("doc.xml")
            source.write_text(TEMPLATE.format(space=SPACE, method=METHODS[kind]))
            key = f"pkcs11;{self.url};type=private;pin-source=file:{self.pin_file}"
            said = self.several("xmlsec1", "--sign", "--privkey-openssl-engine:vault",
                                f"{key},{self.certificate}", "--output", self.path("signed.xml"),
                                source, exit_code=1)
            self.assertIn(self.COMPLAINTS[kind], said.err)
            self.cannot("xmlsec1", "signs XML (xmldsig)",
                        "xmlsec1 1.2.37 signs with no key behind an engine, whosever it is")
