/* pdf_prepare.h - makes room for a signature in a PDF: everything that is added to the file, with
 * /Contents still empty.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tool/sign/pdf.h"
#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct pdf_wish {
	const char *name;     /* of the signer; "" when none */
	const char *reason;   /* "" when none */
	const char *location; /* "" when none */
	int64_t at;
	bool is_pades;
	const struct bytes *seal; /* what shows (see seal.h); NULL: nothing */
	unsigned page;            /* or PDF_PAGE_LAST */
	size_t contents_size;     /* bytes of the signature that there must be room for */
};

struct pdf_prepared {
	struct bytes increment;
	size_t contents_at;   /* in the increment: of the '<' */
	size_t contents_size; /* with '<' and '>' */
};

/* ERR_PDF_BROKEN, ERR_PDF_CERTIFIED, ERR_PDF_PAGE. */
enum err pdf_prepare(const struct pdf *pdf, const struct pdf_wish *wish,
		     struct pdf_prepared *out_prepared) MUST_CHECK;
/* The same with a file, read in a process of its own; and ERR_PDF_ENCRYPTED, ERR_PDF_TOO_LARGE. */
enum err pdf_prepare_apart(const uint8_t *file, size_t size, const struct pdf_wish *wish,
			   struct pdf_prepared *out_prepared) MUST_CHECK;
void pdf_prepared_clear(struct pdf_prepared *prepared);
OWN_DEFINE_HELD(pdf_prepared, pdf_prepared_clear)
