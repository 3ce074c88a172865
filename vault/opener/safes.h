/* safes.h - walks the safes of an original, bag by bag (RFC 7292, 4.1 and 4.2), twice: first
 * only looking, to know what the whole would cost and whether it can be read at all, then
 * unlocking each part.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/opener/ber.h"
#include "vault/opener/contents.h"
#include "vault/opener/unlocking.h"

/* Before the PIN is tried. Only ERR_ORIGINAL_EXPENSIVE and ERR_ORIGINAL_ALGORITHM are said:
 * damage is left for the MAC to find. */
enum err safes_survey(const struct octets *safes, struct unlocking *unlocking) MUST_CHECK;
/* After the MAC was right. */
enum err safes_unlock(const struct octets *safes, struct unlocking *unlocking,
		      struct contents *contents) MUST_CHECK;
