/* pdf_page.c - see pdf_page.h */
#include "tool/sign/pdf_page.h"

#include <math.h>

enum { MARGIN = 36, GAP = 6, ANNOTATIONS_MAX = 10000 };

enum err pdf_page_find(const struct pdf *pdf, unsigned number, qpdf_oh *out_page)
{
	qpdf_data qpdf = pdf->qpdf;
	qpdf_oh probe = qpdf_make_indirect_object(qpdf, qpdf_oh_new_null(qpdf));
	int first_new = qpdf_oh_get_object_id(qpdf, probe);
	int count = qpdf_get_num_pages(qpdf);
	qpdf_oh page;

	if (count <= 0 || qpdf_has_error(qpdf))
		return pdf_broken(pdf, "pages");
	if (number > (unsigned)count)
		return err_detail(ERR_PDF_PAGE, "%u", number);
	page = qpdf_get_page_n(qpdf, number == PDF_PAGE_LAST ? (size_t)count - 1 : number - 1);
	if (!qpdf_oh_is_dictionary(qpdf, page) || !pdf_is_reference(pdf, page) ||
	    qpdf_oh_get_object_id(qpdf, page) >= first_new)
		return pdf_broken(pdf, "page");
	*out_page = page;
	return ERR_OK;
}

/* An attribute of the page, or the one it inherits (ISO 32000-1, 7.7.3.4). */
static qpdf_oh attribute(const struct pdf *pdf, qpdf_oh page, const char *key)
{
	qpdf_oh at = page;

	for (unsigned level = 0; level < PDF_LEVELS_MAX; level++) {
		qpdf_oh value = pdf_key(pdf, at, key);
		if (!qpdf_oh_is_null(pdf->qpdf, value))
			return value;
		at = pdf_key(pdf, at, "/Parent");
	}
	return qpdf_oh_new_null(pdf->qpdf);
}

static bool read_rectangle(const struct pdf *pdf, qpdf_oh object,
			   struct pdf_rectangle *out_rectangle)
{
	double n[4] = {0};

	if (!qpdf_oh_is_array(pdf->qpdf, object) ||
	    qpdf_oh_get_array_n_items(pdf->qpdf, object) != 4)
		return false;
	for (int i = 0; i < 4; i++)
		if (!qpdf_oh_get_value_as_number(
			    pdf->qpdf, qpdf_oh_get_array_item(pdf->qpdf, object, i), &n[i]) ||
		    !isfinite(n[i]) || fabs(n[i]) > 1e6)
			return false;
	*out_rectangle = (struct pdf_rectangle){
		.left = fmin(n[0], n[2]),
		.bottom = fmin(n[1], n[3]),
		.right = fmax(n[0], n[2]),
		.top = fmax(n[1], n[3]),
	};
	return out_rectangle->right - out_rectangle->left >= 1 &&
	       out_rectangle->top - out_rectangle->bottom >= 1;
}

static enum err visible_part(const struct pdf *pdf, qpdf_oh page, struct pdf_rectangle *out_box)
{
	if (read_rectangle(pdf, attribute(pdf, page, "/CropBox"), out_box) ||
	    read_rectangle(pdf, attribute(pdf, page, "/MediaBox"), out_box))
		return ERR_OK;
	return pdf_broken(pdf, "size of a page");
}

static int rotation_of(const struct pdf *pdf, qpdf_oh page)
{
	int degrees = 0;

	if (!qpdf_oh_get_value_as_int(pdf->qpdf, attribute(pdf, page, "/Rotate"), &degrees) ||
	    degrees % 90 != 0)
		return 0;
	return (degrees % 360 + 360) % 360;
}

/* From the page as it is seen, its lower left at 0, 0, to the page as it is stored. */
static struct pdf_rectangle turned_back(const struct pdf_rectangle *seen,
					const struct pdf_rectangle *box, int rotation)
{
	switch (rotation) {
	case 90:
		return (struct pdf_rectangle){box->right - seen->top, box->bottom + seen->left,
					      box->right - seen->bottom, box->bottom + seen->right};
	case 180:
		return (struct pdf_rectangle){box->right - seen->right, box->top - seen->top,
					      box->right - seen->left, box->top - seen->bottom};
	case 270:
		return (struct pdf_rectangle){box->left + seen->bottom, box->top - seen->right,
					      box->left + seen->top, box->top - seen->left};
	default:
		return (struct pdf_rectangle){box->left + seen->left, box->bottom + seen->bottom,
					      box->left + seen->right, box->bottom + seen->top};
	}
}

enum err pdf_page_place(const struct pdf *pdf, qpdf_oh page, double width, double height,
			unsigned nth, struct pdf_place *out_place)
{
	struct pdf_rectangle box = {0};
	struct pdf_rectangle seen;
	double box_width;
	double box_height;
	double scale;
	double rows;

	TRY(visible_part(pdf, page, &box));
	out_place->rotation = rotation_of(pdf, page);
	box_width = out_place->rotation % 180 == 0 ? box.right - box.left : box.top - box.bottom;
	box_height = out_place->rotation % 180 == 0 ? box.top - box.bottom : box.right - box.left;
	scale = fmin(1, fmin(box_width / (width + 2 * MARGIN), box_height / (height + 2 * MARGIN)));
	/* More than fit begin again at the bottom. */
	rows = fmax(1, floor((box_height - 2 * MARGIN * scale) / ((height + GAP) * scale)));
	seen.right = box_width - MARGIN * scale;
	seen.left = seen.right - width * scale;
	seen.bottom = MARGIN * scale + fmod(nth, rows) * (height + GAP) * scale;
	seen.top = seen.bottom + height * scale;
	out_place->rectangle = turned_back(&seen, &box, out_place->rotation);
	return ERR_OK;
}

static bool is_seal(const struct pdf *pdf, qpdf_oh annotation)
{
	struct pdf_rectangle rectangle;

	return pdf_is_name(pdf, pdf_key(pdf, annotation, "/Subtype"), "/Widget") &&
	       pdf_is_name(pdf, pdf_key(pdf, annotation, "/FT"), "/Sig") &&
	       read_rectangle(pdf, pdf_key(pdf, annotation, "/Rect"), &rectangle);
}

unsigned pdf_page_seals(const struct pdf *pdf, qpdf_oh page)
{
	qpdf_oh annotations = pdf_key(pdf, page, "/Annots");
	int count = qpdf_oh_is_array(pdf->qpdf, annotations)
			    ? qpdf_oh_get_array_n_items(pdf->qpdf, annotations)
			    : 0;
	unsigned seals = 0;

	for (int i = 0; i < count && i < ANNOTATIONS_MAX; i++)
		if (is_seal(pdf, qpdf_oh_get_array_item(pdf->qpdf, annotations, i)))
			seals++;
	return seals;
}
