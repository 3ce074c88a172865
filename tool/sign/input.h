/* input.h - files to be signed or verified: read bounded, or hashed piece by piece at any size.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/signing.h"

struct input {
	int fd;
	uint64_t size; /* when it was opened */
	mode_t mode;   /* its permissions */
	uid_t owner;
	gid_t group;
};

/* A regular file, also through a symbolic link. ERR_NOT_FOUND, ERR_FILE_READ. */
enum err input_open(const char *path, struct input *out_input) MUST_CHECK;
void input_close(struct input *input);
OWN_DEFINE_HELD(input, input_close)

/* All of it; ERR_FILE_READ when it is larger, or does not stay as large as it was. */
enum err input_read(const struct input *input, size_t size_max, struct bytes *out_bytes) MUST_CHECK;
/* Called with what was done; false ends it with ERR_CANCELLED. May be NULL. */
typedef bool input_progress(uint64_t done, void *context);
enum err input_hash(const struct input *input, enum sign_hash kind, input_progress *progress,
		    void *context, struct bytes *out_digest) MUST_CHECK;
