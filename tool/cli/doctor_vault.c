/* doctor_vault.c - the vault itself: reachable, who answers, its state, its binding, log, policy.
 */
#include <string.h>

#include "tool/cli/compose.h"
#include "tool/cli/doctor.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"
#include "vault/base/vault.h"

static enum err say_reached(struct doctor *doctor)
{
	TRY(doctor_say_plain(doctor, "socket", DOCTOR_OK, _("it answers"), ""));
	return doctor_say_plain(
		doctor, "server-identity", DOCTOR_OK,
		doctor->is_private ? _("your own private vault, for trying: its files can be taken")
				   : _("it runs as the system user \"kinko\""),
		"");
}

/* Whoever answers but is not the vault was reached all the same. */
static enum err say_not_reached(struct doctor *doctor, enum err err)
{
	if (err == ERR_SERVER_IDENTITY) {
		TRY(doctor_say_plain(doctor, "socket", DOCTOR_OK, _("something answers"), ""));
		return doctor_say_error(doctor, "server-identity", err);
	}
	return doctor_say_error(doctor, "socket", err);
}

static bool item_is_on(const struct status_item *items, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(items[i].name, name) == 0)
			return items[i].is_on;
	return false;
}

static bool is_protected(const struct status_reply *status, const char *name)
{
	return item_is_on(status->protections, status->protection_count, name);
}

static enum err say_binding(struct doctor *doctor, const struct status_reply *status)
{
	bool is_tpm = status->binding == VAULT_BINDING_TPM;
	const char *to = is_tpm ? _("to its security chip (TPM)") : _("to its secret (host.key)");

	if (!is_protected(status, "bound-to-machine"))
		return doctor_say_plain(doctor, "machine-binding", DOCTOR_FAILED,
					_("the vault is not opened on this computer"),
					_("Please see: kinko status"));
	if (is_tpm && !is_protected(status, "machine-compared"))
		return doctor_say_plain(
			doctor, "machine-binding", DOCTOR_FAILED,
			_("the computer's identity differs, or could not be compared"),
			_("Please see kinko status; if the mainboard was changed, check that "
			  "the originals on the sticks can be read."));
	return doctor_say_plain(doctor, "machine-binding", DOCTOR_OK, to, "");
}

static enum err say_log(struct doctor *doctor, const struct status_reply *status)
{
	if (is_protected(status, "log-whole"))
		return doctor_say_plain(doctor, "log", DOCTOR_OK, _("whole"), "");
	return doctor_say_plain(doctor, "log", DOCTOR_FAILED, _("it is not as the vault wrote it"),
				_("Please see: kinko log --verify"));
}

static enum err say_state(struct doctor *doctor)
{
	AUTO_HELD(status_reply) status = {0};
	enum err err = client_status(doctor->client, &status);

	if (err != ERR_OK || status.refusal != 0) {
		TRY(doctor_say_error(doctor, "vault-state",
				     err != ERR_OK ? err : err_from_wire(status.refusal)));
		doctor->client = NULL;
		return ERR_OK;
	}
	TRY(doctor_say_plain(doctor, "vault-state", DOCTOR_OK, _("ready"), ""));
	TRY(say_binding(doctor, &status));
	return say_log(doctor, &status);
}

/* Whether the vault would let this person sign: its own answer, with the rule that decided. */
static enum err say_verdict(struct doctor *doctor)
{
	AUTO_HELD(explain_reply) verdict = {0};
	AUTO_TEXT rule = NULL;
	AUTO_TEXT finding = NULL;
	enum err err;

	if (doctor->client == NULL)
		return doctor_say_plain(doctor, "policy", DOCTOR_OK, _("the file is in order"), "");
	err = client_explain(doctor->client, "sign", NULL, &verdict);
	if (err != ERR_OK)
		return doctor_say_error(doctor, "policy", err);
	TRY(utf8_escape(_(verdict.rule), &rule));
	if (verdict.is_allowed)
		return doctor_say_plain(doctor, "policy", DOCTOR_OK, _("you may sign"), "");
	TRY(compose(&finding, _("it does not let you sign: %s"), rule));
	return doctor_say_plain(doctor, "policy", DOCTOR_FAILED, finding,
				_("Please ask your administrator; see: kinko policy explain sign"));
}

static enum err look_at_policy(struct doctor *doctor)
{
	struct parse_problem problem = {0};
	AUTO_TEXT folder = NULL;
	enum err err;

	TRY(client_config_folder(&folder));
	err = policy_load(folder, &doctor->policy, &problem);
	return err == ERR_OK ? say_verdict(doctor) : doctor_say_error(doctor, "policy", err);
}

enum err doctor_vault(struct doctor *doctor)
{
	enum err err = run_any_client(doctor->run, &doctor->client);

	if (err != ERR_OK) {
		doctor->client = NULL;
		TRY(say_not_reached(doctor, err));
		return look_at_policy(doctor);
	}
	doctor->is_private = client_is_private(doctor->client);
	TRY(say_reached(doctor));
	TRY(say_state(doctor));
	return look_at_policy(doctor);
}
