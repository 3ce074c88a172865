/* safes.c - see safes.h */
#include "vault/opener/safes.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/utf8.h"
#include "vault/opener/bmp.h"
#include "vault/opener/protection.h"

/* One walk. Counts in clear are declared while surveying; those that only decryption shows,
 * when they show. */
struct walk {
	struct unlocking *unlocking;
	struct contents *contents; /* NULL: only looking */
	bool is_hidden;            /* inside something that was decrypted */
	unsigned depth;
};

static enum err walk_safe_contents(struct walk *walk, const uint8_t *bytes, size_t size);

static bool is_oid(const struct ber_element *element, const char *wanted)
{
	char oid[BER_OID_TEXT_SIZE];

	return ber_oid_text(element, oid) == ERR_OK && strcmp(oid, wanted) == 0;
}

static enum err damaged(void)
{
	return err_detail(ERR_ORIGINAL_DAMAGED, "ASN.1");
}

/* [0] EXPLICIT around exactly one element. */
static enum err unwrap(struct ber *ber, struct ber_element *out_element)
{
	struct ber_element wrapped;

	TRY(ber_expect(ber, BER_CONTEXT_0, &wrapped));
	struct ber inside = ber_inside(&wrapped);
	return ber_next(&inside, out_element);
}

static enum err unwrap_octets(struct ber *ber, struct octets *out_octets)
{
	struct ber_element element;

	TRY(unwrap(ber, &element));
	if ((element.tag & ~BER_CONSTRUCTED) != BER_OCTETS)
		return damaged();
	return ber_octets(&element, out_octets);
}

/* Reads how a part is protected and declares what it costs, once. */
static enum err meet_protection(struct walk *walk, const struct ber_element *algorithm,
				struct protection *out)
{
	char text[PROTECTION_NAME_SIZE];

	TRY(protection_read(algorithm, out));
	protection_describe(out, text);
	if (walk->contents == NULL || walk->is_hidden)
		TRY(effort_declare(&walk->unlocking->effort, out->cipher->name,
				   out->stretch.rounds));
	if (walk->contents == NULL)
		return ERR_OK;
	return contents_add_protection(walk->contents, text, protection_is_weak(out));
}

/* BMPString as the standard says; some programs write UTF8String. Anything else is no name. */
static enum err read_name(const struct ber_element *value, struct label *label)
{
	if (label->name != NULL)
		return ERR_OK;
	if (value->tag == BER_BMP)
		return bmp_to_text(value->content, value->size, CONTENTS_NAME_MAX, &label->name);
	if (value->tag != BER_UTF8 || value->size > CONTENTS_NAME_MAX ||
	    !utf8_is_valid((const char *)value->content, value->size))
		return ERR_OK;
	label->name = strndup((const char *)value->content, value->size);
	return label->name == NULL ? ERR_MEMORY : ERR_OK;
}

static enum err read_attribute(const struct ber_element *attribute, struct label *label)
{
	struct ber ber = ber_inside(attribute);
	struct ber_element name, values, value;

	TRY(ber_next(&ber, &name));
	TRY(ber_expect(&ber, BER_SET, &values));
	struct ber inside = ber_inside(&values);
	if (ber_is_empty(&inside))
		return ERR_OK;
	TRY(ber_next(&inside, &value));
	if (is_oid(&name, "1.2.840.113549.1.9.20"))
		return read_name(&value, label);
	if (is_oid(&name, "1.2.840.113549.1.9.21") && value.tag == BER_OCTETS &&
	    label->local_id.size == 0 && value.size <= EFFORT_SALT_MAX)
		return bytes_copy(value.content, value.size, &label->local_id);
	return ERR_OK;
}

/* RFC 2985, 5.5: friendlyName and localKeyID. Others (Microsoft's provider and key set,
 * Java's trust) are passed over. */
static enum err read_label(struct ber *ber, struct label *out_label)
{
	struct ber_element attributes, attribute;

