/* database_file.h - the database as a file in the vault's folder, before SQLite touches it.
 *
 * SQLite takes paths and follows what it finds. So the file is looked at first: a regular file,
 * ours alone, of a possible size. Anything else is refused and not opened.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/err.h"

#define DATABASE_NAME         "vault.db"
#define DATABASE_NAME_NEW     "vault.db.new"
#define DATABASE_NAME_LOG     "vault.db-wal"
#define DATABASE_NAME_JOURNAL "vault.db-journal"

/* Absolute path of `name` in the open folder. Owned by the caller. */
enum err database_file_path(int folder, const char *name, char **out_path) MUST_CHECK;
/* ERR_VAULT_DAMAGED with a note: missing, not regular, linked twice, not ours, writable by
 * others, too large; or a rollback journal beside it, which we never leave. */
enum err database_file_check(int folder) MUST_CHECK;
/* Whether the log beside it holds anything. */
bool database_file_has_log(int folder);
/* Drops what an earlier attempt to make the database left, and makes an empty file. */
enum err database_file_begin(int folder) MUST_CHECK;
/* The finished new file becomes the database, durably. */
enum err database_file_finish(int folder) MUST_CHECK;
