/* setup.h - the vault's places on disk: made where absent, never overwritten, and refused where
 * they belong to somebody else.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/place.h"
#include "vault/base/secret.h"
#include "vault/daemon/owner.h"

struct folders {
	int run;
	int state; /* locked: one daemon for one vault */
	int anchor;
	int config;
};

/* Opens all four, making those that are absent, and the default policy. ERR_VAULT_FOLDER. */
enum err setup_folders(const struct place *place, const struct owner *owner,
		       struct folders *out_folders) MUST_CHECK;
void folders_close(struct folders *folders);
OWN_DEFINE_HELD(folders, folders_close)

/* ERR_ALREADY_RUNNING. The lock lives as long as folders->state is open. */
enum err setup_lock(const struct folders *folders) MUST_CHECK;

/* Makes host.key where it is absent and no vault lies here yet. *out_made says whether. */
enum err setup_host_key(const struct folders *folders, const struct owner *owner,
			bool *out_made) MUST_CHECK;
/* NULL when there is none; of size 0, and so refused by the keeper, when it may not be trusted
 * because others could have read or written it. `credentials` NULL: from the folder. */
enum err setup_read_host_key(const struct folders *folders, const struct owner *owner,
			     const char *credentials, struct secret **out_key) MUST_CHECK;

/* Root's: replaces host.key as a whole, durably. */
enum err setup_replace_host_key(const struct folders *folders, const struct secret *key) MUST_CHECK;

/* First line of a file of the system's, without its line end; NULL when it cannot be read. */
char *setup_read_line(const char *folder, const char *name);