	if (ber_is_empty(ber))
		return ERR_OK;
	TRY(ber_expect(ber, BER_SET, &attributes));
	struct ber inside = ber_inside(&attributes);
	while (!ber_is_empty(&inside)) {
		TRY(ber_expect(&inside, BER_SEQUENCE, &attribute));
		TRY(read_attribute(&attribute, out_label));
	}
	return ERR_OK;
}

static enum err keep_key(struct walk *walk, const uint8_t *pkcs8, size_t size, struct label *label)
{
	AUTO_HELD(key) key = {.pkey = NULL};

	TRY(key_read(pkcs8, size, walk->unlocking->library, &key));
	return contents_add_key(walk->contents, &key, label);
}

/* keyBag: a key that nothing but the safe around it protects. */
static enum err visit_key(struct walk *walk, const struct ber_element *value, struct label *label)
{
	if (walk->contents == NULL)
		return ERR_OK;
	if (!walk->is_hidden)
		TRY(contents_add_protection(walk->contents, "PKCS#8 without encryption", true));
	return keep_key(walk, value->whole, value->whole_size, label);
}

/* pkcs8ShroudedKeyBag: EncryptedPrivateKeyInfo (RFC 5208, 6) */
static enum err visit_shrouded_key(struct walk *walk, const struct ber_element *value,
				   struct label *label)
{
	struct ber ber = ber_inside(value);
	struct ber_element algorithm, data;
	struct protection protection;
	AUTO_HELD(octets) cipher_text = {.size = 0};
	AUTO(secret) plain = NULL;

	TRY(ber_expect(&ber, BER_SEQUENCE, &algorithm));
	TRY(ber_next(&ber, &data));
	TRY(meet_protection(walk, &algorithm, &protection));
	if (walk->contents == NULL)
		return ERR_OK;
	if ((data.tag & ~BER_CONSTRUCTED) != BER_OCTETS)
		return damaged();
	TRY(ber_octets(&data, &cipher_text));
	TRY(protection_undo(&protection, walk->unlocking, cipher_text.bytes, cipher_text.size,
			    &plain));
	return keep_key(walk, secret_view(plain), secret_size(plain), label);
}

/* certBag: only X.509, and not the other kind nobody uses (SDSI). */
static enum err visit_certificate(struct walk *walk, const struct ber_element *value,
				  struct label *label)
{
	struct ber ber = ber_inside(value);
	struct ber_element kind;
	AUTO_HELD(octets) der = {.size = 0};

	if (walk->contents == NULL)
		return ERR_OK;
	TRY(ber_next(&ber, &kind));
	if (!is_oid(&kind, "1.2.840.113549.1.9.22.1"))
		return ERR_OK;
	TRY(unwrap_octets(&ber, &der));
	return contents_add_certificate(walk->contents, walk->unlocking->library, der.bytes,
					der.size, label);
}

static enum err visit_bag(struct walk *walk, const struct ber_element *bag)
{
	struct ber ber = ber_inside(bag);
	struct ber_element kind, value;
	AUTO_HELD(label) label = {.name = NULL};

	TRY(ber_next(&ber, &kind));
	TRY(unwrap(&ber, &value));
	if (walk->contents != NULL)
		TRY(read_label(&ber, &label));
	if (is_oid(&kind, "1.2.840.113549.1.12.10.1.1"))
		return visit_key(walk, &value, &label);
	if (is_oid(&kind, "1.2.840.113549.1.12.10.1.2"))
		return visit_shrouded_key(walk, &value, &label);
	if (is_oid(&kind, "1.2.840.113549.1.12.10.1.3"))
		return visit_certificate(walk, &value, &label);
	if (is_oid(&kind, "1.2.840.113549.1.12.10.1.6"))
		return walk_safe_contents(walk, value.whole, value.whole_size);
	return ERR_OK; /* revocation lists, other secrets */
}

static enum err walk_safe_contents(struct walk *walk, const uint8_t *bytes, size_t size)
{
	struct ber ber = ber_over(bytes, size);
	struct ber_element list, bag;
	enum err err = ERR_OK;

