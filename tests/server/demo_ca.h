/* demo_ca.h - an invented certification authority: a root, and below it an issuing CA.
 *
 * It has the shape of the authorities that issue to Japanese professionals: the issuing CA is
 * known by its OU and has no CN, policies are critical, names in Japanese stand in directoryNames
 * and dates end at 14:59:59Z (23:59:59 in Japan). Every name says DEMO. The CA's keys live only
 * as long as this object: nothing can be issued after the first start.
 */
#pragma once

#include <stdint.h>

#include "tests/server/own_openssl.h"
#include "vault/base/bytes.h"
#include "vault/base/err.h"

struct demo_ca {
	struct x509_st *root;
	struct evp_pkey_st *root_key;
	struct x509_st *issuing;
	struct evp_pkey_st *issuing_key;
};

/* What a member's certificate says. */
struct demo_subject {
	const char *user_id;       /* 0.9.2342.19200300.100.1.1 */
	const char *name;          /* CN, in Latin letters */
	const char *japanese_name; /* in the subjectAltName */
};

/* A period of whole days in Japan, UTC seconds. */
struct demo_period {
	int64_t not_before;
	int64_t not_after;
};
/* Five years from the day `days_ago` before `now`. */
struct demo_period demo_period_of(int64_t now, int days_ago);

enum err demo_ca_new(int64_t now, struct demo_ca **out_ca) MUST_CHECK;
void demo_ca_free(struct demo_ca *ca);
OWN_DEFINE(demo_ca, demo_ca_free)

enum err demo_ca_issue(const struct demo_ca *ca, const struct demo_subject *subject,
		       const struct demo_period *period, struct evp_pkey_st *key,
		       struct x509_st **out_certificate) MUST_CHECK;

/* For localhost, 127.0.0.1 and ::1, issued by the root. Both as PEM texts with NUL. */
enum err demo_ca_issue_server(const struct demo_ca *ca, int64_t now, struct bytes *out_key_pem,
			      struct bytes *out_certificate_pem) MUST_CHECK;

/* The root as PEM text with NUL. */
enum err demo_ca_root_pem(const struct demo_ca *ca, struct bytes *out_pem) MUST_CHECK;
