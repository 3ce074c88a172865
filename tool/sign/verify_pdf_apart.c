/* verify_pdf_apart.c - see verify.h: what crosses between the two processes. */
#include <stdlib.h>

#include "tool/sign/apart.h"
#include "tool/sign/verify_pdf.h"
#include "vault/base/cursor.h"
#include "vault/cert/certificate.h"

enum {
	SIGNER_MAX = 8192,
	REPORT_MAX = 1 + 1 + 2 + SIGNER_MAX + 4 + CERTIFICATE_SIZE_MAX + 8 + 4,
	ANSWER_MAX = 4 + VERIFY_SIGNATURES_MAX * REPORT_MAX,
};

struct task {
	const uint8_t *file;
	size_t size;
	const struct trust *trust;
};

static void code_report(struct cursor *cursor, struct signature_report *report)
{
	uint8_t fault = (uint8_t)report->fault;
	uint8_t since = (uint8_t)report->since;

	cursor_u8(cursor, &fault);
	cursor_u8(cursor, &since);
	cursor_text(cursor, &report->signer, SIGNER_MAX);
	cursor_bytes(cursor, &report->certificate, CERTIFICATE_SIZE_MAX);
	cursor_i64(cursor, &report->signed_at);
	cursor_bool(cursor, &report->is_in_time);
	cursor_bool(cursor, &report->covers_all);
	cursor_bool(cursor, &report->chain_known);
	cursor_bool(cursor, &report->is_timestamp);
	report->fault = fault < FAULT_COUNT ? (enum signature_fault)fault : FAULT_KIND;
	report->since = since <= SINCE_OTHER ? (enum signature_since)since : SINCE_OTHER;
}

static enum err code_reports(struct cursor *cursor, struct signature_reports *reports)
{
	uint32_t count = (uint32_t)reports->count;

	cursor_u32(cursor, &count);
	if (count > VERIFY_SIGNATURES_MAX)
		return ERR_WIRE;
	reports->count = count;
	for (size_t i = 0; i < count; i++)
		code_report(cursor, &reports->items[i]);
	return cursor->bad;
}

static enum err verify(const void *context, struct bytes *out_answer)
{
	const struct task *task = context;
	AUTO(signature_reports) reports = NULL;
	struct cursor cursor;

	TRY(verify_pdf_here(task->file, task->size, task->trust, &reports));
	TRY(bytes_zeroed(ANSWER_MAX, out_answer));
	cursor = cursor_to_write(out_answer->data, out_answer->size);
	TRY(code_reports(&cursor, reports));
	out_answer->size = cursor.at;
	return ERR_OK;
}

enum err verify_pdf(const uint8_t *file, size_t size, const struct trust *trust,
		    struct signature_reports **out_reports)
{
	const struct task task = {.file = file, .size = size, .trust = trust};
	AUTO(signature_reports) reports = NULL;
	AUTO_HELD(bytes) answer = {0};
	struct cursor cursor;

	TRY(signature_reports_new(&reports));
	TRY(apart_do(verify, &task, ANSWER_MAX, ERR_SIGNATURE_UNREADABLE, &answer));
	cursor = cursor_to_read(answer.data, answer.size);
	if (code_reports(&cursor, reports) != ERR_OK || cursor_end(&cursor) != ERR_OK)
		return err_note(ERR_SIGNATURE_UNREADABLE, "no proper answer");
	*out_reports = TAKE(reports);
	return ERR_OK;
}
