/* anchor_file.h - the anchor's first kind: a small file that is updated in place. Called by
 * anchor.c, which says the contract; only going over from another kind makes one here.
 *
 * It has two slots, each in a sector of its own: value, number, and their SHA-256. A move writes
 * the slot that is not current, under the next number, so that one write and one sync are enough:
 * cut off anywhere, the value before is still there, and the move is finished by who asks next.
 */
#pragma once

#include "vault/keeper/anchor.h"

enum err anchor_file_read(int folder, enum anchor_answer *out_answer,
			  struct digest *out_value) MUST_CHECK;
/* Only a token that leads from the value there to `next` is taken: ERR_ROLLED_BACK otherwise, and
 * nothing is written. The file is made when there is none and the move begins at zero. */
enum err anchor_file_move(int folder, const struct digest *token,
			  const struct digest *next) MUST_CHECK;
/* A new file with this value, whatever was there. */
enum err anchor_file_make(int folder, const struct digest *value) MUST_CHECK;
enum err anchor_file_confirm(int folder, const struct digest *value) MUST_CHECK;
