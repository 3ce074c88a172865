/* trust.c - see trust.h */
#include "tool/sign/trust.h"

#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "tool/sign/openssl.h"

/* Made by update-ca-certificates from the system's list and what its administrator added. */
#define SYSTEM_LIST "/etc/ssl/certs/ca-certificates.crt"

enum { DEPTH_MAX = 8 };

struct trust {
	X509_STORE *store;
};

typedef STACK_OF(X509) x509_stack;

static void free_stack(x509_stack **stack)
{
	sk_X509_pop_free(*stack, X509_free);
}

static void free_context(X509_STORE_CTX **context)
{
	X509_STORE_CTX_free(*context);
}

enum err trust_open(const char *more_path, struct trust **out_trust)
{
	AUTO(trust) trust = calloc(1, sizeof *trust);

	if (trust == NULL)
		return ERR_MEMORY;
	TRY(openssl_ready());
	trust->store = X509_STORE_new();
	if (trust->store == NULL)
		return ERR_MEMORY;
	if (access(SYSTEM_LIST, R_OK) == 0)
		(void)X509_STORE_load_file(trust->store, SYSTEM_LIST);
	if (more_path != NULL && X509_STORE_load_file(trust->store, more_path) != 1) {
		ERR_clear_error();
		return err_detail(ERR_FILE_READ, "%s", more_path);
	}
	/* Whoever names an issuer trusts it, whether it is a root or not. */
	(void)X509_STORE_set_flags(trust->store, X509_V_FLAG_PARTIAL_CHAIN);
	(void)X509_STORE_set_depth(trust->store, DEPTH_MAX);
	ERR_clear_error();
	*out_trust = TAKE(trust);
	return ERR_OK;
}

void trust_close(struct trust *trust)
{
	if (trust == NULL)
		return;
	X509_STORE_free(trust->store);
	free(trust);
}

static X509 *parse(const struct bytes *der)
{
	const uint8_t *at = der->data;

	return d2i_X509(NULL, &at, (long)der->size);
}

static bool collect(const struct bytes_list *others, x509_stack *stack)
{
	for (size_t i = 0; i < others->count; i++) {
		X509 *x509 = parse(&others->items[i]);
		if (x509 != NULL && sk_X509_push(stack, x509) <= 0) {
			X509_free(x509);
			return false;
		}
	}
	return true;
}

bool trust_knows(const struct trust *trust, const struct bytes *certificate,
		 const struct bytes_list *others, int64_t at)
{
	__attribute__((cleanup(free_stack))) x509_stack *stack = sk_X509_new_null();
	__attribute__((cleanup(free_context))) X509_STORE_CTX *context = X509_STORE_CTX_new();
	AUTO_X509 x509 = parse(certificate);
	bool is_known;

	if (stack == NULL || context == NULL || x509 == NULL || !collect(others, stack) ||
	    X509_STORE_CTX_init(context, trust->store, x509, stack) != 1)
		return false;
	X509_STORE_CTX_set_time(context, 0, (time_t)at);
	is_known = X509_verify_cert(context) == 1;
	ERR_clear_error();
	return is_known;
}
