/* pdf_prepare.c - see pdf_prepare.h
 *
 * What is added (ISO 32000-1, 12.7.4.5 and 12.8.1):
 *
 *   the signature       always new
 *   its field           always new; it is also the annotation that shows it
 *   its appearance      new when it is visible
 *   the form            new when there is none, else replaced
 *   the catalogue       replaced when the form is new or a part of it
 *   the list of fields  replaced when it is an object of its own
 *   the page, or the list of its annotations when that is an object of its own: replaced
 */
#include "tool/sign/pdf_prepare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tool/sign/increment.h"
#include "tool/sign/pdf_page.h"
#include "tool/sign/pdf_text.h"
#include "tool/sign/seal.h"

enum {
	SIGNATURES_EXIST = 1,
	APPEND_ONLY = 2,        /* SigFlags, table 219 */
	PRINT_AND_LOCKED = 132, /* table 165 */
	RANGE_SIZE = 10,        /* digits of a number in ByteRange */
};

struct preparing {
	const struct pdf *pdf;
	const struct pdf_wish *wish;
	struct increment *increment;
	qpdf_oh page;
	qpdf_oh signature;
	qpdf_oh field;
	qpdf_oh appearance;
	unsigned name_number; /* the field becomes "Signature<number>" */
	size_t ranges_at;     /* in the file: of the first number of ByteRange */
	size_t contents_at;   /* in the file: of the '<' */
};

static enum err check_permission(const struct pdf *pdf, const struct pdf_wish *wish);
static enum err find_name(struct preparing *preparing);
static enum err put_signature(struct preparing *preparing);
static enum err put_field(struct preparing *preparing);
static enum err put_form(struct preparing *preparing);
static enum err put_page(struct preparing *preparing);
static void fill_ranges(const struct preparing *preparing, struct bytes *increment,
			struct pdf_prepared *prepared);

enum err pdf_prepare(const struct pdf *pdf, const struct pdf_wish *wish,
		     struct pdf_prepared *out_prepared)
{
	AUTO_HELD(increment) increment = {0};
	struct preparing preparing = {.pdf = pdf, .wish = wish, .increment = &increment};
	struct bytes bytes = {0};

	TRY(check_permission(pdf, wish));
	TRY(pdf_page_find(pdf, wish->page, &preparing.page));
	TRY(increment_open(pdf, &increment));
	TRY(increment_new_object(&increment, &preparing.signature));
	TRY(increment_new_object(&increment, &preparing.field));
	TRY(find_name(&preparing));
	TRY(put_signature(&preparing));
	TRY(put_field(&preparing));
	TRY(put_form(&preparing));
	TRY(put_page(&preparing));
	TRY(increment_end(&increment, &bytes));
	fill_ranges(&preparing, &bytes, out_prepared);
	return ERR_OK;
}

void pdf_prepared_clear(struct pdf_prepared *prepared)
{
	bytes_clear(&prepared->increment);
	*prepared = (struct pdf_prepared){0};
}

/* --- May it be signed ---------------------------------------------------------------------------
 */

/* A signature may lock the document against every later one (ISO 32000-2, table 236). */
static enum err refuse_lock(const struct pdf *pdf, qpdf_oh field, qpdf_oh signature, void *context)
{
	int allowed = 0;

	(void)context;
	if (qpdf_oh_is_dictionary(pdf->qpdf, signature) &&
	    qpdf_oh_get_value_as_int(pdf->qpdf, pdf_key(pdf, pdf_key(pdf, field, "/Lock"), "/P"),
				     &allowed) &&
	    allowed == PDF_NOTHING)
		return ERR_PDF_CERTIFIED;
	return ERR_OK;
}

/* Where the author allows forms only, one more signature is one, but nothing new may be seen. */
static enum err check_permission(const struct pdf *pdf, const struct pdf_wish *wish)
{
	enum pdf_permission permission = pdf_certified(pdf);

	if (permission == PDF_NOTHING || (permission == PDF_FORMS && wish->seal != NULL))
		return ERR_PDF_CERTIFIED;
	return pdf_signature_fields(pdf, refuse_lock, NULL);
}

/* --- The signature and its field ----------------------------------------------------------------
 */

static unsigned number_in(const char *name)
{
	static const char begin[] = "Signature";
	unsigned long number;

	if (strncmp(name, begin, sizeof begin - 1) != 0)
		return 0;
	number = strtoul(name + sizeof begin - 1, NULL, 10);
	return number < 1000000 ? (unsigned)number : 0;
}

