/* protection.c - see protection.h */
#include "vault/opener/protection.h"

#include <stdio.h>
#include <string.h>

#include "vault/opener/cipher.h"
#include "vault/opener/passphrase.h"
#include "vault/opener/stretch.h"

static const uint64_t rounds_of_strength = 10000;

/* RFC 7292, C and RFC 8018, A.3: SEQUENCE { salt, iterations } */
static enum err read_named_scheme(const struct scheme_kind *scheme, struct ber *ber,
				  struct protection *out)
{
	struct ber_element params, salt, rounds;

	if (scheme->cipher == NULL)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "%s", scheme->name);
	TRY(ber_expect(ber, BER_SEQUENCE, &params));
	struct ber inside = ber_inside(&params);
	TRY(ber_expect(&inside, BER_OCTETS, &salt));
	TRY(ber_next(&inside, &rounds));
	out->stretch.derivation = scheme->derivation;
	out->stretch.hash = hash_by_name(scheme->hash);
	out->stretch.salt = salt.content;
	out->stretch.salt_size = salt.size;
	out->cipher = cipher_by_name(scheme->cipher);
	TRY(ber_number(&rounds, &out->stretch.rounds));
	return effort_check_salt(salt.size);
}

/* RFC 8018, B.2.3: the odd numbers that stand for RC2's effective bits. */
static enum err read_rc2(struct ber *ber, struct protection *out)
{
	uint64_t version;
	struct ber_element element;

	TRY(ber_next(ber, &element));
	TRY(ber_number(&element, &version));
	out->rc2_bits = version == 160                      ? 40
			: version == 120                    ? 64
			: version == 58                     ? 128
			: version >= 256 && version <= 1024 ? (unsigned)version
							    : 0;
	return out->rc2_bits == 0 ? err_detail(ERR_ORIGINAL_ALGORITHM, "RC2-CBC %llu",
					       (unsigned long long)version)
				  : ERR_OK;
}

static enum err read_iv(struct ber *ber, struct protection *out)
{
	struct ber_element iv;

	if (out->cipher->iv_size == 0)
		return ERR_OK;
	TRY(ber_expect(ber, BER_OCTETS, &iv));
	if (iv.size != out->cipher->iv_size)
		return err_detail(ERR_ORIGINAL_DAMAGED, "%s", out->cipher->name);
	memcpy(out->iv, iv.content, iv.size);
	return ERR_OK;
}

/* The encryption scheme of PBES2: its parameter is the IV, except RC2's. */
static enum err read_cipher(const struct ber_element *algorithm, struct protection *out)
{
	struct ber ber = ber_inside(algorithm);
	struct ber_element name, params;
	char oid[BER_OID_TEXT_SIZE];

	TRY(ber_next(&ber, &name));
	TRY(ber_oid_text(&name, oid));
	out->cipher = cipher_by_oid(oid);
	if (out->cipher == NULL || out->cipher->openssl == NULL)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "%s",
				  out->cipher == NULL ? oid : out->cipher->name);
	if (!ber_next_is(&ber, BER_SEQUENCE))
		return read_iv(&ber, out);
	TRY(ber_expect(&ber, BER_SEQUENCE, &params));
	ber = ber_inside(&params);
	if (strcmp(out->cipher->name, "RC2-CBC") == 0 && ber_next_is(&ber, BER_INTEGER))
		TRY(read_rc2(&ber, out));
	return read_iv(&ber, out);
}

/* A cipher of free key size has it from the file: RC2 (else as its bits say), RC4. */
static enum err settle_key_size(struct protection *out)
{
	uint64_t fixed = out->cipher->key_size;
	uint64_t *size = &out->stretch.key_size;

	if (*size == 0)
		*size = fixed != 0 ? fixed : out->rc2_bits != 0 ? out->rc2_bits / 8 : 16;
	if (fixed != 0 && *size != fixed)
		return err_detail(ERR_ORIGINAL_DAMAGED, "%s", out->cipher->name);
	if (*size > PROTECTION_KEY_MAX)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "%s, %llu", out->cipher->name,
				  (unsigned long long)*size);
	return ERR_OK;
}

static enum err read_pbes2(struct ber *ber, struct protection *out)
{
	struct ber_element params, kdf, cipher;

	TRY(ber_expect(ber, BER_SEQUENCE, &params));
	struct ber inside = ber_inside(&params);
	TRY(ber_expect(&inside, BER_SEQUENCE, &kdf));
	TRY(ber_expect(&inside, BER_SEQUENCE, &cipher));
	out->is_pbes2 = true;
	TRY(stretch_read(&kdf, &out->stretch));
	TRY(read_cipher(&cipher, out));
	return settle_key_size(out);
}

