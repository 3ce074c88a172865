/* refused.c - the functions that only refuse, made from functions.def. The daemon knows nothing
 * that they could ask of it.
 */
#include "tool/pkcs11/refused.h"

#include "tool/pkcs11/call.h"

CK_RV refused_session(CK_SESSION_HANDLE session, CK_RV refusal)
{
	AUTO_HELD(call) call = {0};

	CHECK(call_enter_session(&call, session));
	return refusal;
}

CK_RV refused_slot(CK_SLOT_ID slot, CK_RV refusal)
{
	AUTO_HELD(call) call = {0};
	struct slot_view view;

	CHECK(call_enter(&call));
	CHECK(slots_view(call.instance->slots, slot, &view));
	return refusal;
}

/* Only the first argument is looked at. NOLINTBEGIN(misc-unused-parameters) */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define OFFERED(name, since)
#define VERSIONED(name)
#define REFUSED(name, since, result, checked, arguments)   \
	CK_RV name arguments                               \
	{                                                  \
		return refused_##checked(checked, result); \
	}
#include "tool/pkcs11/functions.def"
/* NOLINTEND(misc-unused-parameters) */
