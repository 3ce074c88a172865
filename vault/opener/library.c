/* library.c - see library.h */
#include "vault/opener/library.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

struct library {
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *modern;
	OSSL_PROVIDER *legacy; /* NULL where it is not installed: its algorithms are then named */
};

enum err library_open(struct library **out_library)
{
	AUTO(library) library = calloc(1, sizeof *library);

	if (library == NULL)
		return ERR_MEMORY;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		return library_failed("OPENSSL_init_crypto");
	library->context = OSSL_LIB_CTX_new();
	if (library->context == NULL)
		return ERR_MEMORY;
	library->modern = OSSL_PROVIDER_load(library->context, "default");
	if (library->modern == NULL)
		return library_failed("OSSL_PROVIDER_load");
	library->legacy = OSSL_PROVIDER_load(library->context, "legacy");
	ERR_clear_error();
	*out_library = TAKE(library);
	return ERR_OK;
}

OSSL_LIB_CTX *library_context(const struct library *library)
{
	return library->context;
}

void library_close(struct library *library)
{
	if (library == NULL)
		return;
	if (library->legacy != NULL)
		(void)OSSL_PROVIDER_unload(library->legacy);
	if (library->modern != NULL)
		(void)OSSL_PROVIDER_unload(library->modern);
	OSSL_LIB_CTX_free(library->context);
	free(library);
}

enum err library_failed(const char *call)
{
	unsigned long code = ERR_get_error();

	ERR_clear_error();
	return err_note(ERR_INTERNAL, "%s: error %08lX", call, code);
}
