/* doctor_certificate.c - the active certificate: valid, its PIN, its original; and the clock by
 * which all of that is judged.
 */
#include <time.h>

#include "tool/cli/compose.h"
#include "tool/cli/describe.h"
#include "tool/cli/doctor.h"
#include "tool/cli/moment.h"
#include "tool/cli/pin_ask.h"
#include "vault/base/text.h"

enum {
	DAY = 24 * 60 * 60,
	RENEWAL_DAYS = 120,    /* issuers send their notice about four months before the end */
	EARLIEST = 1767225600, /* 2026-01-01: Kinko is younger than that */
	CLOCK_SLACK_SECONDS = 600,
};

static enum err say_expiry(struct doctor *doctor, const struct entry *entry)
{
	int64_t now = time(NULL);
	AUTO_TEXT day = NULL;
	AUTO_TEXT finding = NULL;

	if (now < entry->summary.not_before) {
		TRY(moment_day(entry->summary.not_before, &day));
		TRY(compose(&finding, _("only valid from %s"), day));
		return doctor_say_plain(doctor, "expiry", DOCTOR_FAILED, finding,
					_("Please check the clock, or wait until then."));
	}
	TRY(moment_day(entry->summary.not_after, &day));
	if (now > entry->summary.not_after) {
		TRY(compose(&finding, _("expired on %s"), day));
		return doctor_say_plain(doctor, "expiry", DOCTOR_FAILED, finding,
					_("Please get a new certificate from the issuer, then: "
					  "kinko get, or kinko import"));
	}
	TRY(compose(&finding, _("until %s"), day));
	if (entry->summary.not_after - now < (int64_t)RENEWAL_DAYS * DAY)
		return doctor_say_plain(doctor, "expiry", DOCTOR_FAILED, finding,
					_("Please apply for its renewal at the issuer now."));
	return doctor_say_plain(doctor, "expiry", DOCTOR_OK, finding, "");
}

static enum err say_pin(struct doctor *doctor, const struct entry *entry)
{
	AUTO_TEXT finding = NULL;
	AUTO_TEXT advice = NULL;

	TRY(compose(&finding, _("tries left: %u"), (unsigned)entry->tries_left));
	if (entry->tries_left > 1)
		return doctor_say_plain(doctor, "pin", DOCTOR_OK, finding, "");
	if (entry->tries_left == 1)
		return doctor_say_plain(doctor, "pin", DOCTOR_FAILED, finding,
					_("Please enter the PIN with care: one more wrong PIN "
					  "locks the certificate. The right one gives all back."));
	if (entry->verified_at != 0)
		TRY(text_of_advice(ERR_PIN_LOCKED, NULL, &advice));
	else
		TRY(compose(&advice, "%s", _(pin_ask_no_original_id)));
	return doctor_say_plain(doctor, "pin", DOCTOR_FAILED, _("locked after too many wrong PINs"),
				advice);
}

/* [backup] remind-days of the policy. */
static bool is_due(const struct doctor *doctor, int64_t verified_at)
{
	return doctor->policy != NULL &&
	       time(NULL) - verified_at > (int64_t)policy_limits(doctor->policy)->remind_days * DAY;
}

static enum err say_backup(struct doctor *doctor, const struct entry *entry)
{
	AUTO_TEXT where = NULL;
	AUTO_TEXT finding = NULL;

	if (entry->verified_at == 0)
		return doctor_say_plain(
			doctor, "backup", DOCTOR_FAILED,
			_("no original is known to be on a USB stick"),
			_("Please put it on a stick and prove it there: kinko original check "
			  "FILE"));
	TRY(describe_original(entry, &where));
	TRY(compose(&finding, _("last proven: %s"), where));
	if (is_due(doctor, entry->verified_at))
		return doctor_say_plain(doctor, "backup", DOCTOR_FAILED, finding,
					_("Please insert the stick and prove again that it can be "
					  "read: kinko original check FILE"));
	return doctor_say_plain(doctor, "backup", DOCTOR_OK, finding, "");
}

static enum err say_active(struct doctor *doctor, const struct entry *entry)
{
	AUTO_TEXT title = NULL;

	if (entry == NULL)
		return doctor_say_error(doctor, "active-certificate",
					doctor->entries->count == 0 ? ERR_VAULT_EMPTY
								    : ERR_NO_ACTIVE);
	TRY(describe_entry(entry, &title));
	TRY(doctor_say_plain(doctor, "active-certificate", DOCTOR_OK, title, ""));
	TRY(say_expiry(doctor, entry));
	TRY(say_pin(doctor, entry));
	return say_backup(doctor, entry);
}

enum err doctor_certificate(struct doctor *doctor)
{
	enum err err;

	if (doctor->client == NULL)
		return doctor_say_plain(doctor, "active-certificate", DOCTOR_NOT_DONE,
					_("not looked at: the vault cannot be asked"),
					_("Please do first what stands above."));
	err = entries_load(doctor->client, NULL, &doctor->entries);
	if (err != ERR_OK)
		return doctor_say_error(doctor, "active-certificate", err);
	return say_active(doctor, doctor_active(doctor));
}

/* The latest moment that the vault has seen: a clock before it goes wrong. */
static int64_t latest_known(const struct entries *entries)
{
	int64_t latest = EARLIEST;

	for (size_t i = 0; entries != NULL && i < entries->count; i++) {
		const struct entry *entry = &entries->items[i];
		if (entry->verified_at > latest)
			latest = entry->verified_at;
		if (entry->confirmed_at > latest)
			latest = entry->confirmed_at;
	}
	return latest;
}

/* Later than every certificate by years: then it is the clock, not the certificates. */
static bool is_far_ahead(const struct entries *entries, int64_t now)
{
	bool is_ahead = entries != NULL && entries->count > 0;

	for (size_t i = 0; is_ahead && i < entries->count; i++)
		is_ahead = now > entries->items[i].summary.not_after + (int64_t)3650 * DAY;
	return is_ahead;
}

enum err doctor_clock(struct doctor *doctor)
{
	int64_t now = time(NULL);
	AUTO_TEXT minute = NULL;

	TRY(moment_minute(now, &minute));
	if (now + CLOCK_SLACK_SECONDS < latest_known(doctor->entries) ||
	    is_far_ahead(doctor->entries, now))
		return doctor_say_plain(doctor, "clock", DOCTOR_FAILED, minute,
					_("Please set this computer's date and time: signatures "
					  "would carry a wrong time."));
	return doctor_say_plain(doctor, "clock", DOCTOR_OK, minute, "");
}
