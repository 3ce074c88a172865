/* certificate_bytes.h - the public certificate itself on standard output. */
#pragma once

#include "vault/base/bytes.h"
#include "vault/base/err.h"

enum err certificate_print_pem(const struct bytes *der) MUST_CHECK; /* RFC 7468 */
enum err certificate_print_der(const struct bytes *der) MUST_CHECK;
