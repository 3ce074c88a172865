/* given.c - see given.h */
#include "tests/unit/opener/given.h"

#include <stdio.h>
#include <time.h>

#include "vault/opener/open.h"

int given_library(void **state)
{
	struct library *library = NULL;

	if (secret_init() != ERR_OK || library_open(&library) != ERR_OK)
		return -1;
	*state = library;
	return 0;
}

int drop_library(void **state)
{
	library_close(*state);
	return 0;
}

struct secret *given_file(const char *name)
{
	static uint8_t bytes[ORIGINAL_SIZE_MAX];
	char path[512];
	FILE *file;
	size_t size;

	(void)snprintf(path, sizeof path, "%s/tests/originals/%s", KINKO_SOURCE, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(bytes, 1, sizeof bytes, file);
	(void)fclose(file);
	return given_secret(bytes, size);
}

struct secret *given_secret(const void *bytes, size_t size)
{
	struct secret *secret = NULL;

	assert_int_equal(secret_new(size, &secret), ERR_OK);
	if (size > 0)
		memcpy(secret_bytes(secret), bytes, size);
	return secret;
}

struct secret *given_pin(const char *pin)
{
	return pin[0] == '\0' ? NULL : given_secret(pin, strlen(pin));
}

static struct opener_job job_of(enum opener_mode mode, const char *pin,
				const struct secret *original)
{
	struct opener_job job = {.mode = (uint8_t)mode, .pin = given_pin(pin)};

	if (mode == OPENER_PIN)
		job.new_pin = given_pin("newpin12");
	assert_int_equal(secret_clone(original, &job.original), ERR_OK);
	return job;
}

static void drop_job(struct opener_job *job)
{
	secret_free(job->pin);
	secret_free(job->new_pin);
	secret_free(job->original);
}

enum err opening(const struct library *library, enum opener_mode mode, const char *pin,
		 const struct secret *original)
{
	struct opener_job job = job_of(mode, pin, original);
	struct opened *opened = NULL;
	enum err err;

	err_forget();
	err = open_original(&job, library, &opened);
	opened_free(opened);
	drop_job(&job);
	return err;
}

struct opened *opened_original(const struct library *library, enum opener_mode mode,
			       const char *pin, const struct secret *original)
{
	struct opener_job job = job_of(mode, pin, original);
	struct opened *opened = NULL;
	enum err err;

	err_forget();
	err = open_original(&job, library, &opened);
	if (err != ERR_OK)
		print_error("%s: %s (%s)\n", err_word(err), err_detail_text(), err_note_text());
	assert_int_equal(err, ERR_OK);
	drop_job(&job);
	return opened;
}

double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}
