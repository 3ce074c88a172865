/* sign_pdf.h - one more signature for a PDF, as an increment to its file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/sign/signer.h"
#include "vault/base/bytes.h"
#include "vault/base/err.h"

enum { SIGN_TEXT_MAX = 255, SIGN_PAGE_LAST = 0 };

struct sign_wish {
	const char *name;     /* of the signer; "" when none */
	const char *reason;   /* "" when none */
	const char *location; /* "" when none */
	int64_t at;           /* seconds since 1970 */
	bool is_pades;        /* ETSI EN 319 142-1, baseline B-B; else adbe.pkcs7.detached */
	bool is_visible;
	unsigned page; /* 1, 2, ... that shows it, or SIGN_PAGE_LAST */
};

/* A text that may stand in a signature: proper, visible, at most SIGN_TEXT_MAX bytes. ERR_SEAL_TEXT
 * quotes it. */
enum err sign_check_text(const char *text) MUST_CHECK;

/* ERR_PDF_TOO_LARGE, before a file is read for it. */
enum err sign_check_size(uint64_t size) MUST_CHECK;

/* What is to be written after the `size` bytes of the file. The signer is asked last, when
 * everything else is in order. ERR_PDF_BROKEN, ERR_PDF_ENCRYPTED, ERR_PDF_CERTIFIED,
 * ERR_PDF_TOO_LARGE, ERR_PDF_PAGE, ERR_SIGN_KEY, ERR_SEAL_FONT, or the signer's own. */
enum err sign_pdf(const uint8_t *file, size_t size, const struct sign_wish *wish,
		  const struct signer *signer, struct bytes *out_increment) MUST_CHECK;
