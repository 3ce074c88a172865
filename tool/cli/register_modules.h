/* register_modules.h - which PKCS#11 modules an NSS database names, and changing that.
 *
 * Read here, from pkcs11.txt; written only by NSS's own program modutil, which knows how to keep
 * the file whole and leaves every other module as it is.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

/* The name under which register enters the module. */
#define REGISTER_NAME "Kinko"

struct registration {
	bool is_there;
	char *name;    /* under which it is entered */
	char *library; /* where it lay then */
};
void registration_clear(struct registration *registration);
OWN_DEFINE_HELD(registration, registration_clear)

/* Whatever its name: the module is known by its file's name. A database without pkcs11.txt has
 * none. ERR_NOT_FOUND when the list cannot be read. */
enum err registration_find(const char *folder, struct registration *out_registration) MUST_CHECK;

/* Whether modutil is on this computer. */
bool modutil_is_there(void);
/* ERR_REGISTER with a note of what modutil said. */
enum err modutil_add(const char *folder, const char *module) MUST_CHECK;
enum err modutil_delete(const char *folder, const char *name) MUST_CHECK;
