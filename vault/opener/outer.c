/* outer.c - see outer.h */
#include "vault/opener/outer.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

void outer_clear(struct outer *outer)
{
	octets_clear(&outer->safes);
}

/* RFC 7468. Some tools write attributes as text before the first line of dashes. */
static bool is_pem(const uint8_t *bytes, size_t size)
{
	return memmem(bytes, size, "-----BEGIN ", 11) != NULL;
}

static bool is_certificate(const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes;
	X509 *certificate = d2i_X509(NULL, &at, (long)size);
	bool is = certificate != NULL && at == bytes + size;

	X509_free(certificate);
	ERR_clear_error();
	return is;
}

static enum err not_pkcs12(const uint8_t *bytes, size_t size)
{
	if (is_pem(bytes, size))
		return ERR_ORIGINAL_PEM;
	return is_certificate(bytes, size) ? ERR_ORIGINAL_BARE_CERT : ERR_ORIGINAL_NOT_PKCS12;
}

/* A PKCS#12 begins SEQUENCE { INTEGER 3; so does, as far as it goes, one cut short. */
static bool begins_like_pkcs12(const uint8_t *bytes, size_t size)
{
	static const uint8_t version[] = {BER_INTEGER, 1, 3};
	size_t header = 2;

	if (size == 0)
		return true;
	if (bytes[0] != BER_SEQUENCE)
		return false;
	if (size > 1 && bytes[1] > 0x80)
		header += bytes[1] & 0x7F;
	if (header > 10)
		return false;
	if (size <= header)
		return true;
	size_t known = size - header < sizeof version ? size - header : sizeof version;
	return memcmp(bytes + header, version, known) == 0;
}

/* ContentInfo with an OCTET STRING inside (RFC 2315, 7). A signature instead of a MAC would
 * be signedData. */
static enum err read_safes(struct ber *ber, struct octets *out_safes)
{
	struct ber_element info, type, wrapped, content;
	char oid[BER_OID_TEXT_SIZE];

	TRY(ber_expect(ber, BER_SEQUENCE, &info));
	struct ber inside = ber_inside(&info);
	TRY(ber_next(&inside, &type));
	TRY(ber_oid_text(&type, oid));
	if (strcmp(oid, "1.2.840.113549.1.7.2") == 0)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "signedData");
	if (strcmp(oid, "1.2.840.113549.1.7.1") != 0)
		return err_detail(ERR_ORIGINAL_ALGORITHM, "%s", oid);
	TRY(ber_expect(&inside, BER_CONTEXT_0, &wrapped));
	struct ber within = ber_inside(&wrapped);
	TRY(ber_next(&within, &content));
	if ((content.tag & ~BER_CONSTRUCTED) != BER_OCTETS)
		return err_detail(ERR_ORIGINAL_DAMAGED, "ASN.1");
	return ber_octets(&content, out_safes);
}

static enum err read_inside(const struct ber_element *pfx, struct outer *out)
{
	struct ber ber = ber_inside(pfx);
	struct ber_element version, mac;

	TRY(ber_expect(&ber, BER_INTEGER, &version));
	TRY(read_safes(&ber, &out->safes));
	if (ber_is_empty(&ber))
		return ERR_ORIGINAL_NO_MAC;
	TRY(ber_expect(&ber, BER_SEQUENCE, &mac));
	return mac_read(&mac, &out->mac);
}

enum err outer_read(const uint8_t *bytes, size_t size, struct outer *out_outer)
{
	struct ber ber = ber_over(bytes, size);
	struct ber_element pfx;

	*out_outer = (struct outer){.safes = {.size = 0}};
	if (!begins_like_pkcs12(bytes, size))
		return not_pkcs12(bytes, size);
	TRY(ber_outermost(&ber, &pfx));
	if (!ber_is_empty(&ber))
		return ERR_ORIGINAL_TRAILING;
	return read_inside(&pfx, out_outer);
}
