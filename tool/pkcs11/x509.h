/* x509.h - those parts of a certificate that PKCS#11 has attributes for (RFC 5280), found in its
 * DER form without copying and without OpenSSL, which must not come into other people's programs.
 *
 * The vault has parsed the certificate before; here it is read as hostile input all the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct part {
	const uint8_t *data;
	size_t size;
};

enum x509_usage { /* bits of keyUsage (4.2.1.3), the first bit being 1 */
		  X509_DIGITAL_SIGNATURE = 1 << 0,
		  X509_NON_REPUDIATION = 1 << 1,
		  X509_KEY_ENCIPHERMENT = 1 << 2,
		  X509_DATA_ENCIPHERMENT = 1 << 3,
		  X509_ANY_USAGE = 0xff, /* there is no such extension */
};

struct x509 {
	/* Whole DER elements. */
	struct part serial;
	struct part issuer;
	struct part subject;
	struct part key_info; /* SubjectPublicKeyInfo */
	char not_before[9];   /* YYYYMMDD */
	char not_after[9];
	unsigned usage; /* bits of enum x509_usage */
	bool is_authority;
};

/* The parts point into `der`. False: not a certificate. */
bool x509_read(const uint8_t *der, size_t size, struct x509 *out_x509);

/* The first common name of a Name, or else its last text, as UTF-8; empty when there is none. */
void x509_name_text(struct part name, char *out_text, size_t text_size);
