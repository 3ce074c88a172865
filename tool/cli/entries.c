/* entries.c - see entries.h */
#include "tool/cli/entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err grow(struct entries *entries)
{
	size_t capacity = entries->capacity == 0 ? 16 : entries->capacity * 2;
	struct entry *items = realloc(entries->items, capacity * sizeof *items);

	if (items == NULL)
		return ERR_MEMORY;
	entries->items = items;
	entries->capacity = capacity;
	return ERR_OK;
}

enum err entries_add(struct entries *entries, const struct entry *entry)
{
	if (entries->count == entries->capacity)
		TRY(grow(entries));
	TRY(entry_copy(entry, &entries->items[entries->count]));
	entries->count++;
	return ERR_OK;
}

static enum err keep(const struct entry *entry, void *context)
{
	return entries_add(context, entry);
}

enum err entries_load(struct client *client, const uid_t *owner, struct entries **out_entries)
{
	AUTO(entries) entries = calloc(1, sizeof *entries);

	if (entries == NULL)
		return ERR_MEMORY;
	TRY(client_list(client, owner, keep, entries));
	*out_entries = TAKE(entries);
	return ERR_OK;
}

void entries_free(struct entries *entries)
{
	if (entries == NULL)
		return;
	for (size_t i = 0; i < entries->count; i++)
		entry_clear(&entries->items[i]);
	free(entries->items);
	free(entries);
}

const struct entry *entries_active(const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entries->items[i].is_active)
			return &entries->items[i];
	return NULL;
}

const struct entry *entries_of_original(const struct entries *entries, const struct digest *file)
{
	for (size_t i = 0; i < entries->count; i++)
		if (digest_equal(&entries->items[i].original, file))
			return &entries->items[i];
	return NULL;
}

static bool is_same_person(const struct summary *a, const struct summary *b)
{
	return (a->user_id[0] != '\0' && strcmp(a->user_id, b->user_id) == 0) ||
	       strcmp(a->subject, b->subject) == 0;
}

const struct entry *entries_renewed_by(const struct entries *entries, const struct entry *renewal)
{
	const struct entry *latest = NULL;

	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->items[i];
		if (!digest_equal(&entry->summary.id, &renewal->summary.id) &&
		    is_same_person(&entry->summary, &renewal->summary) &&
		    entry->summary.not_after < renewal->summary.not_after &&
		    (latest == NULL || entry->summary.not_after > latest->summary.not_after))
			latest = entry;
	}
	return latest;
}

bool entry_has_digits(const struct entry *entry, const char *cert)
{
	char hex[DIGEST_HEX_SIZE];
	size_t size = strlen(cert);

	hex_of(entry->summary.id.bytes, DIGEST_SIZE, hex);
	return size >= CERT_DIGITS_MIN && strncasecmp(hex, cert, size) == 0;
}

/* "LABEL (12345678), LABEL (12349999)": what people need to choose. */
static enum err ambiguous(const struct entries *entries, const char *cert)
{
	char text[400] = "";

	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->items[i];
		char hex[DIGEST_HEX_SIZE];
		size_t used = strlen(text);
		if (!entry_has_digits(entry, cert))
			continue;
		hex_of(entry->summary.id.bytes, DIGEST_SIZE, hex);
		(void)snprintf(text + used, sizeof text - used, "%s%s (%.16s)",
			       used == 0 ? "" : ", ", entry->label, hex);
	}
	return err_detail(ERR_CERT_AMBIGUOUS, "%s", text);
}

enum err entries_match(const struct entries *entries, const char *cert,
		       const struct entry **out_entry)
{
	const struct entry *match = NULL;

	for (size_t i = 0; i < entries->count; i++) {
		if (strcmp(entries->items[i].label, cert) != 0)
			continue;
		*out_entry = &entries->items[i];
		return ERR_OK;
	}
	for (size_t i = 0; i < entries->count; i++) {
		if (!entry_has_digits(&entries->items[i], cert))
			continue;
		if (match != NULL)
			return ambiguous(entries, cert);
		match = &entries->items[i];
	}
	if (match == NULL)
		return err_detail(ERR_CERT_NOT_FOUND, "%s", cert);
	*out_entry = match;
	return ERR_OK;
}
