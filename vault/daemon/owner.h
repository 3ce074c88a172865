/* owner.h - as whom the daemon works: the system user, or for a private vault who started it.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "vault/base/err.h"

struct owner {
	uid_t uid;
	gid_t gid;
	bool must_drop; /* this process is root and becomes the system user */
};

/* ERR_NO_USER: there is no system user. ERR_NEED_ROOT: this is neither root nor that user. */
enum err owner_of_system(struct owner *out_owner) MUST_CHECK;
struct owner owner_of_private(void);

/* Acts on files as the owner between the two, so that root never follows what the owner laid
 * out. Nothing to do when this process is the owner. One thread only. */
enum err owner_begin(const struct owner *owner) MUST_CHECK;
enum err owner_end(const struct owner *owner) MUST_CHECK;
