/* answer_sign.c - sign, decrypt: what a login is for. Nothing here waits for anybody, and a
 * signature is on its way only once its entry is the kernel's (audit_call.h).
 */
#include "vault/daemon/call.h"

enum err answer_sign(struct call *call, struct request *request)
{
	const struct sign_request *sign = &request->body.sign;
	AUTO_HELD(sign_reply) reply = {{NULL, 0}};
	struct login *login = NULL;
	enum err err;

	TRY(session_begin_use(call->session, &sign->id, &login));
	err = login_sign(login, (enum sign_scheme)sign->scheme, (enum sign_hash)sign->hash,
			 &sign->input, &reply.signature);
	session_end_use(call->session, login, err == ERR_OK);
	TRY(err);
	wire_sign_reply(call->reply, &reply);
	return ERR_OK;
}

static enum err decrypt_once(struct call *call, const struct decrypt_request *decrypt,
			     struct secret **out_plain)
{
	struct login *login = NULL;
	enum err err;

	TRY(session_begin_use(call->session, &decrypt->id, &login));
	err = login_decrypt(login, (enum sign_hash)decrypt->hash, &decrypt->input, out_plain);
	session_end_use(call->session, login, err == ERR_OK);
	return err;
}

/* That something cannot be opened tells a little about it (Manger, 2001): who learns that too
 * often waits. */
enum err answer_decrypt(struct call *call, struct request *request)
{
	const struct decrypt_request *decrypt = &request->body.decrypt;
	struct failures *failures = &call->service->decryptions;
	AUTO_HELD(decrypt_reply) reply = {NULL};
	enum err err;

	if (!failures_begin(failures, call_uid(call), session_clock()))
		return ERR_BUSY;
	err = decrypt_once(call, decrypt, &reply.plain);
	failures_end(failures, call_uid(call), err == ERR_DECRYPT);
	TRY(err);
	wire_decrypt_reply(call->reply, &reply);
	return ERR_OK;
}
