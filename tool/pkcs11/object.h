/* object.h - the objects of a token and their attributes. Nothing is stored: each attribute is a
 * constant of the object's kind or a part of the certificate, and what is not in the table of its
 * kind does not exist. Nothing of a private key but what its certificate says is here at all.
 *
 *   certificate, chain, public key     seen by everybody
 *   private key                        seen after C_Login
 *   profiles                           what the token can be relied on for (PKCS#11 Profiles 3.0)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/pkcs11/cryptoki.h"
#include "tool/pkcs11/x509.h"
#include "vault/base/bytes.h"

struct token;

enum object_kind { OBJECT_CERTIFICATE, OBJECT_PUBLIC_KEY, OBJECT_PRIVATE_KEY, OBJECT_PROFILE };

enum {
	OBJECT_ID_SIZE = 20, /* the first bytes of the certificate's fingerprint */
	OBJECT_NAME_SIZE = 128,
	OBJECTS_MAX = 3 + 3 + BYTES_LIST_MAX
};

struct object {
	enum object_kind kind;
	bool is_chain; /* a certificate of the chain, not the token's own */
	CK_ULONG profile;
	uint8_t id[OBJECT_ID_SIZE];
	char name[OBJECT_NAME_SIZE]; /* of the chain's certificates */
	struct part der;
	struct x509 x509;
};

struct objects {
	size_t count;
	struct object items[OBJECTS_MAX];
};

/* Makes the list, once certificate and chain are there. */
void objects_of(const struct token *token, struct objects *out_objects);

/* A handle is good for one token only; CK_INVALID_HANDLE is none. */
CK_OBJECT_HANDLE object_handle(const struct token *token, size_t index);
/* NULL: no such object, or one that is not shown before login. */
const struct object *object_find(struct token *token, CK_OBJECT_HANDLE handle);
bool object_is_shown(struct token *token, const struct object *object);
/* Whether it is the token's private key, after login, and its certificate is for one of `usages`
 * (bits of enum x509_usage). */
CK_RV object_check_key(struct token *token, CK_OBJECT_HANDLE handle, unsigned usages);

/* An answer to C_GetAttributeValue for one attribute: CKR_OK, CKR_ATTRIBUTE_SENSITIVE,
 * CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL; ulValueLen is set by the standard's rules. */
CK_RV object_get(const struct token *token, const struct object *object, CK_ATTRIBUTE *attribute);
/* Whether it has every attribute of a template with that value. */
bool object_matches(const struct token *token, const struct object *object, const void *template,
		    CK_ULONG count);
