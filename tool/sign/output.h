/* output.h - writes a result so that under its name there is the old file or the whole new one,
 * and never a part, whatever happens in between.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"

struct output {
	const char *path;
	bool may_replace; /* what is there; a symbolic link itself is replaced, never followed */
	mode_t mode;      /* permissions of the new file */
	bool has_owner;   /* it gets this owner and group, as far as this user may give it away */
	uid_t owner;
	gid_t group;
};

/* All pieces, one after the other. ERR_OUTPUT_EXISTS, ERR_OUTPUT: then nothing was changed. */
enum err output_write(const struct output *output, const struct bytes *pieces,
		      size_t piece_count) MUST_CHECK;
/* Whether something has this name, also a symbolic link that leads nowhere. */
bool output_exists(const char *path);
/* The same to an open descriptor. */
enum err output_write_fd(int fd, const struct bytes *pieces, size_t piece_count) MUST_CHECK;
