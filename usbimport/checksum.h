/* checksum.h - the line beside an original that `sha256sum -c` reads.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/base/secret.h"

/* "<hex>  <name>\n". A name with a backslash or a line end is written as sha256sum does: these are
 * escaped and the line begins with a backslash. (It is no secret; it is written like one.) */
enum err checksum_line(const char *name, const struct secret *bytes,
		       struct secret **out_line) MUST_CHECK;
