/* library.h - OpenSSL as this program uses it: a context of its own with the default provider
 * and, where it is installed, the legacy one. No configuration file is read.
 */
#pragma once

#include <openssl/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

/* OpenSSL's objects as AUTO() wants them. */
#define LIBRARY_OWN(type, name, destroy)                      \
	static inline void name##_own_end(type *const *owned) \
	{                                                     \
		destroy(*owned);                              \
	}
#define AUTO_SSL(type, name) __attribute__((cleanup(name##_own_end))) type *

struct library;

enum err library_open(struct library **out_library) MUST_CHECK;
OSSL_LIB_CTX *library_context(const struct library *library);
void library_close(struct library *library); /* accepts NULL */
OWN_DEFINE(library, library_close)

/* ERR_INTERNAL with OpenSSL's own reason as the note. */
enum err library_failed(const char *call);
