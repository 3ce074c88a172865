/* name.h - distinguished names (RFC 5280, 4.1.2.4) as people and programs read them.
 */
#pragma once

#include <stdio.h>

#include <openssl/x509.h>

#include "vault/base/err.h"

/* Short name that people know (CN, O, UID ...), else the dotted OID. */
enum { NAME_OID_SIZE = 128 };
void name_type(const ASN1_OBJECT *type, char out_text[NAME_OID_SIZE]);
/* Always the dotted OID; a longer one ends with "...". */
void name_oid(const ASN1_OBJECT *type, char out_text[NAME_OID_SIZE]);

/* RFC 4514: most specific first, Japanese as it is, control characters as \HH. */
void name_write(FILE *out, const X509_NAME *name);
enum err name_text(const X509_NAME *name, char **out_text) MUST_CHECK;
/* CN, else OU, else O, else the whole name. */
enum err name_short_text(const X509_NAME *name, char **out_text) MUST_CHECK;
/* The most specific attribute of this kind, not escaped; "" when there is none. */
enum err name_attribute_text(const X509_NAME *name, int nid, char **out_text) MUST_CHECK;
