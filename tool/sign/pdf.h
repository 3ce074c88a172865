/* pdf.h - the structure of a PDF (ISO 32000-1) as qpdf reads it, for the files of this folder.
 *
 * A PDF is hostile input. It is read and never repaired: what qpdf would have to guess is
 * refused. Nothing that is read here is ever written by qpdf; see increment.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qpdf/qpdf-c.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

enum {
	PDF_SIZE_MAX = 512 * 1024 * 1024,
	PDF_FIELDS_MAX = 10000, /* of the form, over all levels */
	PDF_LEVELS_MAX = 32,    /* of fields, and of pages */
};

struct pdf {
	qpdf_data qpdf;
	const uint8_t *bytes; /* a loan of the whole file */
	size_t size;
};

/* ERR_PDF_BROKEN, ERR_PDF_ENCRYPTED, ERR_PDF_TOO_LARGE. `bytes` must outlive it. */
enum err pdf_open(const uint8_t *bytes, size_t size, struct pdf **out_pdf) MUST_CHECK;
void pdf_close(struct pdf *pdf);
OWN_DEFINE(pdf, pdf_close)

/* ERR_PDF_BROKEN with what qpdf complained of, or `what`. */
enum err pdf_broken(const struct pdf *pdf, const char *what);

/* The value under a key; a null object when `object` is no dictionary or has no such key. */
qpdf_oh pdf_key(const struct pdf *pdf, qpdf_oh object, const char *key);
bool pdf_is_reference(const struct pdf *pdf, qpdf_oh object); /* "12 0 R", not the thing itself */
bool pdf_is_same(const struct pdf *pdf, qpdf_oh a, qpdf_oh b);
bool pdf_is_name(const struct pdf *pdf, qpdf_oh object, const char *name);

/* Whether a field of the form is one for signatures, and the signature in it (ISO 32000-1,
 * 12.7.4.5): a null object when there is none yet. `visit` is called for each such field, in the
 * order of the form. ERR_PDF_BROKEN when there are too many fields, or a loop. */
typedef enum err pdf_visitor(const struct pdf *pdf, qpdf_oh field, qpdf_oh signature,
			     void *context);
enum err pdf_signature_fields(const struct pdf *pdf, pdf_visitor *visit, void *context) MUST_CHECK;

/* What the author's signature allows afterwards (12.8.2.2): 0 when there is none. */
enum pdf_permission { PDF_ANYTHING = 0, PDF_NOTHING = 1, PDF_FORMS = 2, PDF_ANNOTATIONS = 3 };
enum pdf_permission pdf_certified(const struct pdf *pdf);
