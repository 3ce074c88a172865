/* mac.c - see mac.h */
#include "vault/opener/mac.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "vault/opener/passphrase.h"
#include "vault/opener/stretch.h"

LIBRARY_OWN(EVP_MD, mac_md, EVP_MD_free)

enum { MAC_KEY_MAX = 64 };
static const uint64_t rounds_of_strength = 10000;

static enum err unknown(const char *name)
{
	return err_detail(ERR_ORIGINAL_ALGORITHM, "MAC %s", name);
}

/* RFC 9579, 4: PBMAC1-params ::= SEQUENCE { keyDerivationFunc, messageAuthScheme } */
static enum err read_pbmac1(struct ber *ber, struct mac *out)
{
	struct ber_element params, kdf, scheme, name;
	char oid[BER_OID_TEXT_SIZE];

	TRY(ber_expect(ber, BER_SEQUENCE, &params));
	struct ber inside = ber_inside(&params);
	TRY(ber_expect(&inside, BER_SEQUENCE, &kdf));
	TRY(ber_expect(&inside, BER_SEQUENCE, &scheme));
	TRY(stretch_read(&kdf, &out->stretch));
	struct ber within = ber_inside(&scheme);
	TRY(ber_next(&within, &name));
	TRY(ber_oid_text(&name, oid));
	out->is_pbmac1 = true;
	out->hash = hash_by_hmac_oid(oid);
	if (out->hash == NULL || out->hash->openssl == NULL)
		return unknown(out->hash == NULL ? oid : out->hash->name);
	/* "keyLength MUST be present"; less than 20 bytes are not to be accepted. */
	if (out->stretch.key_size < 20 || out->stretch.key_size > MAC_KEY_MAX)
		return unknown("PBMAC1 keyLength");
	return ERR_OK;
}

/* DigestInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING } */
static enum err read_digest_info(const struct ber_element *info, struct mac *out)
{
	struct ber ber = ber_inside(info);
	struct ber_element algorithm, name, value;
	char oid[BER_OID_TEXT_SIZE];

	TRY(ber_expect(&ber, BER_SEQUENCE, &algorithm));
	TRY(ber_expect(&ber, BER_OCTETS, &value));
	out->value = value.content;
	out->value_size = value.size;
	struct ber inside = ber_inside(&algorithm);
	TRY(ber_next(&inside, &name));
	TRY(ber_oid_text(&name, oid));
	if (strcmp(oid, "1.2.840.113549.1.5.14") == 0)
		return read_pbmac1(&inside, out);
	out->hash = hash_by_oid(oid);
	if (out->hash == NULL || out->hash->openssl == NULL)
		return unknown(out->hash == NULL ? oid : out->hash->name);
	return ERR_OK;
}

enum err mac_read(const struct ber_element *mac_data, struct mac *out_mac)
{
	struct ber ber = ber_inside(mac_data);
	struct ber_element info, salt, rounds;
	uint64_t count = 1; /* DEFAULT 1 */

	*out_mac = (struct mac){.is_pbmac1 = false};
	TRY(ber_expect(&ber, BER_SEQUENCE, &info));
	TRY(ber_expect(&ber, BER_OCTETS, &salt));
	if (!ber_is_empty(&ber)) {
		TRY(ber_next(&ber, &rounds));
		TRY(ber_number(&rounds, &count));
	}
	TRY(read_digest_info(&info, out_mac));
	if (out_mac->is_pbmac1)
		return ERR_OK; /* it has its own salt and rounds */
	out_mac->stretch = (struct stretch){.derivation = DERIVATION_PKCS12,
					    .hash = out_mac->hash,
					    .salt = salt.content,
					    .salt_size = salt.size,
					    .rounds = count};
	return effort_check_salt(salt.size);
}

static enum err compute(const struct mac *mac, const struct library *library, const uint8_t *key,
			size_t key_size, const struct octets *safes, uint8_t *out_value,
			size_t *out_size)
{
	if (EVP_Q_mac(library_context(library), "HMAC", NULL, mac->hash->openssl, NULL, key,
		      key_size, safes->bytes, safes->size, out_value, EVP_MAX_MD_SIZE,
		      out_size) != NULL)
		return ERR_OK;
	ERR_clear_error();
	return unknown(mac->hash->name);
}

