/* policy_text.h - certificate policies (RFC 5280, 4.2.1.4) as the dialog writes them: each OID,
 * where its practice statement lies, and the notice to the user.
 */
#pragma once

#include <stdio.h>

#include <openssl/asn1.h>

/* A CERTIFICATEPOLICIES. */
void policies_write(FILE *out, const void *policies);
/* Decimal where it fits into 64 bits, else hex. */
void integer_write(FILE *out, const ASN1_INTEGER *integer);
