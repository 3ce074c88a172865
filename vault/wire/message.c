/* message.c - see message.h */
#include "vault/wire/message.h"

#include <stdlib.h>

const char *message_name(uint8_t number)
{
	switch (number) {
#define MESSAGE(number, name, needs, asks, kind, pace) \
	case (number):                                 \
		return #name;
#include "vault/wire/messages.def"
#undef MESSAGE
	default:
		return NULL;
	}
}

void wire_frame(struct cursor *cursor, struct frame *frame)
{
	cursor_u32(cursor, &frame->request_id);
	cursor_u8(cursor, &frame->kind);
	cursor_u8(cursor, &frame->number);
}

void wire_error(struct cursor *cursor, struct wire_error *error)
{
	cursor_u32(cursor, &error->number);
	cursor_u8(cursor, &error->tries_left);
	cursor_text(cursor, &error->detail, WIRE_TEXT_MAX);
}

void wire_error_clear(struct wire_error *error)
{
	free(error->detail);
	*error = (struct wire_error){0};
}

void wire_hello_request(struct cursor *cursor, struct hello_request *request)
{
	cursor_u16(cursor, &request->version);
	cursor_u32(cursor, &request->capabilities);
	cursor_text(cursor, &request->program, WIRE_TEXT_MAX);
}

void hello_request_clear(struct hello_request *request)
{
	free(request->program);
	*request = (struct hello_request){0};
}

void wire_hello_reply(struct cursor *cursor, struct hello_reply *reply)
{
	cursor_u16(cursor, &reply->version);
	cursor_u32(cursor, &reply->capabilities);
	cursor_u8(cursor, &reply->vault_state);
	cursor_bool(cursor, &reply->is_private);
}

static void wire_status_items(struct cursor *cursor, uint8_t *count, struct status_item *items)
{
	cursor_u8(cursor, count);
	for (unsigned i = 0; cursor->bad == ERR_OK && i < *count; i++) {
		if (i == WIRE_ITEMS_MAX) {
			*count = WIRE_ITEMS_MAX;
			cursor->bad = ERR_WIRE;
			return;
		}
		cursor_text(cursor, &items[i].name, WIRE_TEXT_MAX);
		cursor_bool(cursor, &items[i].is_on);
		cursor_text(cursor, &items[i].detail, WIRE_TEXT_MAX);
	}
}

void wire_status_reply(struct cursor *cursor, struct status_reply *reply)
{
	cursor_u8(cursor, &reply->vault_state);
	cursor_u32(cursor, &reply->refusal);
	cursor_u8(cursor, &reply->binding);
	cursor_bool(cursor, &reply->is_private);
	wire_status_items(cursor, &reply->protection_count, reply->protections);
	wire_status_items(cursor, &reply->footprint_count, reply->footprint);
}

static void status_items_clear(struct status_item *items)
{
	for (size_t i = 0; i < WIRE_ITEMS_MAX; i++) {
		free(items[i].name);
		free(items[i].detail);
	}
}

void status_reply_clear(struct status_reply *reply)
{
	status_items_clear(reply->protections);
	status_items_clear(reply->footprint);
	*reply = (struct status_reply){0};
}

void wire_list_request(struct cursor *cursor, struct list_request *request)
{
	cursor_bool(cursor, &request->is_other_owner);
	cursor_u32(cursor, &request->owner);
	cursor_u64(cursor, &request->after);
}

void wire_list_head(struct cursor *cursor, bool *has_more, uint16_t *count)
{
	cursor_bool(cursor, has_more);
	cursor_u16(cursor, count);
}

void wire_certificate_request(struct cursor *cursor, struct certificate_request *request)
{
	cursor_bool(cursor, &request->is_other_owner);
	cursor_u32(cursor, &request->owner);
	cursor_digest(cursor, &request->id);
}

void wire_entry_reply(struct cursor *cursor, struct entry_reply *reply)
{
	entry_code(cursor, &reply->entry);
}

void entry_reply_clear(struct entry_reply *reply)
{
	entry_clear(&reply->entry);
}

void wire_show_reply(struct cursor *cursor, struct show_reply *reply)
{
	entry_code(cursor, &reply->entry);
	cursor_bytes(cursor, &reply->certificate, CERTIFICATE_SIZE_MAX);
	cursor_bytes_list(cursor, &reply->chain, CERTIFICATE_SIZE_MAX);
}

void show_reply_clear(struct show_reply *reply)
{
	entry_clear(&reply->entry);
	bytes_clear(&reply->certificate);
	bytes_list_clear(&reply->chain);
}

void wire_pin_request(struct cursor *cursor, struct pin_request *request)
{
	cursor_digest(cursor, &request->id);
	cursor_secret(cursor, &request->old_pin, WIRE_PIN_MAX);
	cursor_secret(cursor, &request->new_pin, WIRE_PIN_MAX);
}

void pin_request_clear(struct pin_request *request)
{
	secret_free(request->old_pin);
	secret_free(request->new_pin);
	*request = (struct pin_request){0};
}

void wire_import_begin_request(struct cursor *cursor, struct import_begin_request *request)
{
	cursor_u32(cursor, &request->size);
	cursor_digest(cursor, &request->digest);
}

