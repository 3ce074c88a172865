/* contents.h - what an original holds: keys and certificates, each with the name and the local
 * id it came with, in the order of the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <openssl/types.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/opener/effort.h"
#include "vault/opener/key.h"

enum { CONTENTS_KEYS_MAX = 8, CONTENTS_NAME_MAX = 1024 };

struct label {
	char *name;            /* friendlyName as UTF-8; NULL when there is none */
	struct bytes local_id; /* empty when there is none */
};

struct kept_key {
	struct key key;
	struct label label;
};

struct kept_certificate {
	X509 *x509;
	struct bytes der;
	struct label label;
};

struct contents {
	size_t key_count;
	struct kept_key keys[CONTENTS_KEYS_MAX];
	size_t certificate_count;
	struct kept_certificate certificates[EFFORT_BAGS_MAX];
	char *protection; /* for people: each kind of encryption once */
	bool is_weakly_protected;
};

enum err contents_new(struct contents **out_contents) MUST_CHECK;
void contents_free(struct contents *contents); /* accepts NULL */
OWN_DEFINE(contents, contents_free)

/* Each takes the label over on success. The same key or certificate twice is kept once. More
 * keys than fit are not kept: two are too many already. */
enum err contents_add_key(struct contents *contents, struct key *key,
			  struct label *label) MUST_CHECK;
/* ERR_ORIGINAL_DAMAGED when these are not the bytes of one certificate. */
enum err contents_add_certificate(struct contents *contents, const struct library *library,
				  const void *der, size_t size, struct label *label) MUST_CHECK;
/* A sentence such as "3DES-CBC, SHA-1, 2048 rounds"; the same one again changes nothing. */
enum err contents_add_protection(struct contents *contents, const char *text,
				 bool is_weak) MUST_CHECK;

void label_clear(struct label *label);
OWN_DEFINE_HELD(label, label_clear)
