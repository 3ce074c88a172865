/* driver_tpm.c - the machine's TPM, in software, and what can happen to one. */
#include "tests/attack/driver.h"

#include <stdio.h>

static const struct keeper_cost cost_with_tpm = {.memory_bytes = 8192, .passes = 1};

static void connect_tpm(struct driver *driver)
{
	assert_int_equal(tpm_new(&driver->given_tpm->port, &driver->tpm), ERR_OK);
	driver->place->settings.tpm = driver->tpm;
	driver->place->settings.cost_with_tpm = cost_with_tpm;
}

/* Another program's conversation: ours is hung up meanwhile. */
static void disconnect_tpm(struct driver *driver)
{
	tpm_free(TAKE(driver->tpm));
	driver->place->settings.tpm = NULL;
}

static void act_on(struct driver *driver, const struct request *request, const char *verb)
{
	struct given_tpm *given = driver->given_tpm;

	if (strcmp(verb, "power") == 0)
		given_power(given);
	else if (strcmp(verb, "cut") == 0)
		given_power_cut(given);
	else if (strcmp(verb, "clear") == 0)
		given_cleared(given);
	else if (strcmp(verb, "lockout") == 0)
		given_lockout(given);
	else if (strcmp(verb, "password") == 0)
		given_owner_password(given, "", request_word(request, 2));
	else if (strcmp(verb, "cut-before-move") == 0)
		given->plan = (struct given_plan){
			.mishap = GIVEN_CUT_BEFORE, .command = TPM2_CC_NV_Extend, .times = 1};
	else if (strcmp(verb, "keep") == 0)
		given_state_kept(given);
	else if (strcmp(verb, "put-back") == 0)
		given_state_put_back(given);
	else
		assert_string_equal(verb, "what can happen to a TPM");
}

/* A power cut leaves our connection to find out by itself; the others need the TPM alone. */
void driver_tpm(struct driver *driver, struct request *request)
{
	const char *verb = request_word(request, 1);
	bool is_power = strcmp(verb, "power") == 0 || strncmp(verb, "cut", 3) == 0;

	(void)snprintf(request->answer, ANSWER_SIZE, "done");
	if (strcmp(verb, "on") == 0) {
		driver->given_tpm = given_tpm();
		if (driver->given_tpm == NULL)
			(void)snprintf(request->answer, ANSWER_SIZE, "not installed");
		else
			connect_tpm(driver);
		return;
	}
	if (!is_power)
		disconnect_tpm(driver);
	act_on(driver, request, verb);
	if (!is_power)
		connect_tpm(driver);
}