/* One more than the largest number that a field of the first level has. */
static enum err find_name(struct preparing *preparing)
{
	const struct pdf *pdf = preparing->pdf;
	qpdf_oh form = pdf_key(pdf, qpdf_get_root(pdf->qpdf), "/AcroForm");
	qpdf_oh fields = pdf_key(pdf, form, "/Fields");
	int count = qpdf_oh_is_array(pdf->qpdf, fields)
			    ? qpdf_oh_get_array_n_items(pdf->qpdf, fields)
			    : 0;

	if (count > PDF_FIELDS_MAX)
		return pdf_broken(pdf, "too many fields");
	for (int i = 0; i < count; i++) {
		qpdf_oh name = pdf_key(pdf, qpdf_oh_get_array_item(pdf->qpdf, fields, i), "/T");
		unsigned number = 0;
		if (qpdf_oh_is_string(pdf->qpdf, name))
			number = number_in(qpdf_oh_get_utf8_value(pdf->qpdf, name));
		if (number > preparing->name_number)
			preparing->name_number = number;
	}
	preparing->name_number++;
	return ERR_OK;
}

static void write_text(FILE *out, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	(void)fprintf(out, "\n%s ", key);
	pdf_text_write(out, text);
}

static void write_many(FILE *out, char character, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)fputc(character, out);
}

/* By hand, because its numbers are filled in afterwards and must not move. */
static enum err put_signature(struct preparing *preparing)
{
	struct increment *increment = preparing->increment;
	const struct pdf_wish *wish = preparing->wish;
	FILE *out = increment->writer->stream;

	TRY(increment_begin_object(increment, preparing->signature));
	(void)fprintf(out, "<<\n/Type /Sig\n/Filter /Adobe.PPKLite\n/SubFilter /%s",
		      wish->is_pades ? "ETSI.CAdES.detached" : "adbe.pkcs7.detached");
	write_text(out, "/Name", wish->name);
	write_text(out, "/Reason", wish->reason);
	write_text(out, "/Location", wish->location);
	(void)fputs("\n/M ", out);
	pdf_text_write_date(out, wish->at);
	(void)fputs("\n/ByteRange [0 ", out);
	preparing->ranges_at = increment_at(increment);
	write_many(out, ' ', (size_t)3 * (RANGE_SIZE + 1) - 1);
	(void)fputs("]\n/Contents ", out);
	preparing->contents_at = increment_at(increment);
	(void)fputc('<', out);
	write_many(out, '0', 2 * wish->contents_size);
	(void)fputs(">\n>>", out);
	increment_end_object(increment);
	return ERR_OK;
}

static void write_rectangle(FILE *out, const struct pdf_rectangle *rectangle)
{
	const double numbers[] = {rectangle->left, rectangle->bottom, rectangle->right,
				  rectangle->top};

	(void)fputc('[', out);
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		if (i > 0)
			(void)fputc(' ', out);
		pdf_text_write_number(out, numbers[i]);
	}
	(void)fputc(']', out);
}

/* Upright for whoever reads a page that is shown turned (12.5.5: the box is moved back to its
 * place and fitted into the rectangle afterwards). */
static const char *matrix_of(int rotation)
{
	switch (rotation) {
	case 90:
		return "[0 1 -1 0 0 0]";
	case 180:
		return "[-1 0 0 -1 0 0]";
	case 270:
		return "[0 -1 1 0 0 0]";
	default:
		return "[1 0 0 1 0 0]";
	}
}

static enum err put_appearance(struct preparing *preparing, int rotation)
{
	struct increment *increment = preparing->increment;
	const struct bytes *seal = preparing->wish->seal;
	FILE *out = increment->writer->stream;

	TRY(increment_new_object(increment, &preparing->appearance));
	TRY(increment_begin_object(increment, preparing->appearance));
	(void)fprintf(out,
		      "<<\n/Type /XObject\n/Subtype /Form\n/BBox [0 0 %d %d]\n/Matrix %s\n"
		      "/Resources << >>\n/Length %zu\n>>\nstream\n",
		      SEAL_WIDTH, SEAL_HEIGHT, matrix_of(rotation), seal->size);
	(void)fwrite(seal->data, 1, seal->size, out);
	(void)fputs("\nendstream", out);
	increment_end_object(increment);
	return ERR_OK;
}

static void write_field(const struct preparing *preparing, const struct pdf_place *place)
{
	qpdf_data qpdf = preparing->pdf->qpdf;
	FILE *out = preparing->increment->writer->stream;

	(void)fprintf(
		out,
		"<<\n/Type /Annot\n/Subtype /Widget\n/FT /Sig\n/T (Signature%u)\n/F %d\n/Rect ",
		preparing->name_number, PRINT_AND_LOCKED);
	write_rectangle(out, &place->rectangle);
	(void)fprintf(out, "\n/P %s", qpdf_oh_unparse(qpdf, preparing->page));
	(void)fprintf(out, "\n/V %s", qpdf_oh_unparse(qpdf, preparing->signature));
	if (preparing->appearance != 0)
		(void)fprintf(out, "\n/AP << /N %s >>",
			      qpdf_oh_unparse(qpdf, preparing->appearance));
	(void)fputs("\n>>", out);
}

