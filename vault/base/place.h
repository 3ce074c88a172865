/* place.h - where a vault lies: the fixed paths of the system vault, or one folder that holds
 * everything of a private vault.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

/* Name of the system user, and of the variable that names a private vault's socket. */
#define PLACE_USER            "kinko"
#define PLACE_SOCKET_VARIABLE "KINKO_SOCKET"

struct place {
	bool is_private;
	char *run;    /* folder of the socket: /run/kinko, or the private folder */
	char *socket; /* PLACE_SOCKET in `run` */
	char *state;  /* folder of vault.key and the database */
	char *anchor; /* folder of the anchor file */
	char *config; /* folder of host.key, policy.conf and kinko.conf */
};

#define PLACE_SOCKET   "vault.sock"  /* in run */
#define PLACE_HOST_KEY "host.key"    /* in config */
#define PLACE_POLICY   "policy.conf" /* in config */
#define PLACE_SETTINGS "kinko.conf"  /* in config */

enum err place_of_system(struct place **out_place) MUST_CHECK;
/* `folder` may be relative: it is made absolute against the working folder. */
enum err place_of_private(const char *folder, struct place **out_place) MUST_CHECK;
void place_free(struct place *place);
OWN_DEFINE(place, place_free)