/* The key is as long as the hash (RFC 7292, 5.1), PBMAC1's as its parameters say. */
static enum err key_size_of(const struct mac *mac, const struct library *library, size_t *out_size)
{
	AUTO_SSL(EVP_MD, mac_md)
	md = EVP_MD_fetch(library_context(library), mac->hash->openssl, NULL);

	if (md == NULL) {
		ERR_clear_error();
		return unknown(mac->hash->name);
	}
	*out_size = mac->is_pbmac1 ? (size_t)mac->stretch.key_size : (size_t)EVP_MD_get_size(md);
	return ERR_OK;
}

static enum err fits(const struct mac *mac, const struct library *library,
		     const struct secret *passphrase, const struct octets *safes, bool *out_fits)
{
	uint8_t key[MAC_KEY_MAX];
	uint8_t value[EVP_MAX_MD_SIZE];
	size_t key_size = 0, size = 0;
	enum err err;

	TRY(key_size_of(mac, library, &key_size));
	err = stretch_derive(&mac->stretch, library, passphrase, STRETCH_MAC, key, key_size);
	if (err == ERR_OK)
		err = compute(mac, library, key, key_size, safes, value, &size);
	*out_fits = err == ERR_OK && size == mac->value_size &&
		    CRYPTO_memcmp(value, mac->value, size) == 0;
	secret_wipe(key, sizeof key);
	return err;
}

/* Programs differ about the empty PIN: two NUL bytes, or nothing at all. */
static enum err is_without_pin(const struct mac *mac, struct unlocking *unlocking,
			       const struct octets *safes, bool *out_is)
{
	*out_is = false;
	for (size_t nul_size = 0; nul_size <= 2 && !*out_is; nul_size += 2) {
		AUTO(secret) nothing = NULL;
		TRY(secret_new(nul_size, &nothing));
		if (!effort_spend(&unlocking->effort, mac->stretch.rounds, 1))
			return ERR_OK;
		TRY(fits(mac, unlocking->library, nothing, safes, out_is));
	}
	return ERR_OK;
}

static enum err has_pin(const struct mac *mac, struct unlocking *unlocking,
			const struct octets *safes, bool *out_has)
{
	int kind = stretch_passphrase_kind(&mac->stretch);

	*out_has = false;
	for (size_t form = 0; form < PASSPHRASE_COUNT_MAX && !*out_has; form++) {
		AUTO(secret) passphrase = NULL;
		TRY(passphrase_make(unlocking->pin, (enum passphrase_kind)kind, form, &passphrase));
		if (passphrase == NULL ||
		    !effort_spend(&unlocking->effort, mac->stretch.rounds, form))
			return ERR_OK;
		TRY(fits(mac, unlocking->library, passphrase, safes, out_has));
		unlocking->fitting[kind] = *out_has ? form : 0;
	}
	return ERR_OK;
}

enum err mac_verify(const struct mac *mac, struct unlocking *unlocking, const struct octets *safes)
{
	bool is_empty = unlocking->pin == NULL || secret_size(unlocking->pin) == 0;
	bool has = false;

	if (!is_empty)
		TRY(has_pin(mac, unlocking, safes, &has));
	if (has)
		return ERR_OK;
	TRY(is_without_pin(mac, unlocking, safes, &has));
	if (has)
		return ERR_ORIGINAL_EMPTY_PIN;
	return is_empty ? ERR_PIN_TEXT : ERR_ORIGINAL_PIN;
}

void mac_describe(const struct mac *mac, char out_text[MAC_NAME_SIZE])
{
	(void)snprintf(out_text, MAC_NAME_SIZE, "MAC %sHMAC-%s, %llu rounds",
		       mac->is_pbmac1 ? "PBMAC1 " : "", mac->hash->name,
		       (unsigned long long)mac->stretch.rounds);
}

bool mac_is_weak(const struct mac *mac)
{
	return mac->hash->is_weak || mac->stretch.rounds < rounds_of_strength;
}
