/* database.h - one SQLite connection, set up the only way the vault uses it.
 *
 * Looking does not touch: a connection DATABASE_TO_CHECK writes no byte, makes no file and
 * leaves an unfinished log as it is, so that a vault that is refused stays untouched.
 */
#pragma once

#include <sqlite3.h>

#include "vault/base/err.h"

enum database_access { DATABASE_TO_CHECK, DATABASE_TO_WRITE };

/* An empty database of our schema. Appears whole or not at all. ERR_DISK when there is one. */
enum err database_make(int folder) MUST_CHECK;
/* Opens and compares the schema, both as the file and as SQLite sees it. */
enum err database_open(int folder, enum database_access access, sqlite3 **out_database) MUST_CHECK;
/* Every page and record well-formed. Takes time in proportion to the database. */
enum err database_check_pages(sqlite3 *database) MUST_CHECK;
/* Our error for SQLite's, with its text as note. */
enum err database_failed(sqlite3 *database, const char *what);
enum err database_run(sqlite3 *database, const char *sql) MUST_CHECK;

void database_close(sqlite3 *database); /* accepts NULL; writes nothing */