enum err protection_read(const struct ber_element *algorithm, struct protection *out_protection)
{
	struct ber ber = ber_inside(algorithm);
	struct ber_element name;
	char oid[BER_OID_TEXT_SIZE];
	const struct scheme_kind *scheme;

	*out_protection = (struct protection){.is_pbes2 = false};
	TRY(ber_next(&ber, &name));
	TRY(ber_oid_text(&name, oid));
	if (strcmp(oid, "1.2.840.113549.1.5.13") == 0)
		return read_pbes2(&ber, out_protection);
	scheme = scheme_by_oid(oid);
	if (scheme == NULL)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "%s", oid);
	return read_named_scheme(scheme, &ber, out_protection);
}

void protection_describe(const struct protection *protection, char out_text[PROTECTION_NAME_SIZE])
{
	const struct stretch *stretch = &protection->stretch;

	if (stretch->derivation == DERIVATION_SCRYPT)
		(void)snprintf(out_text, PROTECTION_NAME_SIZE,
			       "PBES2 %s, scrypt N=%llu r=%llu p=%llu", protection->cipher->name,
			       (unsigned long long)stretch->scrypt_n,
			       (unsigned long long)stretch->scrypt_r,
			       (unsigned long long)stretch->scrypt_p);
	else
		(void)snprintf(out_text, PROTECTION_NAME_SIZE, "%s%s, %s%s, %llu rounds",
			       protection->is_pbes2 ? "PBES2 " : "", protection->cipher->name,
			       protection->is_pbes2 ? "HMAC-" : "", stretch->hash->name,
			       (unsigned long long)stretch->rounds);
}

bool protection_is_weak(const struct protection *protection)
{
	return protection->cipher->is_weak || protection->stretch.rounds < rounds_of_strength;
}

/* The padding of CBC passes by chance once in 256 wrong keys, and RC4 has none: only the form
 * of what comes out tells. */
static bool is_one_sequence(const struct secret *plain)
{
	struct ber ber = ber_over(secret_view(plain), secret_size(plain));
	struct ber_element element;

	return ber_next_is(&ber, BER_SEQUENCE) && ber_next(&ber, &element) == ERR_OK &&
	       ber_is_empty(&ber);
}

/* ERR_ORIGINAL_DAMAGED: not this form of the PIN. */
static enum err undo_with(const struct protection *protection, const struct library *library,
			  const struct secret *passphrase, const uint8_t *bytes, size_t size,
			  struct secret **out_plain)
{
	uint8_t key[PROTECTION_KEY_MAX];
	uint8_t iv[PROTECTION_IV_MAX];
	size_t key_size = protection->is_pbes2 ? (size_t)protection->stretch.key_size
					       : protection->cipher->key_size;
	AUTO(secret) plain = NULL;
	enum err err;

	memcpy(iv, protection->iv, sizeof iv);
	err = cipher_key(protection, library, passphrase, key, key_size, iv);
	if (err == ERR_OK)
		err = cipher_decrypt(protection, library, key, key_size, iv, bytes, size, &plain);
	secret_wipe(key, sizeof key);
	secret_wipe(iv, sizeof iv);
	TRY(err);
	if (!is_one_sequence(plain))
		return err_detail(ERR_ORIGINAL_DAMAGED, "%s", protection->cipher->name);
	*out_plain = TAKE(plain);
	return ERR_OK;
}

/* The form that fitted before goes first; then the others in their order. */
static size_t form_to_try(size_t nth, size_t fitting)
{
	return nth == 0 ? fitting : nth <= fitting ? nth - 1 : nth;
}

enum err protection_undo(const struct protection *protection, struct unlocking *unlocking,
			 const uint8_t *bytes, size_t size, struct secret **out_plain)
{
	int kind = stretch_passphrase_kind(&protection->stretch);

	for (size_t nth = 0; nth < PASSPHRASE_COUNT_MAX; nth++) {
		AUTO(secret) passphrase = NULL;
		size_t form = form_to_try(nth, unlocking->fitting[kind]);
		TRY(passphrase_make(unlocking->pin, (enum passphrase_kind)kind, form, &passphrase));
		if (passphrase == NULL)
			continue;
		if (!effort_spend(&unlocking->effort, protection->stretch.rounds, nth))
			break;
		enum err err = undo_with(protection, unlocking->library, passphrase, bytes, size,
					 out_plain);
		if (err == ERR_OK)
			unlocking->fitting[kind] = form;
		if (err != ERR_ORIGINAL_DAMAGED)
			return err;
	}
	return err_detail(ERR_ORIGINAL_DAMAGED, "%s", protection->cipher->name);
}
