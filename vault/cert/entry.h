/* entry.h - a certificate as the vault lists it: what `kinko list` shows, on the wire, in the
 * daemon's memory and (its first part) in the sealed meta row.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/cursor.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/cert/certificate.h"

enum { ENTRY_TEXT_MAX = 4096, ENTRY_LABEL_MAX = 256, ENTRY_WHERE_MAX = 256 };

/* What the certificate itself says. Texts are owned by the struct and never NULL once filled. */
struct summary {
	struct digest id;
	char *subject;      /* RFC 4514 */
	char *issuer;       /* RFC 4514 */
	char *serial;       /* hex */
	char *user_id;      /* "" when none */
	char *key;          /* "rsa-2048", ... */
	int64_t not_before; /* seconds since 1970, UTC */
	int64_t not_after;
};

struct entry {
	struct summary summary;
	char *label;     /* unique per owner; never changes */
	uint64_t number; /* 1, 2, ...: given at import, never used again */
	bool is_active;
	uint8_t tries_left; /* 0: locked */
	bool pin_follows_rule;
	/* The last proven original on removable media; verified_at 0: none is known. */
	int64_t verified_at;
	char *where;            /* name of the stick; "" when none */
	struct digest original; /* SHA-256 of that file; zero when none */
	int64_t confirmed_at;   /* checked against the letter; 0: not yet */
};

/* What an administrator is told of another user's certificate: id, number, label, expiry, state
 * and original. Everything else is empty; not_before and tries_left only make the state come out
 * right. Owns nothing: the texts are lent. `now` in seconds since 1970. */
struct entry entry_limited(const struct entry *entry, int64_t now);
/* Whether an entry is such a one: every certificate has a kind of key. */
bool entry_is_limited(const struct entry *entry);

enum entry_state { ENTRY_LOCKED, ENTRY_EXPIRED, ENTRY_NOT_YET_VALID, ENTRY_READY };
/* The first that holds, in this order. `now` in seconds since 1970. */
enum entry_state entry_state(const struct entry *entry, int64_t now);
const char *entry_state_word(enum entry_state state); /* "locked", "expired", ... */

enum err summary_of(const struct certificate *certificate, struct summary *out_summary) MUST_CHECK;
enum err summary_copy(const struct summary *from, struct summary *out_summary) MUST_CHECK;
void summary_clear(struct summary *summary);
enum err entry_copy(const struct entry *from, struct entry *out_entry) MUST_CHECK;
void entry_clear(struct entry *entry); /* accepts a zeroed struct */
OWN_DEFINE_HELD(summary, summary_clear)
OWN_DEFINE_HELD(entry, entry_clear)

/* One codec for both directions. */
void summary_code(struct cursor *cursor, struct summary *summary);
void entry_code(struct cursor *cursor, struct entry *entry);
