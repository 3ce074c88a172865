/* pdf_page.h - the page that shows a signature, and the place on it.
 */
#pragma once

#include <stddef.h>

#include "tool/sign/pdf.h"
#include "vault/base/err.h"

enum { PDF_PAGE_LAST = 0 };

/* `number` 1, 2, ... or PDF_PAGE_LAST. ERR_PDF_PAGE. Must be called before the first new object
 * is made: it tells pages of the file from those that qpdf would have to make up. */
enum err pdf_page_find(const struct pdf *pdf, unsigned number, qpdf_oh *out_page) MUST_CHECK;

struct pdf_rectangle {
	double left, bottom, right, top;
};

struct pdf_place {
	struct pdf_rectangle rectangle;
	int rotation; /* of the page, clockwise: 0, 90, 180, 270 */
};

/* A box of this size as the reader sees the page, at its lower right, above the `nth` boxes that
 * are there already; narrower pages make it smaller. */
enum err pdf_page_place(const struct pdf *pdf, qpdf_oh page, double width, double height,
			unsigned nth, struct pdf_place *out_place) MUST_CHECK;
/* How many visible signatures the page shows. */
unsigned pdf_page_seals(const struct pdf *pdf, qpdf_oh page);
