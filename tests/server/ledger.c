/* ledger.c - see ledger.h */
#include "tests/server/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

enum { UNKNOWN_IDS_MAX = 10000, TRIES_BETWEEN_CHECKS = 100 };

struct ledger {
	sqlite3 *database;
	unsigned tries_until_check; /* of how many unknown IDs there are: not at each try */
};

static const char schema[] =
	"PRAGMA journal_mode = WAL;"
	"PRAGMA synchronous = FULL;"
	"PRAGMA secure_delete = ON;"
	"CREATE TABLE IF NOT EXISTS identity (key_pem BLOB NOT NULL, certificate_pem BLOB NOT NULL,"
	" ca_pem BLOB NOT NULL);"
	"CREATE TABLE IF NOT EXISTS letters (id TEXT PRIMARY KEY, salt BLOB NOT NULL,"
	" pin_hash BLOB NOT NULL, digest BLOB NOT NULL, ticket TEXT NOT NULL UNIQUE,"
	" issued_at INTEGER NOT NULL, delete_at INTEGER NOT NULL DEFAULT 0,"
	" ending INTEGER NOT NULL DEFAULT 0, original BLOB);"
	"CREATE TABLE IF NOT EXISTS tries (id TEXT PRIMARY KEY, count INTEGER NOT NULL,"
	" last_at INTEGER NOT NULL);";

static void statement_end(struct sqlite3_stmt *statement)
{
	(void)sqlite3_finalize(statement);
}
OWN_DEFINE(sqlite3_stmt, statement_end)

static enum err failed(struct ledger *ledger, const char *what)
{
	return err_note(ERR_DISK, "ledger, %s: %s", what, sqlite3_errmsg(ledger->database));
}

static enum err run(struct ledger *ledger, const char *sql)
{
	return sqlite3_exec(ledger->database, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? ERR_OK
		       : failed(ledger, sql);
}

static enum err prepare(struct ledger *ledger, const char *sql, sqlite3_stmt **out_statement)
{
	return sqlite3_prepare_v2(ledger->database, sql, -1, out_statement, NULL) == SQLITE_OK
		       ? ERR_OK
		       : failed(ledger, sql);
}

/* A statement that gives no row. */
static enum err finish(struct ledger *ledger, sqlite3_stmt *statement)
{
	return sqlite3_step(statement) == SQLITE_DONE ? ERR_OK
						      : failed(ledger, sqlite3_sql(statement));
}

/* A statement that gives one row, or ERR_NOT_FOUND. */
static enum err one_row(struct ledger *ledger, sqlite3_stmt *statement)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return ERR_OK;
	case SQLITE_DONE:
		return ERR_NOT_FOUND;
	default:
		return failed(ledger, sqlite3_sql(statement));
	}
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
	(void)sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

static void bind_blob(sqlite3_stmt *statement, int place, const void *bytes, size_t size)
{
	(void)sqlite3_bind_blob(statement, place, bytes, (int)size, SQLITE_STATIC);
}

enum err ledger_open(const char *path, struct ledger **out_ledger)
{
	AUTO(ledger) ledger = calloc(1, sizeof *ledger);

	if (ledger == NULL)
		return ERR_MEMORY;
	if (sqlite3_open_v2(path, &ledger->database,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW |
				    SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return failed(ledger, path);
	TRY(run(ledger, schema));
	*out_ledger = TAKE(ledger);
	return ERR_OK;
}

void ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	(void)sqlite3_close(ledger->database);
	free(ledger);
}

void ledger_identity_clear(struct ledger_identity *identity)
{
	bytes_clear(&identity->key_pem);
	bytes_clear(&identity->certificate_pem);
	bytes_clear(&identity->ca_pem);
}

static enum err column_bytes(sqlite3_stmt *statement, int column, struct bytes *out_bytes)
{
	const void *data = sqlite3_column_blob(statement, column);

	return bytes_copy(data, (size_t)sqlite3_column_bytes(statement, column), out_bytes);
}

enum err ledger_load_identity(struct ledger *ledger, struct ledger_identity *out_identity)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(prepare(ledger, "SELECT key_pem, certificate_pem, ca_pem FROM identity", &statement));
	TRY(one_row(ledger, statement));
	TRY(column_bytes(statement, 0, &out_identity->key_pem));
	TRY(column_bytes(statement, 1, &out_identity->certificate_pem));
	return column_bytes(statement, 2, &out_identity->ca_pem);
}

