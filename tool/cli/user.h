/* user.h - another user, named by --user for administrators.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "tool/cli/options.h"
#include "vault/base/err.h"

/* A name, or a number. *out_is_given is false without the option. ERR_NOT_FOUND. */
enum err user_of_option(const struct options *options, uid_t *out_uid,
			bool *out_is_given) MUST_CHECK;
/* The name, or the number of one who has none here. Owned by the caller. */
enum err user_name_of(uid_t uid, char **out_name) MUST_CHECK;
