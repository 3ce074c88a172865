/* pdf.c - see pdf.h */
#include "tool/sign/pdf.h"

#include <stdlib.h>
#include <string.h>

static enum err read_structure(struct pdf *pdf);

enum err pdf_open(const uint8_t *bytes, size_t size, struct pdf **out_pdf)
{
	static const char begin[] = "%PDF-";
	AUTO(pdf) pdf = NULL;

	if (size > PDF_SIZE_MAX)
		return err_detail(ERR_PDF_TOO_LARGE, "%d MiB", PDF_SIZE_MAX / (1024 * 1024));
	/* Bytes before it would move every place in the file, for some readers and not for others.
	 */
	if (size < sizeof begin || memcmp(bytes, begin, sizeof begin - 1) != 0)
		return err_note(ERR_PDF_BROKEN, "it does not begin with %s", begin);
	pdf = calloc(1, sizeof *pdf);
	if (pdf == NULL)
		return ERR_MEMORY;
	*pdf = (struct pdf){.qpdf = qpdf_init(), .bytes = bytes, .size = size};
	if (pdf->qpdf == NULL)
		return ERR_MEMORY;
	TRY(read_structure(pdf));
	*out_pdf = TAKE(pdf);
	return ERR_OK;
}

static enum err read_structure(struct pdf *pdf)
{
	QPDF_ERROR_CODE result;

	qpdf_set_suppress_warnings(pdf->qpdf, QPDF_TRUE);
	qpdf_silence_errors(pdf->qpdf);
	qpdf_set_attempt_recovery(pdf->qpdf, QPDF_FALSE);
	result = qpdf_read_memory(pdf->qpdf, "pdf", (const char *)pdf->bytes, pdf->size, NULL);
	if ((result & QPDF_ERRORS) != 0) {
		qpdf_error error = qpdf_get_error(pdf->qpdf);
		enum qpdf_error_code_e code = qpdf_get_error_code(pdf->qpdf, error);
		if (code == qpdf_e_password || code == qpdf_e_unsupported)
			return ERR_PDF_ENCRYPTED;
		return err_note(ERR_PDF_BROKEN, "%s", qpdf_get_error_full_text(pdf->qpdf, error));
	}
	if (qpdf_is_encrypted(pdf->qpdf))
		return ERR_PDF_ENCRYPTED;
	if (!qpdf_oh_is_dictionary(pdf->qpdf, qpdf_get_root(pdf->qpdf)) ||
	    !pdf_is_reference(pdf, qpdf_get_root(pdf->qpdf)))
		return pdf_broken(pdf, "no catalogue");
	return ERR_OK;
}

void pdf_close(struct pdf *pdf)
{
	if (pdf == NULL)
		return;
	if (pdf->qpdf != NULL)
		qpdf_cleanup(&pdf->qpdf);
	free(pdf);
}

enum err pdf_broken(const struct pdf *pdf, const char *what)
{
	if (!qpdf_has_error(pdf->qpdf))
		return err_note(ERR_PDF_BROKEN, "%s", what);
	return err_note(ERR_PDF_BROKEN, "%s: %s", what,
			qpdf_get_error_full_text(pdf->qpdf, qpdf_get_error(pdf->qpdf)));
}

qpdf_oh pdf_key(const struct pdf *pdf, qpdf_oh object, const char *key)
{
	return qpdf_oh_get_key_if_dict(pdf->qpdf, object, key);
}

bool pdf_is_reference(const struct pdf *pdf, qpdf_oh object)
{
	return qpdf_oh_is_indirect(pdf->qpdf, object);
}

bool pdf_is_same(const struct pdf *pdf, qpdf_oh a, qpdf_oh b)
{
	return pdf_is_reference(pdf, a) && pdf_is_reference(pdf, b) &&
	       qpdf_oh_get_object_id(pdf->qpdf, a) == qpdf_oh_get_object_id(pdf->qpdf, b) &&
	       qpdf_oh_get_generation(pdf->qpdf, a) == qpdf_oh_get_generation(pdf->qpdf, b);
}

bool pdf_is_name(const struct pdf *pdf, qpdf_oh object, const char *name)
{
	return qpdf_oh_is_name_and_equals(pdf->qpdf, object, name);
}

/* --- Fields -------------------------------------------------------------------------------------
 */

struct walk {
	const struct pdf *pdf;
	pdf_visitor *visit;
	void *context;
	unsigned seen;
};

