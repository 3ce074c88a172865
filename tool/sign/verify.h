/* verify.h - what can be said of the signatures of a PDF, or of a detached signature (.p7s).
 *
 * Both are hostile input. Whatever is not exactly as it should be makes a signature invalid; an
 * issuer that nobody here knows does not: that is told apart.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/sign/input.h"
#include "tool/sign/trust.h"
#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

enum { VERIFY_CMS_MAX = 16 * 1024 * 1024, VERIFY_SIGNATURES_MAX = 100 };

/* Why a signature is not valid: the first that was found. */
enum signature_fault {
	FAULT_NONE,
	FAULT_KIND,           /* a kind of signature that is not verified here */
	FAULT_RANGE,          /* it does not cover all of the file but itself */
	FAULT_CONTENTS,       /* what stands in its place is no signature */
	FAULT_CHANGED,        /* the content is not what was signed */
	FAULT_SIGNATURE,      /* not made with the key of this certificate */
	FAULT_NO_CERTIFICATE, /* the signer's certificate is not in it */
	FAULT_CERTIFICATE,    /* the signed name of the certificate is another's */
	FAULT_WEAK_HASH,      /* SHA-1, MD5: two contents with the same hash can be made */
	FAULT_WEAK_KEY,       /* RSA below 2048 bits and the like */
	FAULT_COUNT
};
const char *signature_fault_word(enum signature_fault fault); /* "changed", ... */

/* What has become of the file since. */
enum signature_since {
	SINCE_NOTHING,    /* the signature covers the file as it is */
	SINCE_SIGNATURES, /* only signatures, and what belongs to them, were added */
	SINCE_OTHER,      /* something else was added or changed */
};

struct signature_report {
	enum signature_fault fault;
	enum signature_since since;
	char *signer;             /* "" when unknown */
	struct bytes certificate; /* the signer's, DER; empty when unknown */
	int64_t signed_at;        /* as the signer says; 0 when unknown */
	bool is_in_time;          /* the certificate was valid at that moment (now, when unknown) */
	bool covers_all;
	bool is_timestamp; /* of an authority over the document, and nobody's signature */
	bool chain_known;  /* leads to an issuer that this computer trusts */
};

struct signature_reports {
	size_t count;
	struct signature_report items[VERIFY_SIGNATURES_MAX];
};
enum err signature_reports_new(struct signature_reports **out_reports) MUST_CHECK;
void signature_reports_free(struct signature_reports *reports);
OWN_DEFINE(signature_reports, signature_reports_free)

/* Whether the bytes begin like a PDF. */
bool verify_is_pdf(const uint8_t *bytes, size_t size);
/* In a process of its own; in the order of the form. None: count 0. ERR_SIGNATURE_UNREADABLE,
 * ERR_PDF_ENCRYPTED, ERR_PDF_TOO_LARGE. */
enum err verify_pdf(const uint8_t *file, size_t size, const struct trust *trust,
		    struct signature_reports **out_reports) MUST_CHECK;

/* Whether the content is in the signature itself. ERR_SIGNATURE_UNREADABLE. */
enum err verify_cms_holds_content(const struct bytes *cms, bool *out_holds) MUST_CHECK;
/* DER, BER or PEM. `content` NULL: it is in the signature. */
enum err verify_cms(const struct bytes *cms, const struct input *content, input_progress *progress,
		    void *context, const struct trust *trust,
		    struct signature_reports **out_reports) MUST_CHECK;
