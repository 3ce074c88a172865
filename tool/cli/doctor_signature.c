/* doctor_signature.c - one real signature with the active certificate, over random bytes that mean
 * nothing, verified by the certificate alone.
 */
#include "tool/cli/compose.h"
#include "tool/cli/doctor.h"
#include "tool/cli/pin_ask.h"
#include "vault/base/digest.h"
#include "vault/base/text.h"
#include "vault/cert/certificate.h"
#include "vault/cert/ecdsa.h"

enum { MESSAGE_SIZE = 32 };

static enum err sign(struct client *client, const struct digest *id, enum key_kind kind,
		     const uint8_t message[MESSAGE_SIZE], struct bytes *out_signature)
{
	struct sign_request request = {.id = *id, .scheme = SIGN_ECDSA, .hash = SIGN_SHA256};
	AUTO_HELD(bytes) input = {0};
	AUTO_HELD(bytes) plain = {0};
	struct digest digest;

	digest_of(message, MESSAGE_SIZE, &digest);
	if (kind == KEY_RSA)
		request.scheme = SIGN_RSA_PKCS1;
	if (kind == KEY_ED25519) {
		request.scheme = SIGN_EDDSA;
		request.hash = SIGN_SHA512;
		TRY(bytes_copy(message, MESSAGE_SIZE, &input));
	} else {
		TRY(bytes_copy(digest.bytes, sizeof digest.bytes, &input));
	}
	request.input = input;
	TRY(client_sign(client, &request, &plain));
	if (request.scheme == SIGN_ECDSA)
		return ecdsa_der(&plain, out_signature);
	*out_signature = plain;
	plain = (struct bytes){0};
	return ERR_OK;
}

/* Signs and looks whether the certificate agrees. */
static enum err sign_and_verify(struct client *client, const struct entry *entry)
{
	AUTO_HELD(show_reply) shown = {0};
	AUTO(certificate) certificate = NULL;
	AUTO_HELD(bytes) signature = {0};
	uint8_t message[MESSAGE_SIZE];

	TRY(client_show(client, &entry->summary.id, &shown));
	TRY(certificate_parse(shown.certificate.data, shown.certificate.size, &certificate));
	random_fill(message, sizeof message);
	TRY(sign(client, &entry->summary.id, certificate_key_kind(certificate), message,
		 &signature));
	return certificate_verifies(certificate, message, sizeof message, signature.data,
				    signature.size)
		       ? ERR_OK
		       : ERR_CERT_SIGNATURE;
}

static enum err log_in(struct doctor *doctor, const struct entry *entry)
{
	struct run *run = doctor->run;
	struct login_reply reply;
	AUTO(secret) pin = NULL;
	uint8_t tries_left = entry->tries_left;
	enum err err;

	pin_input_say(run->pins,
		      _("One signature is made to see whether it works; it signs nothing "
			"that means anything."));
	TRY(pin_ask_of_entry(run, entry, _("PIN: "), &pin));
	TRY(run_go_on(run));
	err = client_login(doctor->client, &entry->summary.id, pin, &tries_left, &reply);
	return err == ERR_PIN_WRONG ? err_detail(err, "%u", (unsigned)tries_left) : err;
}

/* Whatever happened, the login does not outlive the step. */
static enum err try_it(struct doctor *doctor, const struct entry *entry)
{
	enum err err;

	TRY(log_in(doctor, entry));
	err = sign_and_verify(doctor->client, entry);
	if (client_logout(doctor->client) != ERR_OK && err == ERR_OK)
		err_forget(); /* `ask = always` has ended it already */
	return err;
}

static enum err say_not_done(struct doctor *doctor, const char *why, const char *advice)
{
	return doctor_say_plain(doctor, "signature", DOCTOR_NOT_DONE, why, advice);
}

enum err doctor_signature(struct doctor *doctor)
{
	const struct entry *entry = doctor_active(doctor);
	enum err err;

	if (doctor->client == NULL || entry == NULL)
		return say_not_done(doctor, _("there is nothing to sign with"),
				    _("Please do first what stands above."));
	if (entry->tries_left == 0)
		return say_not_done(doctor, _("the certificate is locked"),
				    _("Please do first what stands above."));
	err = try_it(doctor, entry);
	if (err == ERR_PIN_NEEDED) {
		err_forget();
		return say_not_done(doctor, _("without the PIN no signature can be made"),
				    _("Please run kinko doctor in a terminal, or pass the PIN: "
				      "kinko doctor --pin-fd N"));
	}
	if (err != ERR_OK)
		return doctor_say_error(doctor, "signature", err);
	return doctor_say_plain(doctor, "signature", DOCTOR_OK,
				_("made, and verified by the certificate"), "");
}
