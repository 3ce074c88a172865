/* attribute.c - the attributes of each kind of object, one table a kind: see object.h. What they
 * say of a private key: it came in from an original (so it was not always sensitive, and was not
 * made here), and it can never leave.
 */
#include "tool/pkcs11/object.h"

#include "tool/pkcs11/token.h"
#include "vault/base/own.h"

/* Room for a value that stands nowhere else. */
union scratch {
	CK_BBOOL flag;
	CK_ULONG number;
	CK_DATE date;
};

struct asked {
	const struct token *token;
	const struct object *object;
	union scratch *scratch;
};
typedef struct part value_of(const struct asked *asked);

struct rule {
	CK_ATTRIBUTE_TYPE type;
	enum { FLAG, NUMBER, EMPTY, SECRET, COMPUTED } kind;
	CK_ULONG constant;
	value_of *compute;
};

/* What a key or certificate has not: a curve has no modulus. */
static const struct part absent = {NULL, SIZE_MAX};

static struct part flag(const struct asked *asked, bool value)
{
	asked->scratch->flag = value ? CK_TRUE : CK_FALSE;
	return (struct part){&asked->scratch->flag, sizeof asked->scratch->flag};
}

static struct part number(const struct asked *asked, CK_ULONG value)
{
	asked->scratch->number = value;
	return (struct part){(const uint8_t *)&asked->scratch->number,
			     sizeof asked->scratch->number};
}

/* CK_DATE is the eight digits of YYYYMMDD. */
static struct part date(const struct asked *asked, const char *digits)
{
	memcpy(&asked->scratch->date, digits, sizeof asked->scratch->date);
	return (struct part){(const uint8_t *)&asked->scratch->date, sizeof asked->scratch->date};
}

static struct part name_of(const struct asked *asked)
{
	const char *name = asked->object->is_chain ? asked->object->name : asked->token->label;

	return (struct part){(const uint8_t *)name, strlen(name)};
}

static struct part id_of(const struct asked *asked)
{
	return (struct part){asked->object->id, OBJECT_ID_SIZE};
}

static struct part der_of(const struct asked *asked)
{
	return asked->object->der;
}

static struct part subject_of(const struct asked *asked)
{
	return asked->object->x509.subject;
}

static struct part issuer_of(const struct asked *asked)
{
	return asked->object->x509.issuer;
}

static struct part serial_of(const struct asked *asked)
{
	return asked->object->x509.serial;
}

static struct part key_info_of(const struct asked *asked)
{
	return asked->object->x509.key_info;
}

static struct part start_of(const struct asked *asked)
{
	return date(asked, asked->object->x509.not_before);
}

static struct part end_of(const struct asked *asked)
{
	return date(asked, asked->object->x509.not_after);
}

static struct part category_of(const struct asked *asked)
{
	return number(asked, asked->object->is_chain ? CK_CERTIFICATE_CATEGORY_AUTHORITY
						     : CK_CERTIFICATE_CATEGORY_TOKEN_USER);
}

static struct part profile_of(const struct asked *asked)
{
	return number(asked, asked->object->profile);
}

static struct part key_type_of(const struct asked *asked)
{
	switch (asked->token->key.kind) {
	case PUBLIC_KEY_RSA:
		return number(asked, CKK_RSA);
	case PUBLIC_KEY_EC:
		return number(asked, CKK_EC);
	case PUBLIC_KEY_ED25519:
		return number(asked, CKK_EC_EDWARDS);
	case PUBLIC_KEY_UNKNOWN:
		break;
	}
	return absent;
}

static bool is_rsa(const struct asked *asked)
{
	return asked->token->key.kind == PUBLIC_KEY_RSA;
}

static struct part modulus_of(const struct asked *asked)
{
	return is_rsa(asked) ? asked->token->key.modulus : absent;
}

static struct part exponent_of(const struct asked *asked)
{
	return is_rsa(asked) ? asked->token->key.exponent : absent;
}

static struct part modulus_bits_of(const struct asked *asked)
{
	return is_rsa(asked) ? number(asked, asked->token->key.bits) : absent;
}

static struct part parameters_of(const struct asked *asked)
{
	return is_rsa(asked) ? absent : asked->token->key.parameters;
}

static struct part point_of(const struct asked *asked)
{
	const struct public_key *key = &asked->token->key;

	return is_rsa(asked) ? absent : (struct part){key->wrapped_point, key->wrapped_point_size};
}

static struct part asks_always(const struct asked *asked)
{
	return flag(asked, atomic_load(&asked->token->asks_always));
}

