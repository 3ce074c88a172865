/* job.c - see job.h */
#include "vault/opener/job.h"

#include <stdlib.h>

enum {
	DETAIL_MAX = 512,
	KEY_MAX = 16 * 1024,
	NAME_MAX_BYTES = 4096,
};

static const char job_magic[] = {'K', 'N', 'K', 'J'};
static const char answer_magic[] = {'K', 'N', 'K', 'A'};

void opener_job_code(struct cursor *cursor, struct opener_job *job)
{
	cursor_literal(cursor, job_magic, sizeof job_magic);
	cursor_u8(cursor, &job->mode);
	cursor_secret(cursor, &job->pin, OPENER_PIN_MAX);
	cursor_secret(cursor, &job->new_pin, OPENER_PIN_MAX);
	cursor_secret(cursor, &job->original, ORIGINAL_SIZE_MAX);
}

void opened_code(struct cursor *cursor, struct opened *opened)
{
	cursor_literal(cursor, answer_magic, sizeof answer_magic);
	cursor_u32(cursor, &opened->err);
	cursor_text(cursor, &opened->detail, DETAIL_MAX);
	cursor_secret(cursor, &opened->key, KEY_MAX);
	cursor_bytes(cursor, &opened->certificate, CERTIFICATE_SIZE_MAX);
	cursor_bytes_list(cursor, &opened->chain, CERTIFICATE_SIZE_MAX);
	cursor_text(cursor, &opened->friendly_name, NAME_MAX_BYTES);
	cursor_text(cursor, &opened->protection, DETAIL_MAX);
	cursor_bool(cursor, &opened->is_weakly_protected);
	cursor_secret(cursor, &opened->rebuilt, ORIGINAL_SIZE_MAX);
}

void opened_free(struct opened *opened)
{
	if (opened == NULL)
		return;
	free(opened->detail);
	secret_free(opened->key);
	bytes_clear(&opened->certificate);
	bytes_list_clear(&opened->chain);
	free(opened->friendly_name);
	free(opened->protection);
	secret_free(opened->rebuilt);
	free(opened);
}
