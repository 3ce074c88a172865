/* answer_login.c - login, logout, pin: what a PIN is sent for.
 *
 * Text that cannot be a PIN is refused before it could cost a try; everything else is the
 * keeper's to count.
 */
#include "vault/daemon/call.h"

#include "policy/pin_rule.h"
#include "vault/base/pin_text.h"

static void note_tries(struct call *call, enum err err, uint8_t tries_left)
{
	if (err == ERR_PIN_WRONG || err == ERR_PIN_LOCKED)
		call->tries_left = err == ERR_PIN_LOCKED ? 0 : tries_left;
}

/* ERR_PIN_WRONG's advice names the tries that are left. */
static enum err with_tries(struct call *call, enum err err, uint8_t tries_left)
{
	note_tries(call, err, tries_left);
	return err == ERR_PIN_WRONG ? err_detail(err, "%u", tries_left) : err;
}

static enum err unlock(struct call *call, const struct login_request *request, int *in_out_process,
		       const struct policy_limits *limits)
{
	const struct session_limits ends = {
		.idle_seconds = limits->idle_seconds,
		.max_seconds = limits->login_max_seconds,
		.uses_max = limits->pin_ask == ASK_ALWAYS ? 1 : limits->batch_max};
	struct login *login = NULL;
	uint8_t tries_left = 0;
	enum err err;
	int process = *in_out_process;

	err = keeper_login(call->service->keeper, call_uid(call), &request->id, request->pin,
			   limits->pin_tries, &tries_left, &login);
	if (err != ERR_OK) {
		session_fail_login(call->session);
		return with_tries(call, err, tries_left);
	}
	*in_out_process = -1; /* the session's from here on */
	return session_finish_login(call->session, login, call->sender.pid, process, &ends);
}

/* The process is taken hold of before the PIN is looked at: whoever ends during that does not
 * leave a login behind for the next process of the same number. */
enum err answer_login(struct call *call, struct request *request)
{
	struct policy_limits limits = rulebook_limits(call->service->rulebook);
	struct login_reply reply = {.idle_seconds = limits.idle_seconds,
				    .max_seconds = limits.login_max_seconds};
	AUTO_FD process = -1;

	if (!pin_text_is_proper(request->body.login.pin))
		return ERR_PIN_TEXT;
	TRY(peer_open_process(call->sender.pid, &process));
	TRY(session_begin_login(call->session));
	TRY(unlock(call, &request->body.login, &process, &limits));
	wire_login_reply(call->reply, &reply);
	return ERR_OK;
}

enum err answer_logout(struct call *call, struct request *request)
{
	(void)request;
	call->entry.has_certificate =
		session_login_certificate(call->session, &call->entry.certificate);
	return session_logout(call->session) ? ERR_OK : ERR_LOGIN_NEEDED;
}

enum err answer_pin(struct call *call, struct request *request)
{
	const struct pin_request *pin = &request->body.pin;
	struct policy_limits limits = rulebook_limits(call->service->rulebook);
	AUTO_HELD(entry) entry = {0};
	uint8_t tries_left = 0;
	enum err err;

	if (!pin_text_is_proper(pin->old_pin))
		return ERR_PIN_TEXT;
	if (pin->new_pin == NULL || pin_rule_check(pin->new_pin) != PIN_RULE_OK)
		return ERR_PIN_RULE;
	err = keeper_change_pin(call->service->keeper, call_uid(call), &pin->id, pin->old_pin,
				pin->new_pin, true, limits.pin_tries, &tries_left, &entry);
	if (err != ERR_OK)
		return with_tries(call, err, tries_left);
	return call_reply_entry(call, &entry);
}
