/* main.c - kinko-opener: reads one job from standard input, writes one answer to standard
 * output, ends. Started anew for each original; it sees no file, no user and no environment.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static size_t size_of_secret(const struct secret *secret)
{
	return secret == NULL ? 0 : secret_size(secret);
}

static size_t size_of_text(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

/* What opened_code will write at most, so that no room is wiped that was not needed. */
static size_t answer_size(const struct opened *opened)
{
	enum { FIELD_SIZE_MAX = 4, FIELD_COUNT = 16 + BYTES_LIST_MAX };
	size_t size = FIELD_COUNT * FIELD_SIZE_MAX + size_of_text(opened->detail) +
		      size_of_secret(opened->key) + opened->certificate.size +
		      size_of_text(opened->friendly_name) + size_of_text(opened->protection) +
		      size_of_secret(opened->rebuilt);

	for (size_t i = 0; i < opened->chain.count; i++)
		size += opened->chain.items[i].size;
	return size;
}

static enum err write_answer(struct opened *opened)
{
	AUTO(secret) message = NULL;
	uint32_t size = 0;

	TRY(secret_new(OPENER_FRAME_SIZE + answer_size(opened), &message));
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

/* The soft limit on CPU time: says why before it ends. Everything called here only writes to
 * the stack and to the pipe (signal-safety(7)). */
static void answer_out_of_time(int signal)
{
	enum { SMALL_ANSWER_SIZE = 256 };
	uint8_t message[SMALL_ANSWER_SIZE];
	char detail[] = "CPU";
	struct opened opened = {.err = ERR_ORIGINAL_EXPENSIVE, .detail = detail};
	struct cursor cursor =
		cursor_to_write(message + OPENER_FRAME_SIZE, sizeof message - OPENER_FRAME_SIZE);
	struct cursor frame = cursor_to_write(message, OPENER_FRAME_SIZE);
	uint32_t size;

	(void)signal;
	opened_code(&cursor, &opened);
	size = (uint32_t)cursor.at;
	cursor_u32(&frame, &size);
	_exit(write_all(message, OPENER_FRAME_SIZE + cursor.at) == ERR_OK ? EXIT_SUCCESS
									  : EXIT_FAILURE);
}

static enum err watch_time(void)
{
	const struct sigaction action = {.sa_handler = answer_out_of_time};

	return sigaction(SIGXCPU, &action, NULL) == 0 ? ERR_OK : ERR_INTERNAL;
}

/* Nothing is freed one by one: the process ends at once and its memory with it. */
static enum err work(void)
{
	struct library *library = NULL;
	struct opened *opened = NULL;
	struct opener_job job = {.mode = 0};
	enum err err;

	TRY(secret_init());
	TRY(library_open(&library));
	TRY(watch_time());
	TRY(sandbox_enter());
	TRY(read_job(&job));
	err = open_original(&job, library, &opened);
	return err == ERR_OK ? write_answer(opened) : answer_failure(err);
}

int main(void)
{
	_exit(work() == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}
