/* verify_pdf.c - see verify.h: the signatures of a PDF (ISO 32000-1, 12.8).
 *
 * A signature is only about the bytes that its ByteRange names, and it is the reader who has to
 * see to it that these are all bytes but the signature itself: every known forgery of signed
 * PDFs lives off a reader that did not.
 */
#include <stdlib.h>
#include <string.h>

#include "tool/sign/changes.h"
#include "tool/sign/cms_check.h"
#include "tool/sign/hash.h"
#include "tool/sign/pdf.h"
#include "tool/sign/pdf_text.h"
#include "tool/sign/timestamp.h"
#include "tool/sign/verify_pdf.h"

enum { RANGES = 4, CONTENTS_MAX = 4 * 1024 * 1024 };

struct verifying {
	const struct trust *trust;
	struct signature_reports *reports;
	size_t places[VERIFY_SIGNATURES_MAX]; /* in the file, of the signatures so far */
	size_t place_count;
};

/* What one signature says of itself. */
struct claim {
	const struct pdf *pdf;
	size_t before;           /* bytes before the '<' of Contents: the first range */
	size_t after_at;         /* where the second range begins, after the '>' */
	size_t after;            /* its size */
	const uint8_t *contents; /* a loan */
	size_t contents_size;
	bool is_cades;
	bool is_timestamp;
};

static enum err verify_field(const struct pdf *pdf, qpdf_oh field, qpdf_oh signature,
			     void *context);

enum err verify_pdf_here(const uint8_t *file, size_t size, const struct trust *trust,
			 struct signature_reports **out_reports)
{
	struct verifying verifying = {.trust = trust};
	AUTO(signature_reports) reports = NULL;
	AUTO(pdf) pdf = NULL;
	enum err err;

	TRY(openssl_ready());
	TRY(signature_reports_new(&reports));
	verifying.reports = reports;
	err = pdf_open(file, size, &pdf);
	if (err == ERR_OK)
		err = pdf_signature_fields(pdf, verify_field, &verifying);
	TRY(err == ERR_PDF_BROKEN ? ERR_SIGNATURE_UNREADABLE : err);
	*out_reports = TAKE(reports);
	return ERR_OK;
}

/* --- Where it stands ----------------------------------------------------------------------------
 */

static bool read_ranges(struct claim *claim, qpdf_oh signature)
{
	qpdf_data qpdf = claim->pdf->qpdf;
	qpdf_oh list = pdf_key(claim->pdf, signature, "/ByteRange");
	unsigned long long n[RANGES] = {0};

	if (!qpdf_oh_is_array(qpdf, list) || qpdf_oh_get_array_n_items(qpdf, list) != RANGES)
		return false;
	for (int i = 0; i < RANGES; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(qpdf, list, i);
		if (!qpdf_oh_is_integer(qpdf, item) || qpdf_oh_get_int_value(qpdf, item) < 0)
			return false;
		n[i] = qpdf_oh_get_uint_value(qpdf, item);
		if (n[i] > claim->pdf->size)
			return false;
	}
	claim->before = n[1];
	claim->after_at = n[2];
	claim->after = n[3];
	return n[0] == 0 && claim->before < claim->after_at &&
	       claim->after_at + claim->after <= claim->pdf->size;
}

