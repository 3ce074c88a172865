/* index.h - what the vault holds, in memory: found by owner and fingerprint, listed in order.
 *
 * Made of the rows at open and changed only after the rows were: it answers without the
 * database, and its marks say what the database must answer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/own.h"
#include "vault/cert/entry.h"
#include "vault/keeper/rows.h"
#include "vault/keeper/seal.h"

struct record {
	struct record_id id;
	uid_t uid;
	struct entry entry; /* its texts lie in one block */
	char *texts;
	struct mark meta, pin, key;
	bool try_is_held; /* one was taken for an attempt that could not be evaluated */
};

struct owner {
	uid_t uid;
	struct record_id row;
	struct mark mark; /* version 0: has no row yet */
	uint64_t next_number;
	struct record *active; /* NULL: none */
	size_t count, capacity;
	struct record **records; /* by number */
};

struct index;

enum err index_new(struct index **out_index) MUST_CHECK;
void index_free(struct index *index);
OWN_DEFINE(index, index_free)

enum err record_new(const struct record_id *id, uid_t uid, struct record **out_record) MUST_CHECK;
void record_free(struct record *record);
OWN_DEFINE(record, record_free)

/* The entry that these rows make, packed into one block. Prepared before a change, so that
 * nothing can fail after it. */
struct packed_entry {
	struct entry entry;
	char *texts;
};
void packed_entry_clear(struct packed_entry *packed);
OWN_DEFINE_HELD(packed_entry, packed_entry_clear)
enum err packed_entry_of(const struct meta *meta, const struct pin_row *pin,
			 struct packed_entry *out_packed) MUST_CHECK;
/* Takes the texts over; whether it is active stays. */
void record_set_entry(struct record *record, struct packed_entry *packed);

struct record *index_find(const struct index *index, uid_t uid, const struct digest *id);
bool index_has_label(const struct index *index, uid_t uid, const char *label);
size_t index_count(const struct index *index);
/* NULL: this uid never had anything here. */
struct owner *index_owner(const struct index *index, uid_t uid);
/* The same, made when absent. */
enum err index_need_owner(struct index *index, uid_t uid, struct owner **out_owner) MUST_CHECK;

/* Room for one more record of this owner: the index_add that follows cannot fail. */
enum err index_reserve(struct index *index, struct owner *owner) MUST_CHECK;
void index_add(struct index *index, struct owner *owner, struct record *record);
/* Out of the index; the record is the caller's again. */
void index_remove(struct index *index, struct owner *owner, struct record *record);
void owner_set_active(struct owner *owner, struct record *record);
/* Place of the first record with a larger number. */
size_t owner_after(const struct owner *owner, uint64_t number);