void wire_import_data_request(struct cursor *cursor, struct import_data_request *request)
{
	cursor_u32(cursor, &request->offset);
	cursor_secret(cursor, &request->piece, WIRE_PIECE_MAX);
}

void import_data_request_clear(struct import_data_request *request)
{
	secret_free(request->piece);
	*request = (struct import_data_request){0};
}

void wire_import_commit_request(struct cursor *cursor, struct import_commit_request *request)
{
	cursor_secret(cursor, &request->pin, WIRE_PIN_MAX);
	cursor_bool(cursor, &request->resets_pin);
	cursor_bool(cursor, &request->activates);
	cursor_bool(cursor, &request->is_download);
	cursor_i64(cursor, &request->verified_at);
	cursor_text(cursor, &request->where, ENTRY_WHERE_MAX);
}

void import_commit_request_clear(struct import_commit_request *request)
{
	secret_free(request->pin);
	free(request->where);
	*request = (struct import_commit_request){0};
}

void wire_import_commit_reply(struct cursor *cursor, struct import_commit_reply *reply)
{
	cursor_u8(cursor, &reply->result);
	cursor_u32(cursor, &reply->warnings);
	entry_code(cursor, &reply->entry);
}

void import_commit_reply_clear(struct import_commit_reply *reply)
{
	entry_clear(&reply->entry);
}

void wire_login_request(struct cursor *cursor, struct login_request *request)
{
	cursor_digest(cursor, &request->id);
	cursor_secret(cursor, &request->pin, WIRE_PIN_MAX);
}

void login_request_clear(struct login_request *request)
{
	secret_free(request->pin);
	*request = (struct login_request){0};
}

void wire_login_reply(struct cursor *cursor, struct login_reply *reply)
{
	cursor_u32(cursor, &reply->idle_seconds);
	cursor_u32(cursor, &reply->max_seconds);
}

void wire_original_proven_request(struct cursor *cursor, struct original_proven_request *request)
{
	cursor_digest(cursor, &request->id);
	cursor_digest(cursor, &request->file);
	cursor_i64(cursor, &request->at);
	cursor_text(cursor, &request->where, ENTRY_WHERE_MAX);
}

void original_proven_request_clear(struct original_proven_request *request)
{
	free(request->where);
	*request = (struct original_proven_request){0};
}

void wire_explain_request(struct cursor *cursor, struct explain_request *request)
{
	cursor_text(cursor, &request->action, WIRE_TEXT_MAX);
	cursor_bool(cursor, &request->has_certificate);
	cursor_digest(cursor, &request->id);
}

void explain_request_clear(struct explain_request *request)
{
	free(request->action);
	*request = (struct explain_request){0};
}

void wire_explain_reply(struct cursor *cursor, struct explain_reply *reply)
{
	cursor_bool(cursor, &reply->is_allowed);
	cursor_text(cursor, &reply->rule, WIRE_TEXT_MAX);
	cursor_u32(cursor, &reply->line);
}

void explain_reply_clear(struct explain_reply *reply)
{
	free(reply->rule);
	*reply = (struct explain_reply){0};
}

void wire_log_request(struct cursor *cursor, struct log_request *request)
{
	cursor_u64(cursor, &request->after);
	cursor_i64(cursor, &request->since);
}

void wire_log_head(struct cursor *cursor, struct log_head *head)
{
	cursor_bool(cursor, &head->has_more);
	cursor_u64(cursor, &head->next);
	cursor_u32(cursor, &head->unreadable);
	cursor_u16(cursor, &head->count);
}

void wire_log_entry(struct cursor *cursor, struct audit_entry *entry)
{
	cursor_u64(cursor, &entry->number);
	audit_entry_code(cursor, entry);
}

void wire_log_verify_reply(struct cursor *cursor, struct audit_report *report)
{
	audit_report_code(cursor, report);
}

void wire_sign_request(struct cursor *cursor, struct sign_request *request)
{
	cursor_digest(cursor, &request->id);
	cursor_u8(cursor, &request->scheme);
	cursor_u8(cursor, &request->hash);
	cursor_bytes(cursor, &request->input, SIGN_MESSAGE_MAX);
}

void sign_request_clear(struct sign_request *request)
{
	bytes_clear(&request->input);
	*request = (struct sign_request){0};
}

void wire_sign_reply(struct cursor *cursor, struct sign_reply *reply)
{
	cursor_bytes(cursor, &reply->signature, SIGN_RSA_SIZE_MAX);
}

void sign_reply_clear(struct sign_reply *reply)
{
	bytes_clear(&reply->signature);
}

void wire_decrypt_request(struct cursor *cursor, struct decrypt_request *request)
{
	cursor_digest(cursor, &request->id);
	cursor_u8(cursor, &request->hash);
	cursor_bytes(cursor, &request->input, SIGN_RSA_SIZE_MAX);
}

void decrypt_request_clear(struct decrypt_request *request)
{
	bytes_clear(&request->input);
	*request = (struct decrypt_request){0};
}

void wire_decrypt_reply(struct cursor *cursor, struct decrypt_reply *reply)
{
	cursor_secret(cursor, &reply->plain, SIGN_RSA_SIZE_MAX);
}

void decrypt_reply_clear(struct decrypt_reply *reply)
{
	secret_free(reply->plain);
	*reply = (struct decrypt_reply){0};
}
