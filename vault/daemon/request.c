/* request.c - see request.h */
#include "vault/daemon/request.h"

static void read_body(enum message_number number, struct cursor *cursor, struct request *request)
{
	switch (number) {
	case MESSAGE_hello:
		wire_hello_request(cursor, &request->body.hello);
		return;
	case MESSAGE_list:
		wire_list_request(cursor, &request->body.list);
		return;
	case MESSAGE_show:
	case MESSAGE_use:
	case MESSAGE_delete:
	case MESSAGE_confirm:
		wire_certificate_request(cursor, &request->body.certificate);
		return;
	case MESSAGE_pin:
		wire_pin_request(cursor, &request->body.pin);
		return;
	case MESSAGE_import_begin:
		wire_import_begin_request(cursor, &request->body.import_begin);
		return;
	case MESSAGE_import_data:
		wire_import_data_request(cursor, &request->body.import_data);
		return;
	case MESSAGE_import_commit:
		wire_import_commit_request(cursor, &request->body.import_commit);
		return;
	case MESSAGE_login:
		wire_login_request(cursor, &request->body.login);
		return;
	case MESSAGE_original_proven:
		wire_original_proven_request(cursor, &request->body.original_proven);
		return;
	case MESSAGE_explain:
		wire_explain_request(cursor, &request->body.explain);
		return;
	case MESSAGE_log:
		wire_log_request(cursor, &request->body.log);
		return;
	case MESSAGE_sign:
		wire_sign_request(cursor, &request->body.sign);
		return;
	case MESSAGE_decrypt:
		wire_decrypt_request(cursor, &request->body.decrypt);
		return;
	case MESSAGE_status:
	case MESSAGE_logout:
	case MESSAGE_log_verify:
	case MESSAGE_active:
		return;
	}
}

/* Another owner's certificates may be listed and deleted, and nothing else has a meaning. */
static enum err find_subject(enum message_number number, struct request *request)
{
	const struct certificate_request *certificate = &request->body.certificate;
	struct subject *subject = &request->subject;

	switch (number) {
	case MESSAGE_list:
		subject->is_other_owner = request->body.list.is_other_owner;
		subject->owner = request->body.list.owner;
		return ERR_OK;
	case MESSAGE_delete:
		subject->is_other_owner = certificate->is_other_owner;
		subject->owner = certificate->owner;
		subject->certificate = &certificate->id;
		return ERR_OK;
	case MESSAGE_show:
	case MESSAGE_use:
	case MESSAGE_confirm:
		subject->certificate = &certificate->id;
		return certificate->is_other_owner ? ERR_WIRE : ERR_OK;
	case MESSAGE_pin:
		subject->certificate = &request->body.pin.id;
		return ERR_OK;
	case MESSAGE_login:
		subject->certificate = &request->body.login.id;
		return ERR_OK;
	case MESSAGE_original_proven:
		subject->certificate = &request->body.original_proven.id;
		return ERR_OK;
	case MESSAGE_sign:
		subject->certificate = &request->body.sign.id;
		subject->hash = sign_hash_word((enum sign_hash)request->body.sign.hash);
		return ERR_OK;
	case MESSAGE_decrypt:
		subject->certificate = &request->body.decrypt.id;
		return ERR_OK;
	case MESSAGE_hello:
	case MESSAGE_status:
	case MESSAGE_import_begin:
	case MESSAGE_import_data:
	case MESSAGE_import_commit:
	case MESSAGE_logout:
	case MESSAGE_explain:
	case MESSAGE_log:
	case MESSAGE_log_verify:
	case MESSAGE_active:
		return ERR_OK;
	}
	return ERR_WIRE;
}

enum err request_read(enum message_number number, struct cursor *cursor, struct request *request)
{
	read_body(number, cursor, request);
	TRY(cursor_end(cursor));
	return find_subject(number, request);
}

void request_clear(enum message_number number, struct request *request)
{
	switch (number) {
	case MESSAGE_hello:
		hello_request_clear(&request->body.hello);
		return;
	case MESSAGE_pin:
		pin_request_clear(&request->body.pin);
		return;
	case MESSAGE_import_data:
		import_data_request_clear(&request->body.import_data);
		return;
	case MESSAGE_import_commit:
		import_commit_request_clear(&request->body.import_commit);
		return;
	case MESSAGE_login:
		login_request_clear(&request->body.login);
		return;
	case MESSAGE_original_proven:
		original_proven_request_clear(&request->body.original_proven);
		return;
	case MESSAGE_explain:
		explain_request_clear(&request->body.explain);
		return;
	case MESSAGE_sign:
		sign_request_clear(&request->body.sign);
		return;
	case MESSAGE_decrypt:
		decrypt_request_clear(&request->body.decrypt);
		return;
	case MESSAGE_status:
	case MESSAGE_list:
	case MESSAGE_show:
	case MESSAGE_use:
	case MESSAGE_delete:
	case MESSAGE_import_begin:
	case MESSAGE_logout:
	case MESSAGE_confirm:
	case MESSAGE_log:
	case MESSAGE_log_verify:
	case MESSAGE_active:
		return;
	}
}
