/* extension.h - the extensions of a certificate (RFC 5280, 4.2) in the words and the order of the
 * certificate dialog.
 */
#pragma once

#include <stdio.h>

#include <openssl/x509v3.h>

struct extension_kind {
	int nid;
	const char *name;     /* message id */
	ASN1_ITEM_EXP *shape; /* how its value is read */
	void (*write)(FILE *out, const void *value);
};

/* The kinds the dialog knows, in its order; `index` beyond the last: NULL. */
const struct extension_kind *extension_kind_at(size_t index);
/* NULL for any other. */
const struct extension_kind *extension_kind_of(const X509_EXTENSION *extension);

/* In the words of `kind`; as hex when that is NULL, or when the value is not of its shape or has
 * bytes left over. */
void extension_write(FILE *out, const X509_EXTENSION *extension, const struct extension_kind *kind);
