/* key_text.h - keys and algorithms in the words of the certificate dialog.
 */
#pragma once

#include <stdio.h>

#include <openssl/x509.h>

#include "vault/cert/certificate.h"

/* "sha256RSA", "sha384ECDSA", "RSASSA-PSS"; else OpenSSL's name or the dotted OID. */
void key_write_signature_algorithm(FILE *out, const X509 *x509);
/* "sha256"; nothing for NID_undef. */
void key_write_hash(FILE *out, int nid);
/* "RSA (2048 Bits)", then the bits of the key in hex. */
void key_write(FILE *out, const struct certificate *certificate);
/* "05 00", "ECDSA_P256", or hex; nothing when there are none. */
void key_write_parameters(FILE *out, const struct certificate *certificate);
