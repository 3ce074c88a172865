/* request_body.h - the bodies of the two requests, made inside secret memory.
 *
 * Written by hand: a JSON library would leave copies of the PIN on its own heap.
 */
#pragma once

#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"

/* {"id":...,"pin":...}. ERR_ID_TEXT, ERR_PIN_TEXT. */
enum err request_body_retrieve(const char *id, const struct secret *pin,
			       struct secret **out_body) MUST_CHECK;
/* {"ticket":...,"sha256":...}; the ticket was checked when it came in. */
enum err request_body_saved(const char *ticket, const struct digest *digest,
			    struct secret **out_body) MUST_CHECK;