	TRY(effort_check_depth(++walk->depth));
	TRY(ber_expect(&ber, BER_SEQUENCE, &list));
	ber = ber_inside(&list);
	while (err == ERR_OK && !ber_is_empty(&ber)) {
		TRY(effort_add_bag(&walk->unlocking->effort));
		TRY(ber_expect(&ber, BER_SEQUENCE, &bag));
		err = visit_bag(walk, &bag);
	}
	walk->depth--;
	return err;
}

/* EncryptedData (RFC 2315, 13): SEQUENCE { version, { type, algorithm, [0] IMPLICIT bytes } } */
static enum err walk_encrypted(struct walk *walk, const struct ber_element *data)
{
	struct ber ber = ber_inside(data);
	struct ber_element version, info, type, algorithm, bytes;
	struct protection protection;
	AUTO_HELD(octets) cipher_text = {.size = 0};
	AUTO(secret) plain = NULL;

	TRY(ber_expect(&ber, BER_INTEGER, &version));
	TRY(ber_expect(&ber, BER_SEQUENCE, &info));
	ber = ber_inside(&info);
	TRY(ber_expect(&ber, BER_OID, &type));
	TRY(ber_expect(&ber, BER_SEQUENCE, &algorithm));
	TRY(meet_protection(walk, &algorithm, &protection));
	if (walk->contents == NULL)
		return ERR_OK;
	TRY(ber_next(&ber, &bytes));
	if ((bytes.tag & ~BER_CONSTRUCTED) != BER_CONTEXT_0_PLAIN)
		return damaged();
	TRY(ber_octets(&bytes, &cipher_text));
	TRY(protection_undo(&protection, walk->unlocking, cipher_text.bytes, cipher_text.size,
			    &plain));
	walk->is_hidden = true;
	enum err err = walk_safe_contents(walk, secret_view(plain), secret_size(plain));
	walk->is_hidden = false;
	return err;
}

static enum err walk_plain(struct walk *walk, struct ber *ber)
{
	AUTO_HELD(octets) contents = {.size = 0};

	TRY(unwrap_octets(ber, &contents));
	return walk_safe_contents(walk, contents.bytes, contents.size);
}

/* One ContentInfo of the AuthenticatedSafe. */
static enum err walk_safe(struct walk *walk, const struct ber_element *safe)
{
	struct ber ber = ber_inside(safe);
	struct ber_element type, data;
	char oid[BER_OID_TEXT_SIZE];

	TRY(ber_next(&ber, &type));
	TRY(ber_oid_text(&type, oid));
	if (strcmp(oid, "1.2.840.113549.1.7.1") == 0)
		return walk_plain(walk, &ber);
	if (strcmp(oid, "1.2.840.113549.1.7.6") == 0) {
		TRY(unwrap(&ber, &data));
		return data.tag == BER_SEQUENCE ? walk_encrypted(walk, &data) : damaged();
	}
	return err_detail(ERR_ORIGINAL_ALGORITHM, "%s",
			  strcmp(oid, "1.2.840.113549.1.7.3") == 0 ? "envelopedData" : oid);
}

static enum err walk_safes(struct walk *walk, const struct octets *safes)
{
	struct ber ber = ber_over(safes->bytes, safes->size);
	struct ber_element list, safe;

	walk->unlocking->effort.bags = 0;
	TRY(ber_expect(&ber, BER_SEQUENCE, &list));
	ber = ber_inside(&list);
	while (!ber_is_empty(&ber)) {
		TRY(effort_add_bag(&walk->unlocking->effort));
		TRY(ber_expect(&ber, BER_SEQUENCE, &safe));
		TRY(walk_safe(walk, &safe));
	}
	return ERR_OK;
}

enum err safes_survey(const struct octets *safes, struct unlocking *unlocking)
{
	struct walk walk = {.unlocking = unlocking};
	enum err err = walk_safes(&walk, safes);

	return err == ERR_ORIGINAL_DAMAGED ? ERR_OK : err;
}

enum err safes_unlock(const struct octets *safes, struct unlocking *unlocking,
		      struct contents *contents)
{
	struct walk walk = {.unlocking = unlocking, .contents = contents};

	return walk_safes(&walk, safes);
}
