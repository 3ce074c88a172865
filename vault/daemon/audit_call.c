/* audit_call.c - see audit_call.h */
#include "vault/daemon/audit_call.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Messages that are no decision about a key leave an entry only when the policy denies them. */
static enum audit_action action_of(enum message_number number)
{
	switch (number) {
	case MESSAGE_use:
		return AUDIT_USE;
	case MESSAGE_delete:
		return AUDIT_DELETE;
	case MESSAGE_pin:
		return AUDIT_PIN;
	case MESSAGE_import_begin:
	case MESSAGE_import_data:
	case MESSAGE_import_commit:
		return AUDIT_IMPORT;
	case MESSAGE_login:
		return AUDIT_LOGIN;
	case MESSAGE_logout:
		return AUDIT_LOGOUT;
	case MESSAGE_confirm:
		return AUDIT_CONFIRM;
	case MESSAGE_original_proven:
		return AUDIT_PROVEN;
	case MESSAGE_sign:
		return AUDIT_SIGN;
	case MESSAGE_decrypt:
		return AUDIT_DECRYPT;
	case MESSAGE_hello:
	case MESSAGE_status:
	case MESSAGE_list:
	case MESSAGE_show:
	case MESSAGE_explain:
	case MESSAGE_log:
	case MESSAGE_log_verify:
	case MESSAGE_active:
		break;
	}
	return AUDIT_LIST;
}

bool audit_call_is_deed(enum message_number number)
{
	return action_of(number) != AUDIT_LIST && number != MESSAGE_import_begin &&
	       number != MESSAGE_import_data;
}

/* "rsa-pss-sha256" */
static void note_mechanism(struct audit_entry *entry, const char *scheme, enum sign_hash hash)
{
	const char *hash_word = sign_hash_word(hash);

	(void)snprintf(entry->mechanism, sizeof entry->mechanism, "%s-%s",
		       scheme == NULL ? "unknown" : scheme,
		       hash_word == NULL ? "unknown" : hash_word);
}

static void set_digest(struct audit_entry *entry, const void *bytes, size_t size)
{
	entry->digest_size = (uint8_t)size;
	memcpy(entry->digest, bytes, size);
}

/* Ed25519 is given the message itself, which is nobody's business: the log has its SHA-256. */
static void note_signature(struct audit_entry *entry, const struct sign_request *sign)
{
	struct digest digest;

	note_mechanism(entry, sign_scheme_word((enum sign_scheme)sign->scheme),
		       (enum sign_hash)sign->hash);
	if (sign->scheme == SIGN_EDDSA) {
		digest_of(sign->input.data, sign->input.size, &digest);
		set_digest(entry, digest.bytes, sizeof digest.bytes);
	} else if (sign->input.size > 0 &&
		   sign->input.size == sign_hash_size((enum sign_hash)sign->hash)) {
		set_digest(entry, sign->input.data, sign->input.size);
	}
}

/* Who, what and with which certificate; how it ended comes later. */
static void begin_entry(struct call *call, enum message_number number,
			const struct request *request)
{
	const struct subject *subject = &request->subject;
	struct audit_entry *entry = &call->entry;

	entry->at = time(NULL);
	entry->uid = (uint32_t)call_uid(call);
	entry->owner = (uint32_t)call_owner(call, subject);
	entry->pid = (uint32_t)call->sender.pid;
	entry->action = (uint8_t)action_of(number);
	session_copy_program(call->session, entry->program);
	if (number == MESSAGE_sign)
		note_signature(entry, &request->body.sign);
	if (number == MESSAGE_decrypt)
		note_mechanism(entry, "rsa-oaep", (enum sign_hash)request->body.decrypt.hash);
	if (subject->certificate == NULL)
		return;
	entry->has_certificate = true;
	entry->certificate = *subject->certificate;
}

/* What was done in vain, or only notes something, comes at a rate like what was refused. */
static bool is_rated(const struct call *call)
{
	return call->entry.result != ERR_OK || call->changed_nothing ||
	       call->entry.action == AUDIT_CONFIRM || call->entry.action == AUDIT_PROVEN;
}

/* A login that cannot be written is none. */
static enum err run_deed(struct call *call, struct request *request, audit_call_answer *answer)
{
	enum err written;
	enum err err;

	TRY(audit_reserve(call->service->audit));
	err = answer(call, request);
	call->entry.result = (uint32_t)err;
	written = audit_deed(call->service->audit, &call->entry, is_rated(call));
	if (written != ERR_OK && call->entry.action == AUDIT_LOGIN)
		(void)session_logout(call->session);
	return err != ERR_OK ? err : written;
}

static void write_refusal(struct call *call, enum err err)
{
	call->entry.result = (uint32_t)err;
	audit_refusal(call->service->audit, &call->entry);
}

/* A logout needs no place: a full log keeps no key open. */
static enum err run_logout(struct call *call, struct request *request, audit_call_answer *answer)
{
	enum err err = answer(call, request);

	if (err != ERR_OK) {
		write_refusal(call, err);
		return err;
	}
	audit_end(call->service->audit, &call->entry);
	audit_settle(call->service->audit);
	return ERR_OK;
}

enum err audit_call_run(struct call *call, enum message_number number, struct request *request,
			enum action asks, audit_call_answer *answer)
{
	bool is_deed = audit_call_is_deed(number);
	enum err err = ERR_OK;

	begin_entry(call, number, request);
	if (asks != ACTION_NONE)
		err = call_permit(call, asks, &request->subject);
	if (err == ERR_POLICY_DENIED || (err != ERR_OK && is_deed))
		write_refusal(call, err);
	TRY(err);
	if (number == MESSAGE_logout)
		return run_logout(call, request, answer);
	return is_deed ? run_deed(call, request, answer) : answer(call, request);
}

static const char *word_of_end(enum login_end end)
{
	switch (end) {
	case LOGIN_END_IDLE:
		return "idle-seconds";
	case LOGIN_END_LIMIT:
		return "login-max-seconds";
	case LOGIN_END_PROCESS:
		return "process-ended";
	case LOGIN_END_CLOSED:
		return "connection-closed";
	case LOGIN_END_REPLACED:
		return "another-login";
	case LOGIN_END_TOLD:
		break;
	}
	return "";
}

void audit_call_ended(struct service *service, struct session *session)
{
	struct audit_entry entry = {.action = AUDIT_LOGIN_ENDED, .has_certificate = true};
	struct ended_login ended;

	if (!session_take_ended(session, &ended))
		return;
	entry.at = time(NULL);
	entry.uid = entry.owner = (uint32_t)session_peer(session)->uid;
	entry.pid = (uint32_t)ended.pid;
	entry.certificate = ended.certificate;
	session_copy_program(session, entry.program);
	audit_entry_set_text(entry.mechanism, AUDIT_MECHANISM_MAX, word_of_end(ended.end));
	audit_end(service->audit, &entry);
}