/* What a field has not it inherits (12.7.3.1). */
struct inherited {
	bool is_signature;
	qpdf_oh value;
};

static enum err walk_fields(struct walk *walk, qpdf_oh fields, struct inherited from,
			    unsigned level);

static enum err walk_field(struct walk *walk, qpdf_oh field, struct inherited from, unsigned level)
{
	const struct pdf *pdf = walk->pdf;
	qpdf_oh type = pdf_key(pdf, field, "/FT");
	qpdf_oh value = pdf_key(pdf, field, "/V");
	qpdf_oh children = pdf_key(pdf, field, "/Kids");

	if (++walk->seen > PDF_FIELDS_MAX)
		return pdf_broken(pdf, "too many fields");
	if (!qpdf_oh_is_dictionary(pdf->qpdf, field))
		return ERR_OK;
	if (!qpdf_oh_is_null(pdf->qpdf, type))
		from.is_signature = pdf_is_name(pdf, type, "/Sig");
	if (!qpdf_oh_is_null(pdf->qpdf, value))
		from.value = value;
	/* Kids of a field are fields when they have a name, else only the places where it shows. */
	if (qpdf_oh_is_array(pdf->qpdf, children) &&
	    qpdf_oh_has_key(pdf->qpdf, qpdf_oh_get_array_item(pdf->qpdf, children, 0), "/T"))
		return walk_fields(walk, children, from, level + 1);
	return from.is_signature ? walk->visit(pdf, field, from.value, walk->context) : ERR_OK;
}

static enum err walk_fields(struct walk *walk, qpdf_oh fields, struct inherited from,
			    unsigned level)
{
	qpdf_data qpdf = walk->pdf->qpdf;
	int count = qpdf_oh_is_array(qpdf, fields) ? qpdf_oh_get_array_n_items(qpdf, fields) : 0;

	if (level > PDF_LEVELS_MAX)
		return pdf_broken(walk->pdf, "fields too deep");
	for (int i = 0; i < count; i++)
		TRY(walk_field(walk, qpdf_oh_get_array_item(qpdf, fields, i), from, level));
	return ERR_OK;
}

enum err pdf_signature_fields(const struct pdf *pdf, pdf_visitor *visit, void *context)
{
	struct walk walk = {.pdf = pdf, .visit = visit, .context = context};
	struct inherited nothing = {.value = qpdf_oh_new_null(pdf->qpdf)};
	qpdf_oh form = pdf_key(pdf, qpdf_get_root(pdf->qpdf), "/AcroForm");

	return walk_fields(&walk, pdf_key(pdf, form, "/Fields"), nothing, 0);
}

/* --- Certification ------------------------------------------------------------------------------
 */

static enum pdf_permission permission_of(const struct pdf *pdf, qpdf_oh reference)
{
	qpdf_oh parameters = pdf_key(pdf, reference, "/TransformParams");
	int allowed = PDF_FORMS; /* unless it says otherwise (table 254) */

	if (!pdf_is_name(pdf, pdf_key(pdf, reference, "/TransformMethod"), "/DocMDP"))
		return PDF_ANYTHING;
	if (!qpdf_oh_get_value_as_int(pdf->qpdf, pdf_key(pdf, parameters, "/P"), &allowed))
		return PDF_FORMS;
	return allowed == PDF_FORMS || allowed == PDF_ANNOTATIONS ? (enum pdf_permission)allowed
								  : PDF_NOTHING;
}

enum pdf_permission pdf_certified(const struct pdf *pdf)
{
	qpdf_oh permissions = pdf_key(pdf, qpdf_get_root(pdf->qpdf), "/Perms");
	qpdf_oh signature = pdf_key(pdf, permissions, "/DocMDP");
	qpdf_oh references = pdf_key(pdf, signature, "/Reference");
	int count = qpdf_oh_is_array(pdf->qpdf, references)
			    ? qpdf_oh_get_array_n_items(pdf->qpdf, references)
			    : 0;

	if (!qpdf_oh_is_dictionary(pdf->qpdf, signature))
		return PDF_ANYTHING;
	for (int i = 0; i < count; i++) {
		qpdf_oh reference = qpdf_oh_get_array_item(pdf->qpdf, references, i);
		enum pdf_permission allowed = permission_of(pdf, reference);
		if (allowed != PDF_ANYTHING)
			return allowed;
	}
	return PDF_FORMS;
}
