/* ledger.h - what the download server must remember: which originals wait for whom, how often a
 * wrong PIN was given, and what ends when. One SQLite file, durable before an answer is given.
 *
 * It keeps a PIN only as a salted hash, and an original only as the PKCS#12 that its PIN
 * protects. Time is an argument: nothing here reads a clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

enum {
	LEDGER_ID_MAX = 64,
	LEDGER_TICKET_SIZE = 43, /* 256 random bits as base64url */
	LEDGER_SALT_SIZE = 16,
	LEDGER_HASH_SIZE = 32,
};

struct ledger;

/* Makes the file when absent. */
enum err ledger_open(const char *path, struct ledger **out_ledger) MUST_CHECK;
void ledger_close(struct ledger *ledger);
OWN_DEFINE(ledger, ledger_close)

/* How a letter ends; the words are the codes of the API. */
enum ending { ENDING_NONE, ENDING_DELETED_AFTER_SAVE, ENDING_WINDOW_EXPIRED };

struct letter {
	char id[LEDGER_ID_MAX + 1];
	uint8_t salt[LEDGER_SALT_SIZE];
	uint8_t pin_hash[LEDGER_HASH_SIZE];
	struct digest digest; /* of the original */
	char ticket[LEDGER_TICKET_SIZE + 1];
	int64_t issued_at;
	int64_t delete_at; /* 0: not yet confirmed as saved */
	enum ending ending;
};

/* What the first start makes; all of it or nothing is written. */
struct ledger_identity {
	struct bytes key_pem; /* texts with NUL */
	struct bytes certificate_pem;
	struct bytes ca_pem;
};
void ledger_identity_clear(struct ledger_identity *identity);
OWN_DEFINE_HELD(ledger_identity, ledger_identity_clear)

/* ERR_NOT_FOUND before the first start was finished. */
enum err ledger_load_identity(struct ledger *ledger,
			      struct ledger_identity *out_identity) MUST_CHECK;

enum err ledger_begin(struct ledger *ledger) MUST_CHECK;
enum err ledger_commit(struct ledger *ledger) MUST_CHECK;
void ledger_roll_back(struct ledger *ledger);

enum err ledger_add_identity(struct ledger *ledger,
			     const struct ledger_identity *identity) MUST_CHECK;
enum err ledger_add_letter(struct ledger *ledger, const struct letter *letter,
			   const struct bytes *original) MUST_CHECK;

/* ERR_NOT_FOUND when there is none. */
enum err ledger_find(struct ledger *ledger, const char *id, struct letter *out_letter) MUST_CHECK;
enum err ledger_find_ticket(struct ledger *ledger, const char *ticket,
			    struct letter *out_letter) MUST_CHECK;
/* ERR_NOT_FOUND when its bytes were deleted. */
enum err ledger_load_original(struct ledger *ledger, const char *id,
			      struct bytes *out_original) MUST_CHECK;

/* Counts one try for the ID, known or not, and says how many there are since the last success.
 * The oldest of unknown IDs are forgotten when there are too many. */
enum err ledger_count_try(struct ledger *ledger, const char *id, int64_t now,
			  unsigned *out_tries) MUST_CHECK;
enum err ledger_tries(struct ledger *ledger, const char *id, unsigned *out_tries) MUST_CHECK;
enum err ledger_forget_tries(struct ledger *ledger, const char *id) MUST_CHECK;

/* Once set, the moment never moves. */
enum err ledger_set_delete_at(struct ledger *ledger, const char *id, int64_t delete_at) MUST_CHECK;

/* Deletes, for good, the originals whose time is over. */
enum err ledger_sweep(struct ledger *ledger, int64_t now, int64_t window_seconds) MUST_CHECK;