static struct part can_sign(const struct asked *asked)
{
	return flag(asked, (asked->object->x509.usage &
			    (X509_DIGITAL_SIGNATURE | X509_NON_REPUDIATION)) != 0);
}

/* By the usage of the key and the policy, as the vault decides too. */
static struct part can_decrypt(const struct asked *asked)
{
	return flag(asked, is_rsa(asked) && atomic_load(&asked->token->permits_decrypting) &&
				   (asked->object->x509.usage &
				    (X509_KEY_ENCIPHERMENT | X509_DATA_ENCIPHERMENT)) != 0);
}

#define IS_TRUE(type)                     \
	{                                 \
		type, FLAG, CK_TRUE, NULL \
	}
#define IS_FALSE(type)                     \
	{                                  \
		type, FLAG, CK_FALSE, NULL \
	}
#define IS(type, number)                   \
	{                                  \
		type, NUMBER, number, NULL \
	}
#define IS_EMPTY(type)               \
	{                            \
		type, EMPTY, 0, NULL \
	}
#define IS_SECRET(type)               \
	{                             \
		type, SECRET, 0, NULL \
	}
#define HAS(type, function)                 \
	{                                   \
		type, COMPUTED, 0, function \
	}

/* Kept on the token, and never changed, copied or deleted by a program. */
#define STORED                                                                \
	IS_TRUE(CKA_TOKEN), IS_FALSE(CKA_MODIFIABLE), IS_FALSE(CKA_COPYABLE), \
		IS_FALSE(CKA_DESTROYABLE)

static const struct rule certificate_rules[] = {
	IS(CKA_CLASS, CKO_CERTIFICATE),
	STORED,
	IS_FALSE(CKA_PRIVATE),
	HAS(CKA_LABEL, name_of),
	HAS(CKA_ID, id_of),
	IS(CKA_CERTIFICATE_TYPE, CKC_X_509),
	IS_FALSE(CKA_TRUSTED),
	HAS(CKA_CERTIFICATE_CATEGORY, category_of),
	HAS(CKA_SUBJECT, subject_of),
	HAS(CKA_ISSUER, issuer_of),
	HAS(CKA_SERIAL_NUMBER, serial_of),
	HAS(CKA_VALUE, der_of),
	HAS(CKA_START_DATE, start_of),
	HAS(CKA_END_DATE, end_of),
	HAS(CKA_PUBLIC_KEY_INFO, key_info_of),
	IS_EMPTY(CKA_URL),
};

static const struct rule public_key_rules[] = {
	IS(CKA_CLASS, CKO_PUBLIC_KEY),
	STORED,
	IS_FALSE(CKA_PRIVATE),
	HAS(CKA_LABEL, name_of),
	HAS(CKA_ID, id_of),
	HAS(CKA_KEY_TYPE, key_type_of),
	HAS(CKA_SUBJECT, subject_of),
	HAS(CKA_PUBLIC_KEY_INFO, key_info_of),
	IS_EMPTY(CKA_START_DATE),
	IS_EMPTY(CKA_END_DATE),
	HAS(CKA_VERIFY, can_sign),
	IS_FALSE(CKA_VERIFY_RECOVER),
	IS_FALSE(CKA_ENCRYPT),
	IS_FALSE(CKA_WRAP),
	IS_FALSE(CKA_DERIVE),
	IS_FALSE(CKA_TRUSTED),
	IS_FALSE(CKA_LOCAL),
	IS(CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION),
	HAS(CKA_MODULUS, modulus_of),
	HAS(CKA_MODULUS_BITS, modulus_bits_of),
	HAS(CKA_PUBLIC_EXPONENT, exponent_of),
	HAS(CKA_EC_PARAMS, parameters_of),
	HAS(CKA_EC_POINT, point_of),
};

