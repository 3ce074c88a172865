/* index.c - see index.h */
#include "vault/keeper/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "vault/keeper/table.h"

struct index {
	struct table certificates; /* records by owner and fingerprint */
	struct table labels;       /* records by owner and label */
	struct table owners;       /* owners by uid */
};

struct certificate_key {
	uid_t uid;
	struct digest id;
};

struct label_key {
	uid_t uid;
	const char *label;
};

enum err record_new(const struct record_id *id, uid_t uid, struct record **out_record)
{
	struct record *record = calloc(1, sizeof *record);

	if (record == NULL)
		return ERR_MEMORY;
	record->id = *id;
	record->uid = uid;
	*out_record = record;
	return ERR_OK;
}

void record_free(struct record *record)
{
	if (record == NULL)
		return;
	free(record->texts);
	free(record);
}

static void owner_free(struct owner *owner)
{
	for (size_t i = 0; i < owner->count; i++)
		record_free(owner->records[i]);
	free(owner->records);
	free(owner);
}

enum err index_new(struct index **out_index)
{
	struct index *index = calloc(1, sizeof *index);

	if (index == NULL)
		return ERR_MEMORY;
	table_init(&index->certificates);
	table_init(&index->labels);
	table_init(&index->owners);
	*out_index = index;
	return ERR_OK;
}

void index_free(struct index *index)
{
	if (index == NULL)
		return;
	for (size_t i = 0; i < index->owners.capacity; i++)
		if (index->owners.slots[i].item != NULL)
			owner_free(index->owners.slots[i].item);
	table_clear(&index->certificates);
	table_clear(&index->labels);
	table_clear(&index->owners);
	free(index);
}

void packed_entry_clear(struct packed_entry *packed)
{
	free(packed->texts);
	*packed = (struct packed_entry){0};
}

/* An entry that only borrows the rows' texts. */
static struct entry entry_on_loan(const struct meta *meta, const struct pin_row *pin)
{
	const struct proof *last =
		meta->proof_count == 0 ? NULL : &meta->proofs[meta->proof_count - 1];
	struct entry entry = {
		.summary = meta->summary,
		.label = meta->label,
		.number = meta->number,
		.tries_left = pin->tries_left,
		.pin_follows_rule = pin->follows_rule,
		.confirmed_at = meta->confirmed_at,
	};

	if (last != NULL) {
		entry.verified_at = last->verified_at;
		entry.where = last->where;
		entry.original = last->file;
	}
	return entry;
}

enum err packed_entry_of(const struct meta *meta, const struct pin_row *pin,
			 struct packed_entry *out_packed)
{
	struct packed_entry packed = {entry_on_loan(meta, pin), NULL};
	char **texts[] = {
		&packed.entry.summary.subject, &packed.entry.summary.issuer,
		&packed.entry.summary.serial,  &packed.entry.summary.user_id,
		&packed.entry.summary.key,     &packed.entry.label,
		&packed.entry.where,
	};
	size_t size = 0;
	char *next;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		size += (*texts[i] == NULL ? 0 : strlen(*texts[i])) + 1;
	next = packed.texts = calloc(1, size);
	if (packed.texts == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		size_t length = *texts[i] == NULL ? 0 : strlen(*texts[i]);
		if (length > 0)
			memcpy(next, *texts[i], length);
		*texts[i] = next;
		next += length + 1;
	}
	*out_packed = packed;
	return ERR_OK;
}

void record_set_entry(struct record *record, struct packed_entry *packed)
{
	bool is_active = record->entry.is_active;

	free(record->texts);
	record->entry = packed->entry;
	record->entry.is_active = is_active;
	record->texts = packed->texts;
	*packed = (struct packed_entry){0};
}

static bool is_certificate(const void *item, const void *key)
{
	const struct record *record = item;
	const struct certificate_key *wanted = key;

	return record->uid == wanted->uid && digest_equal(&record->entry.summary.id, &wanted->id);
}

