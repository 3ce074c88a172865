/* pin_hash.c - see pin_hash.h */
#include "tests/server/pin_hash.h"

#include <string.h>

#include <openssl/evp.h>

/* Slow enough to make guessing dear, quick enough for a demo. */
enum { ITERATIONS = 60000 };

enum err pin_hash(const char *pin, const uint8_t salt[LEDGER_SALT_SIZE],
		  uint8_t out_hash[LEDGER_HASH_SIZE])
{
	return PKCS5_PBKDF2_HMAC(pin, (int)strlen(pin), salt, LEDGER_SALT_SIZE, ITERATIONS,
				 EVP_sha256(), LEDGER_HASH_SIZE, out_hash) == 1
		       ? ERR_OK
		       : err_note(ERR_INTERNAL, "PBKDF2 failed");
}
