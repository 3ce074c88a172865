/* answer_certificates.c - list, active, show, use, delete, confirm, original_proven: what a user
 * sees and does with certificates, without a key.
 */
#include "vault/daemon/call.h"

#include <time.h>

/* A page is written entry by entry as the keeper gives them, and ends where the packet does. */
struct page {
	struct cursor *reply;
	uint16_t count;
	bool is_full;
	bool is_for_other;
};

static enum err add_to_page(const struct entry *entry, void *context)
{
	struct page *page = context;
	struct entry shown = page->is_for_other ? entry_limited(entry, time(NULL)) : *entry;
	struct cursor before = *page->reply;

	entry_code(page->reply, &shown);
	if (page->reply->bad != ERR_OK) {
		*page->reply = before;
		page->is_full = true;
		return ERR_VAULT_FULL;
	}
	page->count++;
	return ERR_OK;
}

enum err answer_list(struct call *call, struct request *request)
{
	uid_t owner = call_owner(call, &request->subject);
	struct page page = {.reply = call->reply, .is_for_other = owner != call_uid(call)};
	struct cursor head = *call->reply;
	bool has_more = false;
	enum err err;

	wire_list_head(call->reply, &has_more, &page.count);
	err = keeper_list(call->service->keeper, owner, request->body.list.after, WIRE_PAGE_MAX,
			  add_to_page, &page, &has_more);
	if (page.is_full && page.count > 0) {
		has_more = true;
		err = ERR_OK;
	}
	wire_list_head(&head, &has_more, &page.count);
	return err;
}

/* Alone, so that a program that shows one certificate pays for one, whatever else the vault holds.
 */
enum err answer_active(struct call *call, struct request *request)
{
	AUTO_HELD(entry) entry = {0};

	(void)request;
	TRY(keeper_find_active(call->service->keeper, call_uid(call), &entry));
	return call_reply_entry(call, &entry);
}

static void move_entry(struct entry *from, struct entry *to)
{
	*to = *from;
	*from = (struct entry){0};
}

/* As much of the chain as the packet holds, nearest the certificate first: an original may carry
 * more than any answer, and its certificate must be shown all the same. */
static void cut_chain(const struct cursor *reply, struct show_reply *show)
{
	enum { SIZE_FIELD = 4 };
	struct cursor probe = *reply;
	size_t room, count = 0;

	entry_code(&probe, &show->entry);
	cursor_bytes(&probe, &show->certificate, CERTIFICATE_SIZE_MAX);
	room = probe.bad == ERR_OK ? probe.size - probe.at : 0;
	room -= room > 0 ? 1 : 0; /* how many follow */
	while (count < show->chain.count && show->chain.items[count].size + SIZE_FIELD <= room)
		room -= show->chain.items[count++].size + SIZE_FIELD;
	while (show->chain.count > count)
		bytes_clear(&show->chain.items[--show->chain.count]);
}

enum err answer_show(struct call *call, struct request *request)
{
	const struct digest *id = request->subject.certificate;
	AUTO_HELD(show_reply) reply = {0};

	TRY(keeper_find(call->service->keeper, call_uid(call), id, &reply.entry));
	TRY(keeper_certificate(call->service->keeper, call_uid(call), id, &reply.certificate,
			       &reply.chain));
	cut_chain(call->reply, &reply);
	wire_show_reply(call->reply, &reply);
	return ERR_OK;
}

enum err answer_use(struct call *call, struct request *request)
{
	AUTO_HELD(entry) before = {0};
	AUTO_HELD(entry) entry = {0};

	TRY(keeper_find(call->service->keeper, call_uid(call), request->subject.certificate,
			&before));
	call->changed_nothing = before.is_active;
	TRY(keeper_use(call->service->keeper, call_uid(call), request->subject.certificate,
		       &entry));
	return call_reply_entry(call, &entry);
}

/* Of another user's certificate the answer, too, tells no more than the list did. */
enum err answer_delete(struct call *call, struct request *request)
{
	uid_t owner = call_owner(call, &request->subject);
	AUTO_HELD(entry_reply) deleted = {0};
	AUTO_HELD(entry) entry = {0};
	struct entry_reply reply;

	TRY(keeper_delete(call->service->keeper, owner, request->subject.certificate, &entry));
	move_entry(&entry, &deleted.entry);
	reply.entry =
		owner == call_uid(call) ? deleted.entry : entry_limited(&deleted.entry, time(NULL));
	wire_entry_reply(call->reply, &reply);
	return ERR_OK;
}

/* The vault's clock decides when, so that no client can date a check back. */
enum err answer_confirm(struct call *call, struct request *request)
{
	AUTO_HELD(entry) entry = {0};

	TRY(keeper_confirm(call->service->keeper, call_uid(call), request->subject.certificate,
			   time(NULL), &entry));
	return call_reply_entry(call, &entry);
}

enum err answer_original_proven(struct call *call, struct request *request)
{
	const struct original_proven_request *proven = &request->body.original_proven;
	AUTO_HELD(entry) entry = {0};

	TRY(keeper_original_proven(call->service->keeper, call_uid(call), &proven->id,
				   &proven->file, proven->at, proven->where, &entry));
	return call_reply_entry(call, &entry);
}
