/* answer_log.c - log, log_verify: who used my seal and when, and whether that is all.
 *
 * Everybody sees what was done with one's own certificates and what one did oneself; the proof of
 * the chain names numbers only, so everybody may have it.
 */
#include "vault/daemon/call.h"

struct log_page {
	struct cursor *reply;
	int64_t since;
	struct log_head head;
};

static bool add_to_log_page(const struct audit_entry *entry, void *context)
{
	struct log_page *page = context;
	struct audit_entry copy = *entry;

	if (entry->at < page->since)
		return true;
	if (page->head.count == WIRE_LOG_MAX)
		return false;
	wire_log_entry(page->reply, &copy);
	page->head.count++;
	return true;
}

enum err answer_log(struct call *call, struct request *request)
{
	const struct log_request *asked = &request->body.log;
	struct log_page page = {.reply = call->reply, .since = asked->since};
	struct cursor head = *call->reply;
	struct audit_page read = {0};

	wire_log_head(call->reply, &page.head);
	TRY(keeper_log_read(call->service->keeper, call_uid(call), asked->after, add_to_log_page,
			    &page, &read));
	page.head.has_more = read.has_more;
	page.head.next = read.next;
	page.head.unreadable = read.unreadable;
	wire_log_head(&head, &page.head);
	return ERR_OK;
}

enum err answer_log_verify(struct call *call, struct request *request)
{
	struct audit_report report = {0};

	(void)request;
	TRY(keeper_log_report(call->service->keeper, &report));
	wire_log_verify_reply(call->reply, &report);
	return ERR_OK;
}
