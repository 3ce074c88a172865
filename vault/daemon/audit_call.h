/* audit_call.h - which requests are decisions about keys, and the entry that each leaves.
 */
#pragma once

#include "vault/daemon/call.h"

/* Whether answering this message uses or changes a key, or what the vault knows of one. */
bool audit_call_is_deed(enum message_number number);
/* Answers it, if the policy allows what it asks and the log has room (a logout needs none), and
 * writes how it ended: before the answer leaves. */
typedef enum err audit_call_answer(struct call *call, struct request *request);
/* Writes that a login of this session has ended by itself, if one has. */
void audit_call_ended(struct service *service, struct session *session);
enum err audit_call_run(struct call *call, enum message_number number, struct request *request,
			enum action asks, audit_call_answer *answer) MUST_CHECK;
