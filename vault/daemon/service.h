/* service.h - what every request may need: the vault, the rules, the opener, the quotas. Made by
 * main before the first client and unchanged until the last one is gone.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/place.h"
#include "vault/daemon/audit.h"
#include "vault/daemon/complaint.h"
#include "vault/daemon/failures.h"
#include "vault/daemon/quota.h"
#include "vault/daemon/rulebook.h"
#include "vault/daemon/starter.h"
#include "vault/keeper/keeper.h"

enum {
	SERVICE_LOGINS_MAX = 64, /* open at once, all users; sizes the keeper's secure heap */
	SERVICE_LOGINS_PER_USER = 32,
	SERVICE_IMPORTS_MAX = 64, /* originals on their way in, at most 1 MiB each */
	SERVICE_IMPORTS_PER_USER = 4,
	SERVICE_OPENERS_MAX = 2,
	SERVICE_OPENERS_PER_USER = 1,
};

struct service {
	const struct place *place; /* borrowed, as all pointers down to the starter */
	const char *user_name;     /* as whom this works */
	const char *opener_path;
	bool has_own_network; /* in which there is nothing */
	struct keeper *keeper;
	struct rulebook *rulebook;
	struct starter *starter;
	struct audit *audit;
	struct quota *logins;
	struct quota *imports;
	struct quota *openers;
	struct complaints complaints;
	struct failures decryptions;
};

/* Makes the quotas; the rest is the caller's to fill in. */
enum err service_init(struct service *service) MUST_CHECK;
void service_clear(struct service *service);
OWN_DEFINE_HELD(service, service_clear)
