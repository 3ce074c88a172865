/* given.h - documents to sign, signers with keys of their own, and what is asked of a signature.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tool/sign/sign_pdf.h"
#include "tool/sign/signer.h"
#include "tool/sign/trust.h"
#include "tool/sign/verify.h"
#include "vault/base/bytes.h"

/* --- Signers --- */

struct given_signer {
	EVP_PKEY *key;
	X509 *x509;
	struct bytes certificate;
	struct bytes_list chain;
	struct signer signer;
	enum err refusal; /* what it answers instead of a signature; ERR_OK */
	unsigned asked;   /* how often it was asked */
};
/* "RSA", "P-256", "P-384", "P-521"; self-signed and valid today. */
void given_signer(const char *kind, const char *name, struct given_signer *out_signer);
void given_signer_clear(struct given_signer *given);
OWN_DEFINE_HELD(given_signer, given_signer_clear)

/* --- Documents --- */

/* The bodies of objects 1, 2, ...; object 1 is the catalogue. A classic cross-reference table. */
struct bytes given_document(const char *const *bodies, size_t count);
/* One page with a line of text. */
struct bytes given_plain(void);
enum given_form {
	FORM_CLASSIC,
	FORM_STREAM, /* cross-reference stream and object streams */
	FORM_LINEAR, /* linearised */
	FORM_LINEAR_STREAM,
	FORM_ENCRYPTED,
	FORM_COUNT
};
/* The same document, written again by qpdf. */
struct bytes given_written(const struct bytes *document, enum given_form form);
struct bytes given_joined(const struct bytes *a, const struct bytes *b);

/* --- Signing and asking --- */

struct sign_wish given_wish(void); /* invisible, today */
/* The whole signed file. */
struct bytes given_signed(const struct bytes *document, const struct sign_wish *wish,
			  struct given_signer *signer);
/* Fails the test on any error. */
struct signature_reports *given_reports(const struct bytes *file);
/* Where a text stands; fails the test when it is not there. */
size_t given_place(const struct bytes *file, const char *text);
