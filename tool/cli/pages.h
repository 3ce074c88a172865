/* pages.h - the certificate dialog people know, on paper: 全般, 詳細, 証明のパス.
 */
#pragma once

#include <stdio.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/cert/certificate.h"
#include "vault/cert/fields.h"
#include "vault/cert/path.h"

/* A certificate read for showing. */
struct pages {
	struct certificate *certificate;
	struct fields *fields;
	struct path *path;
};
enum err pages_of(const struct bytes *certificate, const struct bytes_list *chain,
		  struct pages *out_pages) MUST_CHECK;
void pages_clear(struct pages *pages);
OWN_DEFINE_HELD(pages, pages_clear)

/* Each prints one page on standard output, heading first. */
enum err pages_print_general(const struct pages *pages) MUST_CHECK;
enum err pages_print_details(const struct pages *pages) MUST_CHECK;
enum err pages_print_path(const struct pages *pages) MUST_CHECK;
/* What is compared with the letter, in its order: 発行先, 発行者, 有効期間, ユーザーID, CN, O, C.
 */
enum err pages_print_letter_points(const struct pages *pages, FILE *file) MUST_CHECK;