enum err ledger_begin(struct ledger *ledger)
{
	return run(ledger, "BEGIN IMMEDIATE");
}

enum err ledger_commit(struct ledger *ledger)
{
	return run(ledger, "COMMIT");
}

void ledger_roll_back(struct ledger *ledger)
{
	/* Nothing to roll back is fine: closing the file does the same. */
	(void)sqlite3_exec(ledger->database, "ROLLBACK", NULL, NULL, NULL);
}

enum err ledger_add_identity(struct ledger *ledger, const struct ledger_identity *identity)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(prepare(ledger, "INSERT INTO identity VALUES (?, ?, ?)", &statement));
	bind_blob(statement, 1, identity->key_pem.data, identity->key_pem.size);
	bind_blob(statement, 2, identity->certificate_pem.data, identity->certificate_pem.size);
	bind_blob(statement, 3, identity->ca_pem.data, identity->ca_pem.size);
	return finish(ledger, statement);
}

enum err ledger_add_letter(struct ledger *ledger, const struct letter *letter,
			   const struct bytes *original)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(prepare(ledger,
		    "INSERT INTO letters (id, salt, pin_hash, digest, ticket, issued_at, original)"
		    " VALUES (?, ?, ?, ?, ?, ?, ?)",
		    &statement));
	bind_text(statement, 1, letter->id);
	bind_blob(statement, 2, letter->salt, sizeof letter->salt);
	bind_blob(statement, 3, letter->pin_hash, sizeof letter->pin_hash);
	bind_blob(statement, 4, letter->digest.bytes, sizeof letter->digest.bytes);
	bind_text(statement, 5, letter->ticket);
	(void)sqlite3_bind_int64(statement, 6, letter->issued_at);
	bind_blob(statement, 7, original->data, original->size);
	return finish(ledger, statement);
}

/* A column of exactly this size, or the file is damaged. */
static enum err column_fixed(struct ledger *ledger, sqlite3_stmt *statement, int column,
			     void *out_bytes, size_t size)
{
	const void *data = sqlite3_column_blob(statement, column);

	if (data == NULL || (size_t)sqlite3_column_bytes(statement, column) != size)
		return failed(ledger, "a column has the wrong size");
	memcpy(out_bytes, data, size);
	return ERR_OK;
}

static enum err column_letter(struct ledger *ledger, sqlite3_stmt *statement,
			      struct letter *out_letter)
{
	struct letter letter = {
		.issued_at = sqlite3_column_int64(statement, 5),
		.delete_at = sqlite3_column_int64(statement, 6),
		.ending = (enum ending)sqlite3_column_int(statement, 7),
	};

	(void)snprintf(letter.id, sizeof letter.id, "%s",
		       (const char *)sqlite3_column_text(statement, 0));
	(void)snprintf(letter.ticket, sizeof letter.ticket, "%s",
		       (const char *)sqlite3_column_text(statement, 4));
	TRY(column_fixed(ledger, statement, 1, letter.salt, sizeof letter.salt));
	TRY(column_fixed(ledger, statement, 2, letter.pin_hash, sizeof letter.pin_hash));
	TRY(column_fixed(ledger, statement, 3, letter.digest.bytes, sizeof letter.digest.bytes));
	*out_letter = letter;
	return ERR_OK;
}

static enum err find_by(struct ledger *ledger, const char *sql, const char *value,
			struct letter *out_letter)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(prepare(ledger, sql, &statement));
	bind_text(statement, 1, value);
	TRY(one_row(ledger, statement));
	return column_letter(ledger, statement, out_letter);
}

#define LETTER_COLUMNS "id, salt, pin_hash, digest, ticket, issued_at, delete_at, ending"

enum err ledger_find(struct ledger *ledger, const char *id, struct letter *out_letter)
{
	return find_by(ledger, "SELECT " LETTER_COLUMNS " FROM letters WHERE id = ?", id,
		       out_letter);
}

enum err ledger_find_ticket(struct ledger *ledger, const char *ticket, struct letter *out_letter)
{
	return find_by(ledger, "SELECT " LETTER_COLUMNS " FROM letters WHERE ticket = ?", ticket,
		       out_letter);
}

