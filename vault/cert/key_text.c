/* key_text.c - see key_text.h */
#include "vault/cert/key_text.h"

#include <ctype.h>

#include "vault/cert/asn1_text.h"
#include "vault/cert/name.h"
#include "vault/cert/x509.h"

void key_write_hash(FILE *out, int nid)
{
	if (nid == NID_undef)
		return;
	for (const char *letter = OBJ_nid2sn(nid); *letter != '\0'; letter++)
		(void)fputc(tolower((unsigned char)*letter), out);
}

/* OpenSSL's long name, else the dotted OID. */
static void write_object(FILE *out, const ASN1_OBJECT *object)
{
	char oid[NAME_OID_SIZE];

	name_oid(object, oid);
	(void)fputs(OBJ_obj2nid(object) == NID_undef ? oid : OBJ_nid2ln(OBJ_obj2nid(object)), out);
}

void key_write_signature_algorithm(FILE *out, const X509 *x509)
{
	const ASN1_OBJECT *object = NULL;
	int hash = NID_undef;
	int key = NID_undef;

	X509_ALGOR_get0(&object, NULL, NULL, X509_get0_tbs_sigalg(x509));
	(void)OBJ_find_sigid_algs(OBJ_obj2nid(object), &hash, &key);
	if (OBJ_obj2nid(object) == NID_rsassaPss) {
		(void)fputs("RSASSA-PSS", out);
	} else if (hash != NID_undef &&
		   (key == NID_rsaEncryption || key == NID_X9_62_id_ecPublicKey)) {
		key_write_hash(out, hash);
		(void)fputs(key == NID_rsaEncryption ? "RSA" : "ECDSA", out);
	} else {
		write_object(out, object);
	}
}

static const X509_ALGOR *key_algorithm(const struct certificate *certificate)
{
	X509_ALGOR *algorithm = NULL;

	(void)X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm,
				     X509_get_X509_PUBKEY(certificate->x509));
	return algorithm;
}

static void write_kind(FILE *out, const struct certificate *certificate)
{
	const ASN1_OBJECT *object = NULL;

	X509_ALGOR_get0(&object, NULL, NULL, key_algorithm(certificate));
	if (OBJ_obj2nid(object) == NID_rsaEncryption)
		(void)fputs("RSA", out);
	else if (OBJ_obj2nid(object) == NID_X9_62_id_ecPublicKey)
		(void)fputs("ECC", out);
	else
		write_object(out, object);
}

void key_write(FILE *out, const struct certificate *certificate)
{
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(certificate->x509);

	write_kind(out, certificate);
	if (certificate_key_bits(certificate) > 0)
		(void)fprintf(out, " (%u Bits)", certificate_key_bits(certificate));
	(void)fputc('\n', out);
	asn1_write_hex(out, ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits));
}

static void write_curve(FILE *out, const ASN1_OBJECT *curve)
{
	switch (OBJ_obj2nid(curve)) {
	case NID_X9_62_prime256v1:
		(void)fputs("ECDSA_P256", out);
		break;
	case NID_secp384r1:
		(void)fputs("ECDSA_P384", out);
		break;
	case NID_secp521r1:
		(void)fputs("ECDSA_P521", out);
		break;
	default:
		write_object(out, curve);
		break;
	}
}

/* What is neither NULL nor an OID is a string, of a SEQUENCE the whole encoding. */
void key_write_parameters(FILE *out, const struct certificate *certificate)
{
	const void *value = NULL;
	int type = V_ASN1_UNDEF;

	X509_ALGOR_get0(NULL, &type, &value, key_algorithm(certificate));
	if (type == V_ASN1_NULL)
		(void)fputs("05 00", out);
	else if (type == V_ASN1_OBJECT)
		write_curve(out, value);
	else if (type == V_ASN1_SEQUENCE)
		asn1_write_text(out, value);
}
