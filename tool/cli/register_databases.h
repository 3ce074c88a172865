/* register_databases.h - the NSS databases of the programs that this person uses: where Firefox,
 * Thunderbird and Chromium keep the list of the PKCS#11 modules they load (pkcs11.txt).
 *
 * Only what is there is found; nothing is made. A database is touched only when it belongs to the
 * person who runs this, and while no program has it open.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct database {
	const char *program;   /* "Firefox"; "" when the person named the folder */
	char *folder;          /* holds cert9.db and pkcs11.txt */
	const char *sign_file; /* that its program holds while it runs; NULL: Chromium's, see .c */
	bool is_foreign;       /* belongs to another user */
};

struct databases {
	size_t count;
	struct database *items;
};

/* The person's home folder. ERR_HOME_FOREIGN when it belongs to somebody else (sudo). */
enum err databases_home(char **out_home) MUST_CHECK;

/* Below `home`: Chromium's two places, and the profiles of Firefox and Thunderbird. */
enum err databases_find(const char *home, struct databases **out_databases) MUST_CHECK;
/* The one in this folder. ERR_NOT_FOUND with the path. */
enum err databases_named(const char *folder, struct databases **out_databases) MUST_CHECK;
void databases_free(struct databases *databases);
OWN_DEFINE(databases, databases_free)

/* Whether a program has it open now. */
bool database_is_in_use(const struct database *database, const char *home);
