/* label.h - the name of a certificate in its owner's list: unique, and never changed.
 *
 * friendlyName, else CN, OU, O. A repeat becomes "NAME (2031)", the year of expiry in Japan,
 * then "NAME (2031-2)", and so on.
 */
#pragma once

#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/cert/certificate.h"
#include "vault/keeper/index.h"

enum err label_choose(const struct index *index, uid_t uid, const struct certificate *certificate,
		      const char *friendly_name, char **out_label) MUST_CHECK;
