/* answer_vault.c - hello, status, explain: about the vault itself; these touch no key. */
#include "vault/daemon/call.h"

#include <stdlib.h>
#include <string.h>

#include "vault/daemon/status.h"

enum err answer_hello(struct call *call, struct request *request)
{
	struct keeper *keeper = call->service->keeper;
	struct hello_reply reply = {.version = WIRE_VERSION,
				    .vault_state = (uint8_t)keeper_state(keeper),
				    .is_private = call->service->place->is_private};

	if (request->body.hello.version != WIRE_VERSION)
		return ERR_WIRE_VERSION;
	session_name_program(call->session, request->body.hello.program);
	session_greet(call->session);
	wire_hello_reply(call->reply, &reply);
	return ERR_OK;
}

enum err answer_status(struct call *call, struct request *request)
{
	AUTO_HELD(status_reply) reply = {0};

	(void)request;
	TRY(status_fill(call->service, &reply));
	wire_status_reply(call->reply, &reply);
	return ERR_OK;
}

/* The same decision, with the same facts, that the action itself would meet. */
enum err answer_explain(struct call *call, struct request *request)
{
	const struct explain_request *asked = &request->body.explain;
	const struct subject subject = {.certificate = asked->has_certificate ? &asked->id : NULL};
	struct ruling ruling;
	struct explain_reply reply;
	enum action action;

	if (!action_of_word(asked->action, &action))
		return err_detail(ERR_NOT_FOUND, "%s", asked->action);
	TRY(call_ask_policy(call, action, &subject, &ruling));
	reply = (struct explain_reply){
		.is_allowed = ruling.is_allowed, .rule = ruling.rule, .line = ruling.line};
	wire_explain_reply(call->reply, &reply);
	return ERR_OK;
}
