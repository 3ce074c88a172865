/* rebuild.c - see rebuild.h. PKCS12_newpass would keep the old algorithms and cannot read the
 * new ones; PKCS12_create cannot write names with surrogate pairs. */
#include "vault/opener/rebuild.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "vault/opener/bmp.h"

typedef STACK_OF(PKCS12_SAFEBAG) bag_stack;
typedef STACK_OF(PKCS7) safe_stack;

static void free_bags(bag_stack *bags)
{
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

static void free_safes(safe_stack *safes)
{
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

LIBRARY_OWN(bag_stack, bags, free_bags)
LIBRARY_OWN(safe_stack, safes, free_safes)
LIBRARY_OWN(PKCS12_SAFEBAG, bag, PKCS12_SAFEBAG_free)
LIBRARY_OWN(PKCS7, pkcs7, PKCS7_free)
LIBRARY_OWN(PKCS12, pkcs12, PKCS12_free)
LIBRARY_OWN(PKCS8_PRIV_KEY_INFO, pkcs8_info, PKCS8_PRIV_KEY_INFO_free)

enum { SALT_SIZE = 16 };

struct local_id {
	unsigned char bytes[EVP_MAX_MD_SIZE];
	int size;
};

/* The PIN as OpenSSL takes it; it lives as long as the secret. */
struct pin_text {
	const char *text;
	int size;
};

static struct pin_text text_of(const struct secret *pin)
{
	return (struct pin_text){.text = (const char *)secret_view(pin),
				 .size = (int)secret_size(pin)};
}

static enum err add_name(PKCS12_SAFEBAG *bag, const char *name)
{
	uint8_t bmp[2 * CONTENTS_NAME_MAX];
	size_t size;

	if (name == NULL || name[0] == '\0')
		return ERR_OK;
	size = bmp_of_text(name, strlen(name), bmp);
	if (PKCS12_add1_attr_by_NID(bag, NID_friendlyName, V_ASN1_BMPSTRING, bmp, (int)size) != 1)
		return library_failed("PKCS12_add1_attr_by_NID");
	return ERR_OK;
}

static enum err add_local_id(PKCS12_SAFEBAG *bag, const struct local_id *id)
{
	if (PKCS12_add1_attr_by_NID(bag, NID_localKeyID, V_ASN1_OCTET_STRING, id->bytes,
				    id->size) != 1)
		return library_failed("PKCS12_add1_attr_by_NID");
	return ERR_OK;
}

static enum err push_bag(bag_stack *bags, PKCS12_SAFEBAG **bag)
{
	if (sk_PKCS12_SAFEBAG_push(bags, *bag) <= 0)
		return ERR_MEMORY;
	*bag = NULL;
	return ERR_OK;
}

static enum err push_safe(safe_stack *safes, PKCS7 **safe)
{
	if (*safe == NULL)
		return library_failed("PKCS12_pack");
	if (sk_PKCS7_push(safes, *safe) <= 0)
		return ERR_MEMORY;
	*safe = NULL;
	return ERR_OK;
}

/* id: NULL for the chain. */
static enum err push_certificate(bag_stack *bags, const struct kept_certificate *kept,
				 const char *name, const struct local_id *id)
{
	AUTO_SSL(PKCS12_SAFEBAG, bag) bag = PKCS12_SAFEBAG_create_cert(kept->x509);

	if (bag == NULL)
		return library_failed("PKCS12_SAFEBAG_create_cert");
	TRY(add_name(bag, name));
	if (id != NULL)
		TRY(add_local_id(bag, id));
	return push_bag(bags, &bag);
}

static enum err add_certificates(const struct choice *choice, const struct library *library,
				 struct pin_text pin, const struct local_id *id, safe_stack *safes)
{
	AUTO_SSL(bag_stack, bags) bags = sk_PKCS12_SAFEBAG_new_null();
	AUTO_SSL(PKCS7, pkcs7) safe = NULL;

	if (bags == NULL)
		return ERR_MEMORY;
	TRY(push_certificate(bags, choice->leaf, choice->name, id));
	for (size_t i = 0; i < choice->chain_count; i++)
		TRY(push_certificate(bags, choice->chain[i], choice->chain[i]->label.name, NULL));
	safe = PKCS12_pack_p7encdata_ex(NID_aes_256_cbc, pin.text, pin.size, NULL, SALT_SIZE,
					REBUILD_ROUNDS, bags, library_context(library), NULL);
	return push_safe(safes, &safe);
}

static enum err add_key(const struct choice *choice, const struct library *library,
			struct pin_text pin, const struct local_id *id, safe_stack *safes)
{
	AUTO_SSL(PKCS8_PRIV_KEY_INFO, pkcs8_info) info = EVP_PKEY2PKCS8(choice->key->key.pkey);
	AUTO_SSL(bag_stack, bags) bags = sk_PKCS12_SAFEBAG_new_null();
	AUTO_SSL(PKCS12_SAFEBAG, bag) bag = NULL;
	AUTO_SSL(PKCS7, pkcs7) safe = NULL;

	if (info == NULL || bags == NULL)
		return library_failed("EVP_PKEY2PKCS8");
	bag = PKCS12_SAFEBAG_create_pkcs8_encrypt_ex(NID_aes_256_cbc, pin.text, pin.size, NULL,
						     SALT_SIZE, REBUILD_ROUNDS, info,
						     library_context(library), NULL);
	if (bag == NULL)
		return library_failed("PKCS12_SAFEBAG_create_pkcs8_encrypt");
	TRY(add_name(bag, choice->name));
	TRY(add_local_id(bag, id));
	TRY(push_bag(bags, &bag));
	safe = PKCS12_pack_p7data(bags);
	return push_safe(safes, &safe);
}

/* The id the file had; a file without one gets what OpenSSL would give it. */
static enum err local_id_of(const struct choice *choice, struct local_id *out_id)
{
	const struct bytes *own = &choice->key->label.local_id;
	unsigned size = 0;

	if (own->size > 0 && own->size <= sizeof out_id->bytes) {
		memcpy(out_id->bytes, own->data, own->size);
		out_id->size = (int)own->size;
		return ERR_OK;
	}
	if (X509_digest(choice->leaf->x509, EVP_sha1(), out_id->bytes, &size) != 1)
		return library_failed("X509_digest");
	out_id->size = (int)size;
	return ERR_OK;
}

static enum err encode(PKCS12 *pkcs12, struct secret **out_original)
{
	unsigned char *der = NULL;
	int size = i2d_PKCS12(pkcs12, &der);

	if (size <= 0)
		return library_failed("i2d_PKCS12");
	enum err err = secret_take(der, (size_t)size, out_original);
	OPENSSL_free(der);
	return err;
}

enum err rebuild(const struct choice *choice, const struct library *library,
		 const struct secret *new_pin, struct secret **out_original)
{
	AUTO_SSL(safe_stack, safes) safes = sk_PKCS7_new_null();
	AUTO_SSL(PKCS12, pkcs12)
	pkcs12 = PKCS12_init_ex(NID_pkcs7_data, library_context(library), NULL);
	struct pin_text pin = text_of(new_pin);
	struct local_id id = {.size = 0};

	if (safes == NULL || pkcs12 == NULL)
		return ERR_MEMORY;
	TRY(local_id_of(choice, &id));
	TRY(add_certificates(choice, library, pin, &id, safes));
	TRY(add_key(choice, library, pin, &id, safes));
	if (PKCS12_pack_authsafes(pkcs12, safes) != 1 ||
	    PKCS12_set_mac(pkcs12, pin.text, pin.size, NULL, SALT_SIZE, REBUILD_ROUNDS,
			   EVP_sha256()) != 1)
		return library_failed("PKCS12_set_mac");
	return encode(pkcs12, out_original);
}
