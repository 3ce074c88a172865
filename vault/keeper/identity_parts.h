/* identity_parts.h - an identity from inside; for the files that use its key.
 */
#pragma once

#include <openssl/evp.h>

#include "vault/keeper/identity.h"

struct identity {
	EVP_PKEY *key;
};
