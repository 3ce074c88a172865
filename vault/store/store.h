/* store.h - sealed rows in SQLite. Sees neither key nor PIN, and cannot tell what a row says.
 *
 * A row is known by its kind and record id, together the primary key. All changes of one call
 * of store_change are one transaction, on disk (WAL, synchronous=FULL) before it returns.
 * One store object is used by one thread at a time; the keeper sees to that.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

/* A certificate is a meta, a PIN and a key row; each owner has a row of its own; one manifest. */
enum row_kind {
	ROW_MANIFEST = 0,
	ROW_META = 1,
	ROW_PIN = 2,
	ROW_KEY = 3,
	ROW_OWNER = 4,
	ROW_KIND_COUNT
};
enum { ROW_SIZE_MAX = 2 * 1024 * 1024 };

struct row_id {
	enum row_kind kind;
	struct record_id record; /* all zero for the manifest */
};

/* One step of a change: puts the row, or (sealed == NULL) deletes it. */
struct row_change {
	struct row_id id;
	const struct bytes *sealed;
};

enum store_presence { STORE_ABSENT, STORE_PRESENT };

struct store;

/* Whether FOLDER holds a database file (even an empty or damaged one). */
enum store_presence store_presence(int folder);
/* Makes an empty database; refuses when there is one. FOLDER is borrowed and must outlive it. */
enum err store_create(int folder, struct store **out_store) MUST_CHECK;
/* Opens after checks: regular file, ours, schema exactly as made, quick_check. A database that
 * fails them is ERR_VAULT_DAMAGED. Until the first store_change nothing is written, whatever is
 * found: not the database, not its log, and no file appears. */
enum err store_open(int folder, struct store **out_store) MUST_CHECK;

/* ERR_VAULT_DAMAGED when it is not there: the keeper asks only for rows it knows. */
enum err store_read(struct store *store, const struct row_id *id,
		    struct bytes *out_sealed) MUST_CHECK;
/* Every row once, in no order. The visitor's first failure ends it. */
typedef enum err store_visitor(const struct row_id *id, const struct bytes *sealed, void *context);
enum err store_each(struct store *store, store_visitor *visit, void *context) MUST_CHECK;

/* All or nothing. ERR_DISK: nothing was changed. */
enum err store_change(struct store *store, const struct row_change *changes,
		      size_t count) MUST_CHECK;
/* Copies the log into the database and empties it, so that deleted rows leave both. Writes. */
enum err store_checkpoint(struct store *store) MUST_CHECK;

void store_free(struct store *store); /* writes nothing; accepts NULL */
OWN_DEFINE(store, store_free)
