/* database.c - see database.h; the settings follow sqlite.org/security.html and wal.html. */
#include "vault/store/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/base/own.h"
#include "vault/store/database_file.h"
#include "vault/store/store.h"

/* The whole schema. A table with rowid: sealed rows are large, and an update of the same size
 * then rewrites one page and no index. */
#define SCHEMA_TABLE                                                       \
	"CREATE TABLE rows (kind INTEGER NOT NULL, record BLOB NOT NULL, " \
	"sealed BLOB NOT NULL, PRIMARY KEY (kind, record)) STRICT"

enum { APPLICATION_ID = 0x4B6E6B6F /* "Knko" */, SCHEMA_VERSION = 1 };

enum err database_failed(sqlite3 *database, const char *what)
{
	int code = sqlite3_extended_errcode(database);
	enum err err = ERR_DISK;

	switch (code & 0xFF) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_TOOBIG:
		err = ERR_VAULT_DAMAGED;
		break;
	case SQLITE_NOMEM:
		err = ERR_MEMORY;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err = ERR_ALREADY_RUNNING;
		break;
	default:
		break;
	}
	return err_note(err, "sqlite: %s: %s (%d)", what, sqlite3_errmsg(database), code);
}

enum err database_run(sqlite3 *database, const char *sql)
{
	return sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK
		       ? database_failed(database, sql)
		       : ERR_OK;
}

void database_close(sqlite3 *database)
{
	(void)sqlite3_close(database);
}

/* No schema object can run code, nobody can edit the schema, and closing writes nothing: the
 * log is emptied only when the keeper says so. */
static enum err restrict_connection(sqlite3 *database)
{
	static const struct {
		int option;
		int value;
	} options[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},   {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, {SQLITE_DBCONFIG_DQS_DDL, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
	};

	for (size_t i = 0; i < COUNT_OF(options); i++)
		if (sqlite3_db_config(database, options[i].option, options[i].value, NULL) !=
		    SQLITE_OK)
			return database_failed(database, "a protection is not available");
	(void)sqlite3_limit(database, SQLITE_LIMIT_LENGTH, ROW_SIZE_MAX + 4096);
	(void)sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
	/* Exclusive locking before the first access keeps the log's index in our own memory:
	 * no shared-memory file, and a second program is kept out. */
	return database_run(database, "PRAGMA locking_mode=EXCLUSIVE;"
				      "PRAGMA synchronous=FULL;"
				      "PRAGMA secure_delete=ON;"
				      "PRAGMA cell_size_check=ON;"
				      "PRAGMA temp_store=MEMORY;"
				      "PRAGMA mmap_size=0;"
				      "PRAGMA cache_size=-512;");
}

/* Characters that mean something in a URI are written as their numbers. */
static char *put_escaped(char *next, char character)
{
	static const char digits[] = "0123456789ABCDEF";

	if (strchr("%?#", character) == NULL) {
		*next++ = character;
		return next;
	}
	*next++ = '%';
	*next++ = digits[(unsigned char)character >> 4];
	*next++ = digits[(unsigned char)character & 0x0F];
	return next;
}

/* file:PATH?immutable=1 */
static enum err uri_of(const char *path, char **out_uri)
{
	static const char begin[] = "file:", end[] = "?immutable=1";
	char *uri = malloc(sizeof begin + 3 * strlen(path) + sizeof end);
	char *next = uri;

	if (uri == NULL)
		return ERR_MEMORY;
	memcpy(next, begin, sizeof begin - 1);
	next += sizeof begin - 1;
	for (; *path != '\0'; path++)
		next = put_escaped(next, *path);
	memcpy(next, end, sizeof end);
	*out_uri = uri;
	return ERR_OK;
}

static enum err connect_to(const char *name, int flags, sqlite3 **out_database)
{
	sqlite3 *database = NULL;
	enum err err = ERR_OK;

	flags |= SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	if (sqlite3_open_v2(name, &database, flags, NULL) != SQLITE_OK)
		err = database == NULL ? ERR_MEMORY : database_failed(database, "open");
	if (err == ERR_OK)
		err = restrict_connection(database);
	if (err != ERR_OK)
		database_close(database);
	else
		*out_database = database;
	return err;
}

enum err database_make(int folder)
{
	AUTO_TEXT path = NULL;
	sqlite3 *database = NULL;
	char sql[512];
	enum err err;

