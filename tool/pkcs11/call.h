/* call.h - what every function of the module begins with: the module is initialized, in this
 * process; a session handle is good; nobody else uses that session meanwhile.
 *
 *	AUTO_HELD(call) call = {0};
 *
 *	CHECK(call_enter_session(&call, handle));
 *
 * The end of the scope lets all of it go. C_Finalize does not wait for calls that are going on:
 * they finish on what they hold, and the last one clears up.
 */
#pragma once

#include <stdbool.h>

#include "tool/pkcs11/cryptoki.h"
#include "tool/pkcs11/instance.h"
#include "tool/pkcs11/session.h"
#include "tool/pkcs11/slots.h"
#include "vault/base/own.h"

struct call {
	struct instance *instance;
	struct session *session; /* its `busy` is ours */
};

CK_RV call_enter(struct call *call);
CK_RV call_enter_session(struct call *call, CK_SESSION_HANDLE handle);
void call_clear(struct call *call);
OWN_DEFINE_HELD(call, call_clear)

/* The protocol of every function with an output of a known size: false when *out_result (CKR_OK
 * for a question of the size, CKR_BUFFER_TOO_SMALL) is the answer and the operation goes on.
 * `size` must not be NULL. */
bool call_has_room(const void *buffer, CK_ULONG_PTR size, size_t needed, CK_RV *out_result);
