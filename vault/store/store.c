/* store.c - see store.h */
#include "vault/store/store.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/store/database.h"
#include "vault/store/database_file.h"

enum statement { STATEMENT_READ, STATEMENT_PUT, STATEMENT_DROP, STATEMENT_COUNT };

static const char *const statement_sql[STATEMENT_COUNT] = {
	[STATEMENT_READ] = "SELECT sealed FROM rows WHERE kind=?1 AND record=?2",
	[STATEMENT_PUT] = "INSERT INTO rows (kind, record, sealed) VALUES (?1, ?2, ?3) "
			  "ON CONFLICT (kind, record) DO UPDATE SET sealed=excluded.sealed",
	[STATEMENT_DROP] = "DELETE FROM rows WHERE kind=?1 AND record=?2",
};

/* The connection begins as one that only looks; the first change replaces it. */
struct store {
	int folder;
	bool may_write;
	sqlite3 *database; /* NULL: was lost while it was replaced; made anew when needed */
	sqlite3_stmt *statements[STATEMENT_COUNT];
};

static void disconnect(struct store *store)
{
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		(void)sqlite3_finalize(store->statements[i]);
		store->statements[i] = NULL;
	}
	database_close(store->database);
	store->database = NULL;
	store->may_write = false;
}

static enum err prepare(struct store *store)
{
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		if (sqlite3_prepare_v3(store->database, statement_sql[i], -1,
				       SQLITE_PREPARE_PERSISTENT, &store->statements[i],
				       NULL) != SQLITE_OK)
			return database_failed(store->database, "prepare");
	return ERR_OK;
}

/* One connection at a time: two of one process on one file would share its locks. */
static enum err need(struct store *store, enum database_access access)
{
	if (store->database != NULL && (store->may_write || access == DATABASE_TO_CHECK))
		return ERR_OK;
	disconnect(store);
	TRY(database_open(store->folder, access, &store->database));
	store->may_write = access == DATABASE_TO_WRITE;
	return prepare(store);
}

enum store_presence store_presence(int folder)
{
	/* A log alone counts: SQLite would replay it into a database made beside it. */
	return file_exists(folder, DATABASE_NAME) || file_exists(folder, DATABASE_NAME_LOG) ||
			       file_exists(folder, DATABASE_NAME_JOURNAL)
		       ? STORE_PRESENT
		       : STORE_ABSENT;
}

enum err store_create(int folder, struct store **out_store)
{
	if (store_presence(folder) == STORE_PRESENT)
		return err_note(ERR_DISK, "there is a database already");
	TRY(database_make(folder));
	return store_open(folder, out_store);
}

enum err store_open(int folder, struct store **out_store)
{
	AUTO(store) store = calloc(1, sizeof *store);

	if (store == NULL)
		return ERR_MEMORY;
	store->folder = folder;
	TRY(need(store, DATABASE_TO_CHECK));
	TRY(database_check_pages(store->database));
	*out_store = TAKE(store);
	return ERR_OK;
}

void store_free(struct store *store)
{
	if (store == NULL)
		return;
	disconnect(store);
	free(store);
}

static enum err bind_id(struct store *store, sqlite3_stmt *statement, const struct row_id *id)
{
	if (sqlite3_bind_int(statement, 1, (int)id->kind) != SQLITE_OK ||
	    sqlite3_bind_blob(statement, 2, id->record.bytes, RECORD_ID_SIZE, SQLITE_STATIC) !=
		    SQLITE_OK)
		return database_failed(store->database, "bind");
	return ERR_OK;
}

/* Gives the statement back for its next use, whatever happened. */
static enum err put_down(sqlite3_stmt *statement, enum err err)
{
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return err;
}

static enum err column_bytes(sqlite3_stmt *statement, int column, struct bytes *out_bytes)
{
	return bytes_copy(sqlite3_column_blob(statement, column),
			  (size_t)sqlite3_column_bytes(statement, column), out_bytes);
}

static enum err read_bound(struct store *store, sqlite3_stmt *statement, struct bytes *out_sealed)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return column_bytes(statement, 0, out_sealed);
	case SQLITE_DONE:
		return err_note(ERR_VAULT_DAMAGED, "a row of the database is gone");
	default:
		return database_failed(store->database, "read");
	}
}

