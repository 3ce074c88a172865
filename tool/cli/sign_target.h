/* sign_target.h - where a signed file goes: beside the file, into it, or where -o says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/cli/options.h"
#include "tool/sign/input.h"
#include "vault/base/bytes.h"
#include "vault/base/err.h"

struct sign_target {
	char *path; /* NULL: standard output */
	bool may_replace;
	bool keeps_owner;
};

/* ERR_OUTPUT_EXISTS already here, before anybody is asked for a PIN. */
enum err sign_target_of(const struct options *options, const char *file, bool is_cms,
			struct sign_target *out_target) MUST_CHECK;
/* With the permissions of the file that was signed. */
enum err sign_target_write(const struct sign_target *target, const struct input *input,
			   const struct bytes *pieces, size_t piece_count) MUST_CHECK;
void sign_target_clear(struct sign_target *target);
OWN_DEFINE_HELD(sign_target, sign_target_clear)