static bool has_label(const void *item, const void *key)
{
	const struct record *record = item;
	const struct label_key *wanted = key;

	return record->uid == wanted->uid && strcmp(record->entry.label, wanted->label) == 0;
}

static bool is_owner(const void *item, const void *key)
{
	const struct owner *owner = item;
	const uid_t *uid = key;

	return owner->uid == *uid;
}

/* A user's own uid need not be hashed in: equal fingerprints and labels of several users are few.
 */
static uint64_t hash_certificate(const struct index *index, const struct digest *id)
{
	return table_hash(&index->certificates, id->bytes, DIGEST_SIZE);
}

static uint64_t hash_label(const struct index *index, const char *label)
{
	return table_hash(&index->labels, label, strlen(label));
}

static uint64_t hash_owner(const struct index *index, uid_t uid)
{
	return table_hash(&index->owners, &uid, sizeof uid);
}

struct record *index_find(const struct index *index, uid_t uid, const struct digest *id)
{
	struct certificate_key key = {uid, *id};

	return table_find(&index->certificates, hash_certificate(index, id), is_certificate, &key);
}

bool index_has_label(const struct index *index, uid_t uid, const char *label)
{
	struct label_key key = {uid, label};

	return table_find(&index->labels, hash_label(index, label), has_label, &key) != NULL;
}

size_t index_count(const struct index *index)
{
	return index->certificates.count;
}

struct owner *index_owner(const struct index *index, uid_t uid)
{
	return table_find(&index->owners, hash_owner(index, uid), is_owner, &uid);
}

enum err index_need_owner(struct index *index, uid_t uid, struct owner **out_owner)
{
	struct owner *owner = index_owner(index, uid);

	if (owner == NULL) {
		TRY(table_reserve(&index->owners));
		owner = calloc(1, sizeof *owner);
		if (owner == NULL)
			return ERR_MEMORY;
		owner->uid = uid;
		owner->next_number = 1;
		table_add(&index->owners, hash_owner(index, uid), owner);
	}
	*out_owner = owner;
	return ERR_OK;
}

enum err index_reserve(struct index *index, struct owner *owner)
{
	size_t capacity = owner->capacity == 0 ? 4 : owner->capacity * 2;
	struct record **records;

	TRY(table_reserve(&index->certificates));
	TRY(table_reserve(&index->labels));
	if (owner->count < owner->capacity)
		return ERR_OK;
	records = realloc(owner->records, capacity * sizeof *records);
	if (records == NULL)
		return ERR_MEMORY;
	owner->records = records;
	owner->capacity = capacity;
	return ERR_OK;
}

size_t owner_after(const struct owner *owner, uint64_t number)
{
	size_t low = 0, high = owner->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (owner->records[middle]->entry.number <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void index_add(struct index *index, struct owner *owner, struct record *record)
{
	size_t at = owner_after(owner, record->entry.number);

	assert(owner->count < owner->capacity);
	memmove(&owner->records[at + 1], &owner->records[at],
		(owner->count - at) * sizeof(struct record *));
	owner->records[at] = record;
	owner->count++;
	table_add(&index->certificates, hash_certificate(index, &record->entry.summary.id), record);
	table_add(&index->labels, hash_label(index, record->entry.label), record);
}

void index_remove(struct index *index, struct owner *owner, struct record *record)
{
	size_t at = owner_after(owner, record->entry.number);

	assert(at > 0 && owner->records[at - 1] == record);
	memmove(&owner->records[at - 1], &owner->records[at],
		(owner->count - at) * sizeof(struct record *));
	owner->count--;
	if (owner->active == record)
		owner->active = NULL;
	table_remove(&index->certificates, hash_certificate(index, &record->entry.summary.id),
		     record);
	table_remove(&index->labels, hash_label(index, record->entry.label), record);
}

void owner_set_active(struct owner *owner, struct record *record)
{
	if (owner->active != NULL)
		owner->active->entry.is_active = false;
	owner->active = record;
	if (record != NULL)
		record->entry.is_active = true;
}
