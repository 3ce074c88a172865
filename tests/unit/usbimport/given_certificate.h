/* given_certificate.h - a certificate with a given holder and first day.
 */
#pragma once

#include "vault/cert/certificate.h"

/* `user_id` NULL: none. `not_before` as in X.509 ("20260131150000Z"). */
struct certificate *given_certificate(const char *user_id, long serial, const char *not_before);
