/* client_certificates.c - what is in the vault, and what the vault says of itself: lists, single
 * certificates, status, the log, the policy.
 */
#include <stdlib.h>
#include <string.h>

#include "vault/client/client_parts.h"

BODY_WRITER(write_list, list_request)
BODY_WRITER(write_certificate, certificate_request)
BODY_WRITER(write_proven, original_proven_request)
BODY_WRITER(write_explain, explain_request)
BODY_WRITER(write_log, log_request)

enum err client_status(struct client *client, struct status_reply *out_status)
{
	AUTO_HELD(status_reply) status = {0};
	AUTO_HELD(exchange) exchange = {0};

	TRY(client_ask(client, MESSAGE_status, CHANGES_NOTHING, client_write_nothing, NULL,
		       &exchange));
	wire_status_reply(&exchange.answer.reply, &status);
	TRY(client_finished(&exchange));
	*out_status = status;
	status = (struct status_reply){0};
	return ERR_OK;
}

/* Entries go to the visitor as they are read: a page is never held. */
static enum err visit_page(struct exchange *exchange, client_visitor *visit, void *context,
			   bool *out_more, uint64_t *in_out_last)
{
	struct cursor *reply = &exchange->answer.reply;
	uint16_t count = 0;

	wire_list_head(reply, out_more, &count);
	for (unsigned i = 0; reply->bad == ERR_OK && i < count; i++) {
		AUTO_HELD(entry) entry = {0};
		entry_code(reply, &entry);
		if (reply->bad != ERR_OK || entry.number <= *in_out_last)
			break;
		*in_out_last = entry.number;
		TRY(visit(&entry, context));
	}
	TRY(client_finished(exchange));
	return *out_more && count == 0 ? ERR_WIRE : ERR_OK;
}

enum err client_list(struct client *client, const uid_t *owner, client_visitor *visit,
		     void *context)
{
	struct list_request request = {.is_other_owner = owner != NULL,
				       .owner = owner == NULL ? 0 : *owner};
	AUTO_HELD(exchange) exchange = {0};
	bool more = true;

	while (more) {
		TRY(client_ask(client, MESSAGE_list, CHANGES_NOTHING, write_list, &request,
			       &exchange));
		TRY(visit_page(&exchange, visit, context, &more, &request.after));
	}
	return ERR_OK;
}

enum err client_active(struct client *client, struct entry_reply *out_reply)
{
	AUTO_HELD(exchange) exchange = {0};

	TRY(client_ask(client, MESSAGE_active, CHANGES_NOTHING, client_write_nothing, NULL,
		       &exchange));
	return client_take_entry(&exchange, out_reply);
}

enum err client_show(struct client *client, const struct digest *id, struct show_reply *out_show)
{
	const struct certificate_request request = {.id = *id};
	AUTO_HELD(show_reply) show = {0};
	AUTO_HELD(exchange) exchange = {0};

	TRY(client_ask(client, MESSAGE_show, CHANGES_NOTHING, write_certificate, &request,
		       &exchange));
	wire_show_reply(&exchange.answer.reply, &show);
	TRY(client_finished(&exchange));
	*out_show = show;
	show = (struct show_reply){0};
	return ERR_OK;
}

static enum err change_certificate(struct client *client, uint8_t number,
				   const struct certificate_request *request,
				   struct entry_reply *out_reply)
{
	AUTO_HELD(exchange) exchange = {0};

	TRY(client_ask(client, number, MAY_CHANGE, write_certificate, request, &exchange));
	return client_take_entry(&exchange, out_reply);
}

enum err client_use(struct client *client, const struct digest *id, struct entry_reply *out_reply)
{
	const struct certificate_request request = {.id = *id};

	return change_certificate(client, MESSAGE_use, &request, out_reply);
}

enum err client_delete(struct client *client, const uid_t *owner, const struct digest *id,
		       struct entry_reply *out_reply)
{
	const struct certificate_request request = {
		.is_other_owner = owner != NULL, .owner = owner == NULL ? 0 : *owner, .id = *id};

	return change_certificate(client, MESSAGE_delete, &request, out_reply);
}

enum err client_confirm(struct client *client, const struct digest *id,
			struct entry_reply *out_reply)
{
	const struct certificate_request request = {.id = *id};

	return change_certificate(client, MESSAGE_confirm, &request, out_reply);
}

enum err client_original_proven(struct client *client, const struct digest *id,
				const struct digest *file, int64_t at, const char *where,
				struct entry_reply *out_reply)
{
	AUTO_HELD(original_proven_request)
	request = {.id = *id, .file = *file, .at = at, .where = strdup(where)};
	AUTO_HELD(exchange) exchange = {0};

	if (request.where == NULL)
		return ERR_MEMORY;
	TRY(client_ask(client, MESSAGE_original_proven, MAY_CHANGE, write_proven, &request,
		       &exchange));
	return client_take_entry(&exchange, out_reply);
}

enum err client_explain(struct client *client, const char *action, const struct digest *id,
			struct explain_reply *out_reply)
{
	AUTO_HELD(explain_request)
	request = {.action = strdup(action), .has_certificate = id != NULL};
	AUTO_HELD(explain_reply) reply = {0};
	AUTO_HELD(exchange) exchange = {0};

	if (request.action == NULL)
		return ERR_MEMORY;
	if (id != NULL)
		request.id = *id;
	TRY(client_ask(client, MESSAGE_explain, CHANGES_NOTHING, write_explain, &request,
		       &exchange));
	wire_explain_reply(&exchange.answer.reply, &reply);
	TRY(client_finished(&exchange));
	*out_reply = reply;
	reply = (struct explain_reply){0};
	return ERR_OK;
}

static enum err visit_log_page(struct exchange *exchange, client_log_visitor *visit, void *context,
			       struct log_head *out_head)
{
	struct cursor *reply = &exchange->answer.reply;

	wire_log_head(reply, out_head);
	for (unsigned i = 0; reply->bad == ERR_OK && i < out_head->count; i++) {
		struct audit_entry entry = {0};
		wire_log_entry(reply, &entry);
		if (reply->bad == ERR_OK)
			TRY(visit(&entry, context));
	}
	return client_finished(exchange);
}

enum err client_log(struct client *client, int64_t since, client_log_visitor *visit, void *context,
		    uint64_t *out_unreadable)
{
	struct log_request request = {.since = since};
	struct log_head head = {.has_more = true};
	AUTO_HELD(exchange) exchange = {0};

	*out_unreadable = 0;
	while (head.has_more) {
		TRY(client_ask(client, MESSAGE_log, CHANGES_NOTHING, write_log, &request,
			       &exchange));
		TRY(visit_log_page(&exchange, visit, context, &head));
		if (head.has_more && head.next <= request.after)
			return ERR_WIRE;
		request.after = head.next;
		*out_unreadable += head.unreadable;
	}
	return ERR_OK;
}

enum err client_log_verify(struct client *client, struct audit_report *out_report)
{
	struct audit_report report = {0};
	AUTO_HELD(exchange) exchange = {0};

	TRY(client_ask(client, MESSAGE_log_verify, CHANGES_NOTHING, client_write_nothing, NULL,
		       &exchange));
	wire_log_verify_reply(&exchange.answer.reply, &report);
	TRY(client_finished(&exchange));
	*out_report = report;
	return ERR_OK;
}
