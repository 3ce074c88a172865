/* openssl.c - see openssl.h */
#include "tool/sign/openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

enum err openssl_ready(void)
{
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 ? ERR_OK : ERR_MEMORY;
}

const EVP_MD *openssl_hash(enum sign_hash hash)
{
	switch (hash) {
	case SIGN_SHA384:
		return EVP_sha384();
	case SIGN_SHA512:
		return EVP_sha512();
	case SIGN_SHA256:
	default:
		return EVP_sha256();
	}
}

/* The first complaint in the queue is the cause, those that follow only pass it on. */
enum err openssl_failed(const char *what)
{
	unsigned long first = ERR_peek_error();
	const char *reason = ERR_reason_error_string(first);
	enum err err = ERR_MEMORY;

	if (ERR_GET_REASON(first) != ERR_R_MALLOC_FAILURE)
		err = err_note(ERR_INTERNAL, "%s: %s", what, reason == NULL ? "?" : reason);
	ERR_clear_error();
	return err;
}

enum err openssl_certificate_bytes(X509 *x509, struct bytes *out_der)
{
	uint8_t *der = NULL;
	int size = i2d_X509(x509, &der);
	enum err err;

	if (size <= 0)
		return openssl_failed("certificate");
	err = bytes_copy(der, (size_t)size, out_der);
	OPENSSL_free(der);
	return err;
}
