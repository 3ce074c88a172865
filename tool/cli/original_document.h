/* original_document.h - what `original get`, `show` and `check` say alike to programs.
 */
#pragma once

#include "tool/cli/json.h"
#include "vault/base/err.h"
#include "vault/cert/certificate.h"

/* {"certificate": what the certificate says, "original_file": `path`} */
enum err original_document(const struct certificate *certificate, const char *path,
			   json_t **out_document) MUST_CHECK;