static enum err put_field(struct preparing *preparing)
{
	struct pdf_place place = {0};

	if (preparing->wish->seal != NULL) {
		unsigned nth = pdf_page_seals(preparing->pdf, preparing->page);
		TRY(pdf_page_place(preparing->pdf, preparing->page, SEAL_WIDTH, SEAL_HEIGHT, nth,
				   &place));
		TRY(put_appearance(preparing, place.rotation));
	}
	TRY(increment_begin_object(preparing->increment, preparing->field));
	write_field(preparing, &place);
	increment_end_object(preparing->increment);
	return ERR_OK;
}

/* --- The form and the page ----------------------------------------------------------------------
 */

/* The list under `key`, made where there is none, gets the field. */
static qpdf_oh append_field(const struct preparing *preparing, qpdf_oh owner, const char *key)
{
	qpdf_data qpdf = preparing->pdf->qpdf;
	qpdf_oh list = pdf_key(preparing->pdf, owner, key);

	if (!qpdf_oh_is_array(qpdf, list)) {
		list = qpdf_oh_new_array(qpdf);
		qpdf_oh_replace_key(qpdf, owner, key, list);
		list = pdf_key(preparing->pdf, owner, key);
	}
	qpdf_oh_append_item(qpdf, list, preparing->field);
	return list;
}

static void set_flags(const struct preparing *preparing, qpdf_oh form)
{
	qpdf_data qpdf = preparing->pdf->qpdf;
	int flags = 0;

	(void)qpdf_oh_get_value_as_int(qpdf, pdf_key(preparing->pdf, form, "/SigFlags"), &flags);
	qpdf_oh_replace_key(qpdf, form, "/SigFlags",
			    qpdf_oh_new_integer(qpdf, flags | SIGNATURES_EXIST | APPEND_ONLY));
}

static enum err put_form(struct preparing *preparing)
{
	const struct pdf *pdf = preparing->pdf;
	struct increment *increment = preparing->increment;
	qpdf_oh root = qpdf_get_root(pdf->qpdf);
	qpdf_oh form = pdf_key(pdf, root, "/AcroForm");
	bool is_new = !qpdf_oh_is_dictionary(pdf->qpdf, form);
	qpdf_oh fields;

	if (is_new) {
		TRY(increment_new_object(increment, &form));
		qpdf_oh_replace_key(pdf->qpdf, root, "/AcroForm", form);
	}
	fields = append_field(preparing, form, "/Fields");
	set_flags(preparing, form);
	if (pdf_is_reference(pdf, fields))
		TRY(increment_put_object(increment, fields));
	if (pdf_is_reference(pdf, form))
		TRY(increment_put_object(increment, form));
	if (is_new || !pdf_is_reference(pdf, form))
		TRY(increment_put_object(increment, root));
	return ERR_OK;
}

static enum err put_page(struct preparing *preparing)
{
	const struct pdf *pdf = preparing->pdf;
	qpdf_oh form = pdf_key(pdf, qpdf_get_root(pdf->qpdf), "/AcroForm");
	qpdf_oh annotations = pdf_key(pdf, preparing->page, "/Annots");

	/* A list that is both: the field is in it, and it is written. */
	if (pdf_is_same(pdf, annotations, pdf_key(pdf, form, "/Fields")))
		return ERR_OK;
	annotations = append_field(preparing, preparing->page, "/Annots");
	return increment_put_object(preparing->increment, pdf_is_reference(pdf, annotations)
								  ? annotations
								  : preparing->page);
}

/* --- What is signed -----------------------------------------------------------------------------
 */

/* ByteRange: all but /Contents with its brackets. */
static void fill_ranges(const struct preparing *preparing, struct bytes *increment,
			struct pdf_prepared *prepared)
{
	size_t before = preparing->pdf->size;
	size_t contents_size = 2 * preparing->wish->contents_size + 2;
	size_t after_at = preparing->contents_at + contents_size;
	char text[3 * (RANGE_SIZE + 1) + 1];
	int size = snprintf(text, sizeof text, "%zu %zu %zu", preparing->contents_at, after_at,
			    before + increment->size - after_at);

	memcpy(increment->data + (preparing->ranges_at - before), text, (size_t)size);
	*prepared = (struct pdf_prepared){
		.increment = *increment,
		.contents_at = preparing->contents_at - before,
		.contents_size = contents_size,
	};
}
