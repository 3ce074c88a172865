/* hwid.h - which machine this is, as two digests: machine-id and SMBIOS product UUID.
 *
 * Each counts only when it was readable at enrolment and is readable now. It is never part of a
 * key: it gives the right sentence ("another machine") and nothing secret hangs on it.
 */
#pragma once

#include <stdbool.h>

#include "vault/base/cursor.h"
#include "vault/base/digest.h"
#include "vault/keeper/keys.h"

struct hwid_part {
	bool is_known;
	struct digest digest; /* zero when not known */
};

struct hwid {
	struct hwid_part machine_id;
	struct hwid_part product_uuid;
};

enum hwid_answer { HWID_SAME, HWID_OTHER, HWID_NOT_COMPARED };

/* Each text may be NULL; blanks and line ends around it do not count. */
void hwid_of(const struct vault_id *vault, const char *machine_id, const char *product_uuid,
	     struct hwid *out_hwid);
enum hwid_answer hwid_compare(const struct hwid *enrolled, const struct hwid *now);
void hwid_code(struct cursor *cursor, struct hwid *hwid);
