/* operation.h - one active operation of a session: what was asked for, and what has been collected
 * for it. Signing, verifying, digesting and decrypting each have one.
 *
 *   state       entered by   may be asked                  left by
 *   none        -            Init                          Init -> begun
 *   begun       Init         Update, Final, the one-shot   Update -> collecting; answer -> none
 *   collecting  Update       Update, Final                 the answer, any error -> none
 *
 * A question for the size, and a buffer that is too small, leave the state as it is.
 */
#pragma once

#include <stdbool.h>

#include "tool/pkcs11/mechanism.h"

struct operation {
	const struct mechanism *mechanism; /* NULL: none is active */
	enum hash_kind hash;               /* HASH_NONE: the input will tell */
	bool is_collecting;
	struct hash running; /* of mechanisms that hash */
	uint8_t *input;      /* of the others */
	size_t input_size;
};

void operation_begin(struct operation *operation, const struct mechanism *mechanism,
		     enum hash_kind hash);
/* More of the message. CKR_OPERATION_NOT_INITIALIZED, CKR_ARGUMENTS_BAD, CKR_DATA_LEN_RANGE,
 * CKR_HOST_MEMORY; the operation is then over. */
CK_RV operation_add(struct operation *operation, const void *bytes, CK_ULONG size);
void operation_end(struct operation *operation); /* forgets all; accepts one that is not active */

/* What is signed or verified, once everything is there: a digest, or for Ed25519 the message.
 * `digest` is room for it; *out_input points there or into the operation. CKR_DATA_LEN_RANGE,
 * CKR_DATA_INVALID: not the input of this mechanism. */
CK_RV operation_input(struct operation *operation, uint8_t digest[HASH_SIZE_MAX],
		      struct part *out_input);
