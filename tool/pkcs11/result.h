/* result.h - a failure of the vault in the words of PKCS#11.
 */
#pragma once

#include "tool/pkcs11/cryptoki.h"
#include "vault/base/err.h"

/* A vault that does not answer is a token that is away: never CKR_DEVICE_ERROR, after which many
 * programs never ask again. */
CK_RV result_of(enum err err);