static const struct rule private_key_rules[] = {
	IS(CKA_CLASS, CKO_PRIVATE_KEY),
	STORED,
	IS_TRUE(CKA_PRIVATE),
	HAS(CKA_LABEL, name_of),
	HAS(CKA_ID, id_of),
	HAS(CKA_KEY_TYPE, key_type_of),
	HAS(CKA_SUBJECT, subject_of),
	HAS(CKA_PUBLIC_KEY_INFO, key_info_of),
	IS_EMPTY(CKA_START_DATE),
	IS_EMPTY(CKA_END_DATE),
	HAS(CKA_SIGN, can_sign),
	HAS(CKA_DECRYPT, can_decrypt),
	IS_FALSE(CKA_SIGN_RECOVER),
	IS_FALSE(CKA_UNWRAP),
	IS_FALSE(CKA_DERIVE),
	IS_FALSE(CKA_WRAP_WITH_TRUSTED),
	HAS(CKA_ALWAYS_AUTHENTICATE, asks_always),
	IS_TRUE(CKA_SENSITIVE),
	IS_FALSE(CKA_ALWAYS_SENSITIVE),
	IS_FALSE(CKA_EXTRACTABLE),
	IS_FALSE(CKA_NEVER_EXTRACTABLE),
	IS_FALSE(CKA_LOCAL),
	IS(CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION),
	HAS(CKA_MODULUS, modulus_of),
	HAS(CKA_PUBLIC_EXPONENT, exponent_of),
	HAS(CKA_EC_PARAMS, parameters_of),
	IS_SECRET(CKA_VALUE),
	IS_SECRET(CKA_PRIVATE_EXPONENT),
	IS_SECRET(CKA_PRIME_1),
	IS_SECRET(CKA_PRIME_2),
	IS_SECRET(CKA_EXPONENT_1),
	IS_SECRET(CKA_EXPONENT_2),
	IS_SECRET(CKA_COEFFICIENT),
};

static const struct rule profile_rules[] = {
	IS(CKA_CLASS, CKO_PROFILE),      STORED, IS_FALSE(CKA_PRIVATE), IS_EMPTY(CKA_LABEL),
	HAS(CKA_PROFILE_ID, profile_of),
};

static const struct {
	const struct rule *rules;
	size_t count;
} tables[] = {
	[OBJECT_CERTIFICATE] = {certificate_rules, COUNT_OF(certificate_rules)},
	[OBJECT_PUBLIC_KEY] = {public_key_rules, COUNT_OF(public_key_rules)},
	[OBJECT_PRIVATE_KEY] = {private_key_rules, COUNT_OF(private_key_rules)},
	[OBJECT_PROFILE] = {profile_rules, COUNT_OF(profile_rules)},
};

static const struct rule *find_rule(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
	for (size_t i = 0; i < tables[object->kind].count; i++)
		if (tables[object->kind].rules[i].type == type)
			return &tables[object->kind].rules[i];
	return NULL;
}

static struct part value_by_rule(const struct rule *rule, const struct asked *asked)
{
	switch (rule->kind) {
	case FLAG:
		return flag(asked, rule->constant == CK_TRUE);
	case NUMBER:
		return number(asked, rule->constant);
	case COMPUTED:
		return rule->compute(asked);
	case EMPTY:
		return (struct part){NULL, 0};
	case SECRET:
		break;
	}
	return absent;
}

/* The result for an attribute that has a value; its size by the rules of C_GetAttributeValue. */
static CK_RV copy_value(struct part value, CK_ATTRIBUTE *attribute)
{
	if (attribute->pValue == NULL) {
		attribute->ulValueLen = value.size;
		return CKR_OK;
	}
	if (attribute->ulValueLen < value.size) {
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (value.size > 0)
		memcpy(attribute->pValue, value.data, value.size);
	attribute->ulValueLen = value.size;
	return CKR_OK;
}

CK_RV object_get(const struct token *token, const struct object *object, CK_ATTRIBUTE *attribute)
{
	const struct rule *rule = find_rule(object, attribute->type);
	union scratch scratch;
	const struct asked asked = {token, object, &scratch};
	struct part value = rule == NULL ? absent : value_by_rule(rule, &asked);

	if (value.size != SIZE_MAX)
		return copy_value(value, attribute);
	attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	return rule != NULL && rule->kind == SECRET ? CKR_ATTRIBUTE_SENSITIVE
						    : CKR_ATTRIBUTE_TYPE_INVALID;
}

bool object_matches(const struct token *token, const struct object *object, const void *template,
		    CK_ULONG count)
{
	for (CK_ULONG i = 0; i < count; i++) {
		CK_ATTRIBUTE wanted = attribute_get(template, i);
		const struct rule *rule = find_rule(object, wanted.type);
		union scratch scratch;
		const struct asked asked = {token, object, &scratch};
		struct part value = rule == NULL ? absent : value_by_rule(rule, &asked);
		if (value.size != wanted.ulValueLen ||
		    (value.size > 0 &&
		     (wanted.pValue == NULL || memcmp(value.data, wanted.pValue, value.size) != 0)))
			return false;
	}
	return true;
}
