/* curl_failure.c - see curl_failure.h */
#include "tool/download/curl_failure.h"

#include "vault/base/text.h"

/* What X509_verify_cert says (openssl-verification-options(1), x509_vfy.h); these numbers are
 * part of OpenSSL's interface. This folder uses OpenSSL only through libcurl. */
enum verification {
	VERIFIED = 0,
	NOT_SAID = 1, /* curl's value until the handshake is over and the name compared */
	NO_ISSUER = 2,
	NOT_YET_VALID = 9,
	EXPIRED = 10,
	SELF_SIGNED = 18,
	SELF_SIGNED_ROOT = 19,
	NO_LOCAL_ISSUER = 20,
	NO_FIRST_ISSUER = 21,
	OTHER_HOST = 62,
	KEY_TOO_SMALL = 66,
	CA_KEY_TOO_SMALL = 67,
	CA_HASH_TOO_WEAK = 68,
};

static const char *const faults[] = {
	[IDENTITY_NO_NAME] = N_("its certificate names no host"),
	[IDENTITY_OTHER_NAME] = N_("its certificate is for another host"),
};

enum err curl_identity_failure(enum identity_fault fault)
{
	return err_detail(ERR_SERVER_TLS, "%s", _(faults[fault]));
}

static const char *verification_text(long verification)
{
	switch (verification) {
	case SELF_SIGNED:
		return N_("its certificate is signed by itself");
	case NO_ISSUER:
	case SELF_SIGNED_ROOT:
	case NO_LOCAL_ISSUER:
	case NO_FIRST_ISSUER:
		return N_("its certificate comes from an issuer that is not trusted here");
	case KEY_TOO_SMALL:
	case CA_KEY_TOO_SMALL:
	case CA_HASH_TOO_WEAK:
		return N_("its certificate is too weak");
	case VERIFIED: /* it was the name then, which curl compares itself */
	case NOT_SAID:
	case OTHER_HOST:
		return faults[IDENTITY_OTHER_NAME];
	default:
		return N_("its certificate is not valid");
	}
}

static enum err verification_failure(CURL *handle)
{
	long verification = VERIFIED;

	(void)curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &verification);
	if (verification == NOT_YET_VALID || verification == EXPIRED)
		return ERR_SERVER_CLOCK;
	return err_detail(ERR_SERVER_TLS, "%s", _(verification_text(verification)));
}

/* Nobody there, or somebody who lets us wait. */
static enum err timeout_failure(CURL *handle)
{
	curl_off_t connected_after = 0;

	(void)curl_easy_getinfo(handle, CURLINFO_CONNECT_TIME_T, &connected_after);
	return connected_after == 0 ? ERR_SERVER_CONNECT : ERR_SERVER_SLOW;
}

static enum err failure(CURL *handle, CURLcode code, const char *ca_file)
{
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PROXY:
		return ERR_SERVER_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return timeout_failure(handle);
	case CURLE_PEER_FAILED_VERIFICATION:
		return verification_failure(handle);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return err_detail(ERR_SERVER_TLS, "%s",
				  _("no secure connection could be agreed on"));
	case CURLE_SSL_CACERT_BADFILE:
		return err_detail(ERR_CONFIG, "ca-file: %s", ca_file);
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		return ERR_SERVER_SHORT;
	case CURLE_FILESIZE_EXCEEDED:
		return ERR_SERVER_TOO_MUCH;
	case CURLE_OUT_OF_MEMORY:
		return ERR_MEMORY;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
		return err_detail(ERR_SERVER_REPLY, "HTTP");
	default:
		return ERR_INTERNAL;
	}
}

enum err curl_failure(CURL *handle, CURLcode code, const char *text, const char *ca_file)
{
	enum err err = failure(handle, code, ca_file);

	return err_note(err, "curl %d: %s", (int)code,
			text[0] == '\0' ? curl_easy_strerror(code) : text);
}
