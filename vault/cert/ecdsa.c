/* ecdsa.c - see ecdsa.h */
#include "vault/cert/ecdsa.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include "vault/base/own.h"

enum { HALVES_SIZE_MAX = 2 * 66 }; /* P-521 */

OWN_DEFINE(ECDSA_SIG_st, ECDSA_SIG_free)

enum err ecdsa_der(const struct bytes *halves, struct bytes *out_der)
{
	AUTO(ECDSA_SIG_st) pair = NULL;
	int half = (int)(halves->size / 2);
	uint8_t *der = NULL;
	int size;
	enum err err;

	if (halves->size == 0 || halves->size % 2 != 0 || halves->size > HALVES_SIZE_MAX)
		return err_note(ERR_WIRE, "an ECDSA signature of %zu bytes", halves->size);
	pair = ECDSA_SIG_new();
	if (pair == NULL || ECDSA_SIG_set0(pair, BN_bin2bn(halves->data, half, NULL),
					   BN_bin2bn(halves->data + half, half, NULL)) != 1)
		return ERR_MEMORY;
	size = i2d_ECDSA_SIG(pair, &der);
	if (size <= 0)
		return ERR_MEMORY;
	err = bytes_copy(der, (size_t)size, out_der);
	OPENSSL_free(der);
	return err;
}
