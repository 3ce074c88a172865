/* refused.h - what every refused function does before it says no: the rules of the standard about
 * the order of answers (not initialized, then a bad handle, then the refusal).
 */
#pragma once

#include "tool/pkcs11/cryptoki.h"

CK_RV refused_session(CK_SESSION_HANDLE session, CK_RV refusal);
CK_RV refused_slot(CK_SLOT_ID slot, CK_RV refusal);
