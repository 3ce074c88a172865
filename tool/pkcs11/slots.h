/* slots.h - the slots of the module, kept in step with the vault, and what changed in them.
 *
 *   show = active   exactly one slot, 0; its token is the active certificate
 *   show = all      one slot for each certificate, its number the one given at import
 *
 * Nothing is asked of the vault before somebody asks for slots. A vault that does not answer shows
 * as tokens that are away; sessions outlive that as long as the same certificate comes back, so
 * that a restart of the daemon ends logins and nothing else.
 *
 * May be used by many threads at once.
 */
#pragma once

#include <stdbool.h>

#include "tool/pkcs11/cryptoki.h"
#include "tool/pkcs11/token.h"
#include "vault/base/err.h"
#include "vault/base/own.h"

struct slots;

enum err slots_new(struct slots **out_slots) MUST_CHECK;
void slots_free(struct slots *slots); /* ends every login */
OWN_DEFINE(slots, slots_free)

/* In a child of fork, with what was its parent's: closes the child's copies of the connections,
 * which would keep them open after the parent. All else is left as it lies: locks may be held by
 * threads that the child has not. */
void slots_abandon(struct slots *slots);

/* Looks at the vault, unless that was done within so many milliseconds. */
void slots_refresh(struct slots *slots, unsigned milliseconds);

/* The slots there are, the active certificate's first. *in_out_count: room, then how many. False
 * when there is not enough room. `list` may be NULL. */
bool slots_list(struct slots *slots, bool with_token, CK_SLOT_ID *list, CK_ULONG *in_out_count);

struct slot_view {
	bool has_token;
	bool is_single; /* show = active */
};
/* CKR_SLOT_ID_INVALID. */
CK_RV slots_view(struct slots *slots, CK_SLOT_ID id, struct slot_view *out_view);
/* The token, with its certificate read: one reference for the caller. CKR_SLOT_ID_INVALID,
 * CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED. */
CK_RV slots_token(struct slots *slots, CK_SLOT_ID id, struct token **out_token);

/* A slot whose token came, went or changed since this was last told. */
bool slots_take_event(struct slots *slots, CK_SLOT_ID *out_id);
