/* pdf_prepare_apart.c - see pdf_prepare.h: what crosses between the two processes. */
#include <stdlib.h>

#include "tool/sign/apart.h"
#include "tool/sign/pdf_prepare.h"
#include "vault/base/cursor.h"

enum { INCREMENT_MAX = 64 * 1024 * 1024, HEAD_SIZE = 8 + 8 + 4 };

struct task {
	const uint8_t *file;
	size_t size;
	const struct pdf_wish *wish;
};

static void code_prepared(struct cursor *cursor, struct pdf_prepared *prepared)
{
	uint64_t contents_at = prepared->contents_at;
	uint64_t contents_size = prepared->contents_size;

	cursor_u64(cursor, &contents_at);
	cursor_u64(cursor, &contents_size);
	cursor_bytes(cursor, &prepared->increment, INCREMENT_MAX);
	prepared->contents_at = contents_at;
	prepared->contents_size = contents_size;
}

static enum err prepare(const void *context, struct bytes *out_answer)
{
	const struct task *task = context;
	AUTO_HELD(pdf_prepared) prepared = {0};
	AUTO(pdf) pdf = NULL;
	struct cursor cursor;

	TRY(pdf_open(task->file, task->size, &pdf));
	TRY(pdf_prepare(pdf, task->wish, &prepared));
	TRY(bytes_zeroed(HEAD_SIZE + prepared.increment.size, out_answer));
	cursor = cursor_to_write(out_answer->data, out_answer->size);
	code_prepared(&cursor, &prepared);
	return cursor_end(&cursor);
}

/* The place for the signature is inside, as large as it has to be, and empty. */
static bool is_proper(const struct pdf_prepared *prepared, const struct pdf_wish *wish)
{
	const struct bytes *increment = &prepared->increment;
	size_t end = prepared->contents_at + prepared->contents_size;

	if (prepared->contents_size != 2 * wish->contents_size + 2 ||
	    prepared->contents_at > increment->size || end > increment->size ||
	    increment->data[prepared->contents_at] != '<' || increment->data[end - 1] != '>')
		return false;
	for (size_t at = prepared->contents_at + 1; at < end - 1; at++)
		if (increment->data[at] != '0')
			return false;
	return true;
}

enum err pdf_prepare_apart(const uint8_t *file, size_t size, const struct pdf_wish *wish,
			   struct pdf_prepared *out_prepared)
{
	const struct task task = {.file = file, .size = size, .wish = wish};
	AUTO_HELD(pdf_prepared) prepared = {0};
	AUTO_HELD(bytes) answer = {0};
	struct cursor cursor;

	TRY(apart_do(prepare, &task, HEAD_SIZE + INCREMENT_MAX, ERR_PDF_BROKEN, &answer));
	cursor = cursor_to_read(answer.data, answer.size);
	code_prepared(&cursor, &prepared);
	if (cursor_end(&cursor) != ERR_OK || !is_proper(&prepared, wish))
		return err_note(ERR_PDF_BROKEN, "no proper answer");
	*out_prepared = prepared;
	prepared = (struct pdf_prepared){0};
	return ERR_OK;
}
