/* entries.h - one person's certificates, and how one of them is named on a command line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/cert/entry.h"
#include "vault/client/client.h"

enum { CERT_DIGITS_MIN = 4 };

struct entries {
	size_t count;
	size_t capacity;
	struct entry *items; /* in the order of import */
};

/* `owner` NULL: one's own. */
enum err entries_load(struct client *client, const uid_t *owner,
		      struct entries **out_entries) MUST_CHECK;
enum err entries_add(struct entries *entries, const struct entry *entry) MUST_CHECK;
void entries_free(struct entries *entries);
OWN_DEFINE(entries, entries_free)

/* Loans, NULL when there is none. */
const struct entry *entries_active(const struct entries *entries);
const struct entry *entries_of_original(const struct entries *entries, const struct digest *file);
/* The certificate that `renewal` takes the place of: same user ID or subject, and of those that
 * expire earlier the last. */
const struct entry *entries_renewed_by(const struct entries *entries, const struct entry *renewal);

/* Whether `cert` is at least CERT_DIGITS_MIN digits that this entry's fingerprint begins with. */
bool entry_has_digits(const struct entry *entry, const char *cert);

/* An exact label wins; else the one whose fingerprint begins so. ERR_CERT_NOT_FOUND;
 * ERR_CERT_AMBIGUOUS with the candidates as detail. A loan. */
enum err entries_match(const struct entries *entries, const char *cert,
		       const struct entry **out_entry) MUST_CHECK;
