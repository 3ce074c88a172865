/* pin_hash.h - how the server knows a PIN again without keeping it: PBKDF2 (RFC 8018, 5.2).
 */
#pragma once

#include <stdint.h>

#include "tests/server/ledger.h"
#include "vault/base/err.h"

enum err pin_hash(const char *pin, const uint8_t salt[LEDGER_SALT_SIZE],
		  uint8_t out_hash[LEDGER_HASH_SIZE]) MUST_CHECK;
