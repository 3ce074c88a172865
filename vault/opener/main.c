/* main.c - kinko-opener: reads one job from standard input, writes one answer to standard
 * output, ends. Started anew for each original; it sees no file, no user and no environment.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vault/opener/job.h"
#include "vault/opener/library.h"
#include "vault/opener/open.h"
#include "vault/opener/sandbox_linux.h"

static enum err read_all(uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t got = read(STDIN_FILENO, bytes + at, size - at);
		if (got == 0 || (got < 0 && errno != EINTR))
			return ERR_WIRE;
		at += got > 0 ? (size_t)got : 0;
	}
	return ERR_OK;
}

static enum err write_all(const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t put = write(STDOUT_FILENO, bytes + at, size - at);
		if (put < 0 && errno != EINTR)
			return ERR_WIRE;
		at += put > 0 ? (size_t)put : 0;
	}
	return ERR_OK;
}

static enum err read_job(struct opener_job *job)
{
	uint8_t header[OPENER_FRAME_SIZE];
	struct cursor cursor = cursor_to_read(header, sizeof header);
	AUTO(secret) message = NULL;
	uint32_t size = 0;

	TRY(read_all(header, sizeof header));
	cursor_u32(&cursor, &size);
	if (size > OPENER_JOB_MAX)
		return ERR_WIRE;
	TRY(secret_new(size, &message));
	TRY(read_all(secret_bytes(message), size));
	cursor = cursor_to_read(secret_view(message), size);
	opener_job_code(&cursor, job);
	return cursor_end(&cursor);
}

static enum err write_answer(struct opened *opened)
{
	AUTO(secret) message = NULL;
	uint32_t size = 0;

	TRY(secret_new(OPENER_FRAME_SIZE + OPENER_ANSWER_MAX, &message));
	struct cursor cursor = cursor_to_write(secret_bytes(message), secret_size(message));
	cursor_u32(&cursor, &size);
	opened_code(&cursor, opened);
	TRY(cursor_end(&cursor));
	size = (uint32_t)(cursor.at - OPENER_FRAME_SIZE);
	struct cursor again = cursor_to_write(secret_bytes(message), OPENER_FRAME_SIZE);
	cursor_u32(&again, &size);
	return write_all(secret_view(message), cursor.at);
}

/* No memory means here: more than the limit of this process. */
static enum err answer_failure(enum err err)
{
	AUTO(opened) opened = calloc(1, sizeof *opened);
	AUTO_TEXT detail = NULL;

	if (err == ERR_MEMORY)
		err = err_detail(ERR_ORIGINAL_EXPENSIVE, "> %d MiB", SANDBOX_MEMORY_MIB);
	if (asprintf(&detail, "%s", err_detail_text()) < 0 || opened == NULL)
		return ERR_MEMORY;
	opened->err = err;
	opened->detail = TAKE(detail);
	return write_answer(opened);
}

static enum err work(void)
{
	AUTO(library) library = NULL;
	AUTO(opened) opened = NULL;
	struct opener_job job = {.mode = 0};
	enum err err;

	/* Nothing is freed one by one: the process ends and takes its memory along. */
	TRY(secret_init());
	TRY(library_open(&library));
	TRY(sandbox_enter());
	TRY(read_job(&job));
	err = open_original(&job, library, &opened);
	return err == ERR_OK ? write_answer(opened) : answer_failure(err);
}

int main(void)
{
	return work() == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