enum err ledger_load_original(struct ledger *ledger, const char *id, struct bytes *out_original)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(prepare(ledger, "SELECT original FROM letters WHERE id = ? AND original IS NOT NULL",
		    &statement));
	bind_text(statement, 1, id);
	TRY(one_row(ledger, statement));
	return column_bytes(statement, 0, out_original);
}

/* Letters' own counts always stay; of other IDs only the latest, so that no stranger can fill
 * the disk. */
static enum err forget_oldest_unknown(struct ledger *ledger)
{
	AUTO(sqlite3_stmt) statement = NULL;

	if (ledger->tries_until_check > 0) {
		ledger->tries_until_check--;
		return ERR_OK;
	}
	ledger->tries_until_check = TRIES_BETWEEN_CHECKS;
	TRY(prepare(ledger,
		    "DELETE FROM tries WHERE id NOT IN (SELECT id FROM letters) AND"
		    " (SELECT count(*) FROM tries) > ?1 AND id IN"
		    " (SELECT id FROM tries WHERE id NOT IN (SELECT id FROM letters)"
		    " ORDER BY last_at LIMIT ?1 / 10)",
		    &statement));
	(void)sqlite3_bind_int(statement, 1, UNKNOWN_IDS_MAX);
	return finish(ledger, statement);
}

enum err ledger_count_try(struct ledger *ledger, const char *id, int64_t now, unsigned *out_tries)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(forget_oldest_unknown(ledger));
	TRY(prepare(ledger,
		    "INSERT INTO tries VALUES (?, 1, ?) ON CONFLICT (id)"
		    " DO UPDATE SET count = count + 1, last_at = excluded.last_at",
		    &statement));
	bind_text(statement, 1, id);
	(void)sqlite3_bind_int64(statement, 2, now);
	TRY(finish(ledger, statement));
	return ledger_tries(ledger, id, out_tries);
}

enum err ledger_tries(struct ledger *ledger, const char *id, unsigned *out_tries)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(prepare(ledger, "SELECT total(count) FROM tries WHERE id = ?", &statement));
	bind_text(statement, 1, id);
	TRY(one_row(ledger, statement));
	*out_tries = (unsigned)sqlite3_column_int(statement, 0);
	return ERR_OK;
}

enum err ledger_forget_tries(struct ledger *ledger, const char *id)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(prepare(ledger, "DELETE FROM tries WHERE id = ?", &statement));
	bind_text(statement, 1, id);
	return finish(ledger, statement);
}

enum err ledger_set_delete_at(struct ledger *ledger, const char *id, int64_t delete_at)
{
	AUTO(sqlite3_stmt) statement = NULL;

	TRY(prepare(ledger, "UPDATE letters SET delete_at = ? WHERE id = ? AND delete_at = 0",
		    &statement));
	(void)sqlite3_bind_int64(statement, 1, delete_at);
	bind_text(statement, 2, id);
	return finish(ledger, statement);
}

static enum err end_letters(struct ledger *ledger, const char *condition, enum ending ending,
			    int64_t now, int64_t window_seconds, int *ended_count)
{
	char sql[256];
	AUTO(sqlite3_stmt) statement = NULL;

	(void)snprintf(sql, sizeof sql,
		       "UPDATE letters SET original = NULL, ending = ?1"
		       " WHERE ending = 0 AND %s AND ?3 >= 0",
		       condition);
	TRY(prepare(ledger, sql, &statement));
	(void)sqlite3_bind_int(statement, 1, (int)ending);
	(void)sqlite3_bind_int64(statement, 2, now);
	(void)sqlite3_bind_int64(statement, 3, window_seconds);
	TRY(finish(ledger, statement));
	*ended_count += sqlite3_changes(ledger->database);
	return ERR_OK;
}

enum err ledger_sweep(struct ledger *ledger, int64_t now, int64_t window_seconds)
{
	int ended_count = 0;

	TRY(end_letters(ledger, "delete_at > 0 AND delete_at <= ?2", ENDING_DELETED_AFTER_SAVE, now,
			window_seconds, &ended_count));
	TRY(end_letters(ledger, "delete_at = 0 AND issued_at + ?3 <= ?2", ENDING_WINDOW_EXPIRED,
			now, window_seconds, &ended_count));
	if (ended_count == 0)
		return ERR_OK;
	/* secure_delete overwrites in the pages; the checkpoint carries that from the log into
	 * the file and empties the log, which still holds the old pages. */
	return run(ledger, "PRAGMA wal_checkpoint(TRUNCATE)");
}
