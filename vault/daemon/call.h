/* call.h - one request being answered: who asks what of whom, and where the reply goes. Each
 * message has one answer_NAME; dispatch calls it when state and policy allow.
 */
#pragma once

#include "vault/daemon/request.h"
#include "vault/daemon/service.h"
#include "vault/daemon/session.h"

struct call {
	struct service *service;
	struct session *session;
	struct sender sender;
	struct cursor *reply;
	uint8_t tries_left;       /* for an error about a PIN; WIRE_NO_TRIES otherwise */
	struct audit_entry entry; /* what the log will say; the handler knows some of it */
	bool changed_nothing;     /* the handler found it as it was asked to be */
};

uid_t call_uid(const struct call *call);
/* Whose certificates a request speaks about. */
uid_t call_owner(const struct call *call, const struct subject *subject);

/* What the policy says of this caller, with the facts of the certificate where there is one.
 * ERR_CERT_NOT_FOUND only for what the caller may know about. */
enum err call_ask_policy(const struct call *call, enum action action, const struct subject *subject,
			 struct ruling *out_ruling) MUST_CHECK;
/* The same as an error: ERR_POLICY_DENIED with the rule as its detail. */
enum err call_permit(struct call *call, enum action action,
		     const struct subject *subject) MUST_CHECK;

/* Writes the entry as the reply and clears it. */
enum err call_reply_entry(struct call *call, struct entry *entry) MUST_CHECK;

#define MESSAGE(number, name, needs, asks, kind, pace) \
	enum err answer_##name(struct call *call, struct request *request) MUST_CHECK;
#include "vault/wire/messages.def"
#undef MESSAGE