enum err store_read(struct store *store, const struct row_id *id, struct bytes *out_sealed)
{
	sqlite3_stmt *statement;
	enum err err;

	TRY(need(store, DATABASE_TO_CHECK));
	statement = store->statements[STATEMENT_READ];
	err = bind_id(store, statement, id);
	if (err == ERR_OK)
		err = read_bound(store, statement, out_sealed);
	return put_down(statement, err);
}

/* A row that cannot be ours ends the walk. The bytes are SQLite's until the next step. */
static enum err visit_row(sqlite3_stmt *statement, store_visitor *visit, void *context)
{
	sqlite3_int64 kind = sqlite3_column_int64(statement, 0);
	struct row_id id = {0};
	AUTO_HELD(bytes) sealed = {NULL, 0};

	if (kind < 0 || kind >= ROW_KIND_COUNT ||
	    sqlite3_column_bytes(statement, 1) != RECORD_ID_SIZE)
		return err_note(ERR_VAULT_DAMAGED, "the database holds a row of no known kind");
	id.kind = (enum row_kind)kind;
	memcpy(id.record.bytes, sqlite3_column_blob(statement, 1), RECORD_ID_SIZE);
	TRY(column_bytes(statement, 2, &sealed));
	return visit(&id, &sealed, context);
}

enum err store_each(struct store *store, store_visitor *visit, void *context)
{
	/* In the order of the file: one pass over it, each page once. */
	static const char sql[] = "SELECT kind, record, sealed FROM rows NOT INDEXED";
	sqlite3_stmt *statement = NULL;
	enum err err = ERR_OK;
	int step;

	TRY(need(store, DATABASE_TO_CHECK));
	if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK)
		return database_failed(store->database, "walk");
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && err == ERR_OK)
		err = visit_row(statement, visit, context);
	if (err == ERR_OK && step != SQLITE_DONE)
		err = database_failed(store->database, "walk");
	(void)sqlite3_finalize(statement);
	return err;
}

static enum err step_change(struct store *store, sqlite3_stmt *statement)
{
	if (sqlite3_step(statement) != SQLITE_DONE)
		return database_failed(store->database, "write");
	if (sqlite3_changes(store->database) != 1)
		return err_note(ERR_VAULT_DAMAGED, "a row of the database is gone");
	return ERR_OK;
}

static enum err apply(struct store *store, const struct row_change *change)
{
	bool puts = change->sealed != NULL;
	sqlite3_stmt *statement = store->statements[puts ? STATEMENT_PUT : STATEMENT_DROP];
	enum err err = bind_id(store, statement, &change->id);

	if (err == ERR_OK && puts &&
	    sqlite3_bind_blob64(statement, 3, change->sealed->data, change->sealed->size,
				SQLITE_STATIC) != SQLITE_OK)
		err = database_failed(store->database, "bind");
	if (err == ERR_OK)
		err = step_change(store, statement);
	return put_down(statement, err);
}

static enum err apply_all(struct store *store, const struct row_change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		TRY(apply(store, &changes[i]));
	return database_run(store->database, "COMMIT");
}

/* After a failed sync SQLite forgets the frames it wrote, and the next change overwrites and
 * syncs them anew: nothing that failed is ever acknowledged by a later success. */
enum err store_change(struct store *store, const struct row_change *changes, size_t count)
{
	enum err err;

	TRY(need(store, DATABASE_TO_WRITE));
	TRY(database_run(store->database, "BEGIN IMMEDIATE"));
	err = apply_all(store, changes, count);
	if (err != ERR_OK && sqlite3_get_autocommit(store->database) == 0 &&
	    sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		disconnect(store); /* a transaction that will not end goes with its connection */
	return err;
}

enum err store_checkpoint(struct store *store)
{
	if (store->database == NULL || (!store->may_write && !database_file_has_log(store->folder)))
		return ERR_OK;
	TRY(need(store, DATABASE_TO_WRITE));
	if (sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
				      NULL) != SQLITE_OK)
		return database_failed(store->database, "checkpoint");
	return ERR_OK;
}
