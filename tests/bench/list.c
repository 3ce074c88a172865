/* list.c - the whole list at the client library, beside reading as many rows, of the size of a
 * sealed certificate, from plain SQLite.
 */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "vault/client/client.h"

enum { ROUNDS = 21, ROW_SIZE = 1536 };

static void must_sqlite(int is_right, sqlite3 *database)
{
	bench_must(is_right ? ERR_OK : err_note(ERR_INTERNAL, "%s", sqlite3_errmsg(database)),
		   "SQLite");
}

static sqlite3 *given_plain_rows(const char *path, unsigned count)
{
	sqlite3 *database = NULL;
	char statement[256];

	(void)remove(path);
	must_sqlite(sqlite3_open(path, &database) == SQLITE_OK, database);
	(void)snprintf(statement, sizeof statement,
		       "CREATE TABLE row (id INTEGER PRIMARY KEY, sealed BLOB);"
		       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%u)"
		       "INSERT INTO row SELECT i, randomblob(%d) FROM n;",
		       count, (int)ROW_SIZE);
	must_sqlite(sqlite3_exec(database, statement, NULL, NULL, NULL) == SQLITE_OK, database);
	return database;
}

static double plain_list(sqlite3 *database, unsigned count)
{
	sqlite3_stmt *statement = NULL;
	unsigned seen = 0;
	size_t bytes = 0;
	double start = bench_seconds();

	must_sqlite(sqlite3_prepare_v2(database, "SELECT id, sealed FROM row ORDER BY id", -1,
				       &statement, NULL) == SQLITE_OK,
		    database);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		const uint8_t *blob = sqlite3_column_blob(statement, 1);
		bytes += (size_t)sqlite3_column_bytes(statement, 1) + blob[0];
		seen++;
	}
	(void)sqlite3_finalize(statement);
	double seconds = bench_seconds() - start;
	must_sqlite(seen == count && bytes > 0, database);
	return seconds * 1e3;
}

static enum err count_entry(const struct entry *entry, void *context)
{
	unsigned *seen = context;

	*seen += entry->label[0] != '\0';
	return ERR_OK;
}

static double vault_list(struct client *client, unsigned count)
{
	unsigned seen = 0;
	double start = bench_seconds();

	bench_must(client_list(client, NULL, count_entry, &seen), "list");
	double seconds = bench_seconds() - start;
	bench_must(seen == count ? ERR_OK : ERR_INTERNAL, "the number of certificates listed");
	return seconds * 1e3;
}

void bench_list(const char *folder, unsigned count, const char *work)
{
	char name[64];
	const struct row_text text = {name, "Kinko, at the client library", "plain SQLite"};
	AUTO(client) client = NULL;
	AUTO_TEXT path = NULL;
	AUTO_TEXT database = NULL;
	struct bench_daemon daemon;
	double ours[ROUNDS];
	double beside[ROUNDS];

	bench_daemon_start(folder, &daemon);
	if (asprintf(&path, "%s/vault.sock", folder) < 0 || setenv("KINKO_SOCKET", path, 1) != 0 ||
	    asprintf(&database, "%s/plain.db", work) < 0)
		bench_must(ERR_MEMORY, "memory");
	sqlite3 *plain = given_plain_rows(database, count);
	bench_must(client_open("kinko-bench", &client), "connect");
	for (unsigned i = 0; i < ROUNDS; i++) {
		ours[i] = vault_list(client, count);
		beside[i] = plain_list(plain, count);
	}
	(void)snprintf(name, sizeof name, "list of %u", count);
	bench_print(&text, bench_median(ours, ROUNDS), bench_median(beside, ROUNDS), "ms", 3);
	(void)sqlite3_close(plain);
	bench_daemon_stop(&daemon);
}
