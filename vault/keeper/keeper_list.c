/* keeper_list.c - what needs no PIN: entries from memory, certificates from their rows. */
#include "vault/keeper/hold.h"
#include "vault/keeper/keeper_parts.h"

enum err keeper_list(struct keeper *keeper, uid_t owner, uint64_t after, size_t count_max,
		     keeper_visitor *visit, void *context, bool *out_more)
{
	TRY(keeper_refusal(keeper));

	AUTO_HELD(hold) hold = hold_to_read(&keeper->reading);
	const struct owner *found = index_owner(keeper->index, owner);
	size_t at = found == NULL ? 0 : owner_after(found, after);
	size_t end = found == NULL ? 0 : found->count;

	*out_more = end - at > count_max;
	if (*out_more)
		end = at + count_max;
	for (; at < end; at++)
		TRY(visit(&found->records[at]->entry, context));
	return ERR_OK;
}

enum err keeper_find(struct keeper *keeper, uid_t owner, const struct digest *id,
		     struct entry *out_entry)
{
	struct record *record = NULL;

	TRY(keeper_refusal(keeper));

	AUTO_HELD(hold) hold = hold_to_read(&keeper->reading);
	TRY(keeper_find_record(keeper, owner, id, &record));
	return entry_copy(&record->entry, out_entry);
}

enum err keeper_find_active(struct keeper *keeper, uid_t owner, struct entry *out_entry)
{
	TRY(keeper_refusal(keeper));

	AUTO_HELD(hold) hold = hold_to_read(&keeper->reading);
	const struct owner *found = index_owner(keeper->index, owner);

	if (found == NULL || found->active == NULL)
		return ERR_NO_ACTIVE;
	return entry_copy(&found->active->entry, out_entry);
}

enum err keeper_certificate(struct keeper *keeper, uid_t owner, const struct digest *id,
			    struct bytes *out_certificate, struct bytes_list *out_chain)
{
	AUTO_HELD(meta) meta = {0};
	struct record *record = NULL;

	TRY(keeper_refusal(keeper));

	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	TRY(keeper_find_record(keeper, owner, id, &record));
	TRY(keeper_read_meta(keeper, record, &meta));
	*out_certificate = meta.certificate;
	*out_chain = meta.chain;
	meta.certificate = (struct bytes){NULL, 0};
	meta.chain = (struct bytes_list){0};
	return ERR_OK;
}