	if (file_exists(folder, DATABASE_NAME))
		return err_note(ERR_DISK, "there is a database already");
	TRY(database_file_begin(folder));
	TRY(database_file_path(folder, DATABASE_NAME_NEW, &path));
	TRY(connect_to(path, SQLITE_OPEN_READWRITE, &database));
	(void)snprintf(sql, sizeof sql,
		       "PRAGMA journal_mode=WAL; PRAGMA application_id=%d; PRAGMA user_version=%d;"
		       "%s; PRAGMA wal_checkpoint(TRUNCATE);",
		       APPLICATION_ID, SCHEMA_VERSION, SCHEMA_TABLE);
	err = database_run(database, sql);
	/* Here the log may go with the connection: nothing of it is left in the new file. */
	if (err == ERR_OK)
		(void)sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	if (sqlite3_close(database) != SQLITE_OK && err == ERR_OK)
		err = err_note(ERR_DISK, "the new database could not be closed");
	TRY(err);
	return database_file_finish(folder);
}

/* The one number that a PRAGMA answers. */
static enum err ask_number(sqlite3 *database, const char *sql, sqlite3_int64 *out_number)
{
	sqlite3_stmt *statement = NULL;
	enum err err = ERR_OK;

	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		err = database_failed(database, sql);
	else
		*out_number = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return err;
}

static enum err ask_is(sqlite3 *database, const char *sql, sqlite3_int64 expected)
{
	sqlite3_int64 number = 0;

	TRY(ask_number(database, sql, &number));
	return number == expected
		       ? ERR_OK
		       : err_note(ERR_VAULT_DAMAGED, "the database is not ours: %s", sql);
}

/* Nothing in the schema but our table, letter by letter, and the index its key makes. */
static enum err check_schema(sqlite3 *database)
{
	TRY(ask_is(database, "PRAGMA application_id", APPLICATION_ID));
	TRY(ask_is(database, "PRAGMA user_version", SCHEMA_VERSION));
	TRY(ask_is(database, "SELECT count(*) FROM sqlite_schema", 2));
	TRY(ask_is(database,
		   "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='rows' AND "
		   "tbl_name='rows' AND sql='" SCHEMA_TABLE "'",
		   1));
	return ask_is(database,
		      "SELECT count(*) FROM sqlite_schema WHERE type='index' AND "
		      "name='sqlite_autoindex_rows_1' AND tbl_name='rows' AND sql IS NULL",
		      1);
}

static enum err check_mode(sqlite3 *database)
{
	sqlite3_stmt *statement = NULL;
	enum err err = ERR_OK;

	if (sqlite3_prepare_v2(database, "PRAGMA journal_mode", -1, &statement, NULL) !=
		    SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		err = database_failed(database, "journal mode");
	else if (strcmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0)
		err = err_note(ERR_VAULT_DAMAGED, "the database is not in WAL mode");
	(void)sqlite3_finalize(statement);
	return err;
}

/* With an empty log the file alone is the database, and "immutable" keeps SQLite from making a
 * log. A log that holds something must be read with it; that reads into memory only. */
static enum err connect_existing(int folder, enum database_access access, sqlite3 **out_database)
{
	AUTO_TEXT path = NULL;
	AUTO_TEXT uri = NULL;

	TRY(database_file_path(folder, DATABASE_NAME, &path));
	if (access == DATABASE_TO_WRITE || database_file_has_log(folder))
		return connect_to(path, SQLITE_OPEN_READWRITE, out_database);
	TRY(uri_of(path, &uri));
	return connect_to(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, out_database);
}

enum err database_open(int folder, enum database_access access, sqlite3 **out_database)
{
	sqlite3 *database = NULL;
	enum err err;

	TRY(database_file_check(folder));
	TRY(connect_existing(folder, access, &database));
	err = check_schema(database);
	if (err == ERR_OK && access == DATABASE_TO_WRITE)
		err = check_mode(database);
	if (err != ERR_OK)
		database_close(database);
	else
		*out_database = database;
	return err;
}

enum err database_check_pages(sqlite3 *database)
{
	sqlite3_stmt *statement = NULL;
	enum err err = ERR_OK;

	if (sqlite3_prepare_v2(database, "PRAGMA quick_check(1)", -1, &statement, NULL) !=
		    SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		err = database_failed(database, "quick_check");
	else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		err = err_note(ERR_VAULT_DAMAGED, "quick_check: %s",
			       (const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
	return err;
}
