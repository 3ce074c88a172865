/* signer.c - see signer.h */
#include "tool/sign/signer.h"

enum err signer_scheme(enum key_kind kind, enum sign_scheme *out_scheme, enum sign_hash *out_hash)
{
	enum sign_hash hash = SIGN_SHA256;

	switch (kind) {
	case KEY_RSA:
	case KEY_P256:
		break;
	case KEY_P384:
		hash = SIGN_SHA384;
		break;
	case KEY_P521:
		hash = SIGN_SHA512;
		break;
	case KEY_ED25519:
		return err_detail(ERR_SIGN_KEY, "Ed25519");
	case KEY_UNKNOWN:
	default:
		return err_detail(ERR_SIGN_KEY, "?");
	}
	*out_scheme = kind == KEY_RSA ? SIGN_RSA_PKCS1 : SIGN_ECDSA;
	*out_hash = hash;
	return ERR_OK;
}