static int hex_value(uint8_t digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* The gap is exactly the value of /Contents, written in hexadecimal, and nothing else. */
static bool gap_is_contents(const struct claim *claim)
{
	const uint8_t *gap = claim->pdf->bytes + claim->before;
	size_t size = claim->after_at - claim->before;

	if (size != 2 * claim->contents_size + 2 || gap[0] != '<' || gap[size - 1] != '>')
		return false;
	for (size_t i = 0; i < claim->contents_size; i++) {
		int high = hex_value(gap[1 + 2 * i]);
		int low = hex_value(gap[2 + 2 * i]);
		if (high < 0 || low < 0 || claim->contents[i] != (high << 4 | low))
			return false;
	}
	return true;
}

static enum signature_fault read_kind(struct claim *claim, qpdf_oh signature)
{
	qpdf_oh kind = pdf_key(claim->pdf, signature, "/SubFilter");

	claim->is_cades = pdf_is_name(claim->pdf, kind, "/ETSI.CAdES.detached");
	claim->is_timestamp = pdf_is_name(claim->pdf, kind, "/ETSI.RFC3161");
	return claim->is_cades || claim->is_timestamp ||
			       pdf_is_name(claim->pdf, kind, "/adbe.pkcs7.detached")
		       ? FAULT_NONE
		       : FAULT_KIND;
}

static enum signature_fault read_claim(struct claim *claim, qpdf_oh signature)
{
	qpdf_data qpdf = claim->pdf->qpdf;
	qpdf_oh contents = pdf_key(claim->pdf, signature, "/Contents");

	if (!qpdf_oh_is_string(qpdf, contents))
		return FAULT_CONTENTS;
	claim->contents = (const uint8_t *)qpdf_oh_get_binary_string_value(qpdf, contents,
									   &claim->contents_size);
	if (claim->contents == NULL || claim->contents_size == 0 ||
	    claim->contents_size > CONTENTS_MAX)
		return FAULT_CONTENTS;
	if (!read_ranges(claim, signature) || !gap_is_contents(claim))
		return FAULT_RANGE;
	return read_kind(claim, signature);
}

/* --- What it signs ------------------------------------------------------------------------------
 */

static enum err digest_of_ranges(void *context, enum sign_hash kind, struct bytes *out_digest)
{
	const struct claim *claim = context;
	AUTO(hash) hash = NULL;

	TRY(hash_new(kind, &hash));
	TRY(hash_add(hash, claim->pdf->bytes, claim->before));
	TRY(hash_add(hash, claim->pdf->bytes + claim->after_at, claim->after));
	return hash_end(hash, out_digest);
}

/* qpdf's copy lives only until the next string is read. */
static enum err copy_contents(const struct claim *claim, struct bytes *out_contents)
{
	return bytes_copy(claim->contents, claim->contents_size, out_contents);
}

static enum err check_contents(struct claim *claim, const struct bytes *contents,
			       struct verifying *verifying)
{
	struct signature_reports *reports = verifying->reports;
	const struct content content = {.digest = digest_of_ranges, .context = claim};
	const struct cms_rules rules = {
		.trust = verifying->trust,
		.names_certificate = claim->is_cades,
	};
	AUTO_CMS cms = cms_read(contents->data, contents->size, true);
	size_t first = reports->count;

	if (cms != NULL && claim->is_timestamp)
		TRY(timestamp_check(cms, &content, verifying->trust, reports));
	/* A content of its own would be what is signed, whatever the page shows. */
	else if (cms != NULL && CMS_is_detached(cms) == 1 &&
		 OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data)
		TRY(cms_check(cms, &content, &rules, reports));
	if (reports->count == first) {
		if (reports->count == VERIFY_SIGNATURES_MAX)
			return err_note(ERR_SIGNATURE_UNREADABLE, "too many signatures");
		reports->items[reports->count++].fault = FAULT_CONTENTS;
	}
	return ERR_OK;
}

/* --- What has come since ------------------------------------------------------------------------
 */

static enum err find_since(const struct claim *claim, struct signature_report *report)
{
	size_t end = claim->after_at + claim->after;
	bool only_signatures = false;

	if (report->covers_all)
		return ERR_OK;
	TRY(changes_are_signatures(claim->pdf->bytes, claim->pdf->size, end, &only_signatures));
	report->since = only_signatures ? SINCE_SIGNATURES : SINCE_OTHER;
	return ERR_OK;
}

static int64_t claimed_time(const struct pdf *pdf, qpdf_oh signature)
{
	qpdf_oh moment = pdf_key(pdf, signature, "/M");

	return qpdf_oh_is_string(pdf->qpdf, moment)
		       ? pdf_text_date(qpdf_oh_get_utf8_value(pdf->qpdf, moment))
		       : 0;
}

static enum err finish(const struct claim *claim, qpdf_oh signature,
		       struct signature_report *report)
{
	/* The time in the CMS counts: it stands there twice only by mistake. */
	if (report->signed_at == 0)
		report->signed_at = claimed_time(claim->pdf, signature);
	if (report->signer == NULL && (report->signer = strdup("")) == NULL)
		return ERR_MEMORY;
	report->covers_all = report->fault != FAULT_RANGE && claim->after_at > 0 &&
			     claim->after_at + claim->after == claim->pdf->size;
	return report->fault == FAULT_NONE ? find_since(claim, report) : ERR_OK;
}

/* A signature stands in the file once. Whoever names the same place again, in a field of his own
 * making, has signed nothing. */
static bool is_copy(struct verifying *verifying, size_t place)
{
	for (size_t i = 0; i < verifying->place_count; i++)
		if (verifying->places[i] == place)
			return true;
	if (verifying->place_count < VERIFY_SIGNATURES_MAX)
		verifying->places[verifying->place_count++] = place;
	return false;
}

static enum err verify_field(const struct pdf *pdf, qpdf_oh field, qpdf_oh signature, void *context)
{
	struct verifying *verifying = context;
	struct signature_reports *reports = verifying->reports;
	struct claim claim = {.pdf = pdf};
	AUTO_HELD(bytes) contents = {0};
	enum signature_fault fault;
	size_t first = reports->count;

	(void)field;
	if (qpdf_oh_is_null(pdf->qpdf, signature))
		return ERR_OK; /* a place for a signature that is not there yet */
	fault = read_claim(&claim, signature);
	if (fault == FAULT_NONE && is_copy(verifying, claim.before))
		fault = FAULT_RANGE;
	if (fault == FAULT_NONE) {
		TRY(copy_contents(&claim, &contents));
		TRY(check_contents(&claim, &contents, verifying));
	} else if (reports->count == VERIFY_SIGNATURES_MAX) {
		return err_note(ERR_SIGNATURE_UNREADABLE, "too many signatures");
	} else {
		reports->items[reports->count++].fault = fault;
	}
	for (size_t i = first; i < reports->count; i++)
		TRY(finish(&claim, signature, &reports->items[i]));
	return ERR_OK;
}
