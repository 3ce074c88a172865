/* result.c - see result.h */
#include "tool/pkcs11/result.h"

#pragma GCC diagnostic ignored "-Wswitch-enum" /* the rest of the table is one result */

CK_RV result_of(enum err err)
{
	switch (err) {
	case ERR_OK:
		return CKR_OK;
	case ERR_MEMORY:
		return CKR_HOST_MEMORY;
	case ERR_PIN_WRONG:
		return CKR_PIN_INCORRECT;
	case ERR_PIN_LOCKED:
		return CKR_PIN_LOCKED;
	case ERR_PIN_TEXT:
	case ERR_PIN_RULE:
		return CKR_PIN_INVALID;
	case ERR_LOGIN_NEEDED:
		return CKR_USER_NOT_LOGGED_IN;
	case ERR_POLICY_DENIED:
		return CKR_FUNCTION_REJECTED;
	case ERR_SIGN_INPUT:
		return CKR_DATA_INVALID;
	case ERR_DECRYPT:
		return CKR_ENCRYPTED_DATA_INVALID;
	case ERR_LOGIN_LIMIT:
		return CKR_DEVICE_MEMORY;
	case ERR_VAULT_UNREACHABLE:
	case ERR_SERVER_IDENTITY:
	case ERR_WIRE_VERSION:
	case ERR_CERT_NOT_FOUND:
	case ERR_NO_ACTIVE:
	case ERR_TIMEOUT:
		return CKR_DEVICE_REMOVED;
	default:
		return CKR_FUNCTION_FAILED;
	}
}
