/* given_tpm.c - see given_tpm.h */
#include "tests/unit/keeper/given_tpm.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tss2/tss2_mu.h>
#include <tss2/tss2_tcti_swtpm.h>

#include "tests/unit/keeper/given.h"
#include "vault/base/file.h"

/* -- power ------------------------------------------------------------------------------------ */

static void execute(const struct given_tpm *given)
{
	char state[96], server[128], control[128];
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)snprintf(state, sizeof state, "dir=%s", given->folder);
	(void)snprintf(server, sizeof server, "type=unixio,path=%s/tpm", given->folder);
	(void)snprintf(control, sizeof control, "type=unixio,path=%s/tpm.ctrl", given->folder);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves none behind */
	(void)dup2(nowhere, STDOUT_FILENO);
	(void)dup2(nowhere, STDERR_FILENO);
	(void)execlp("swtpm", "swtpm", "socket", "--tpmstate", state, "--server", server, "--ctrl",
		     control, "--flags", "not-need-init",
		     given->is_version_1 ? (char *)NULL : "--tpm2", (char *)NULL);
	_exit(127);
}

void given_power(struct given_tpm *given)
{
	char socket[96];

	(void)snprintf(socket, sizeof socket, "%s/tpm", given->folder);
	(void)unlink(socket);
	given->pid = fork();
	assert_true(given->pid >= 0);
	if (given->pid == 0)
		execute(given);
	for (unsigned tries = 0; tries < 1000 && access(socket, F_OK) != 0; tries++)
		nanosleep(&(struct timespec){0, 5000000}, NULL);
}

void given_power_cut(struct given_tpm *given)
{
	if (given->pid == 0)
		return;
	(void)kill(given->pid, SIGKILL);
	(void)waitpid(given->pid, NULL, 0);
	given->pid = 0;
}

static void copy_state(const struct given_tpm *given, const char *from, const char *to)
{
	AUTO_HELD(bytes) state = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;
	AUTO_FD folder = -1;

	assert_int_equal(given->pid, 0);
	assert_int_equal(file_open_folder(given->folder, &folder), ERR_OK);
	assert_int_equal(file_read(folder, from, 1024 * 1024, &answer, &state), ERR_OK);
	assert_int_equal(answer, FILE_PRESENT);
	assert_int_equal(file_replace(folder, to, 0600, state.data, state.size), ERR_OK);
}

void given_state_kept(struct given_tpm *given)
{
	copy_state(given, "tpm2-00.permall", "kept");
}

void given_state_put_back(struct given_tpm *given)
{
	copy_state(given, "kept", "tpm2-00.permall");
}

/* -- a line that mishaps can happen to -------------------------------------------------------- */

struct line {
	TSS2_TCTI_CONTEXT_COMMON_V2 common;
	struct given_tpm *given;
	TSS2_TCTI_CONTEXT *inner;
	enum given_mishap mishap; /* of the command under way */
};

/* Its address is also that of the context which the library carries about. */
static struct line *line_of(TSS2_TCTI_CONTEXT *tcti)
{
	return (struct line *)(void *)tcti;
}

static enum given_mishap mishap_of(struct given_tpm *given, const uint8_t *command, size_t size)
{
	struct given_plan *plan = &given->plan;
	TPM2_CC code = 0;
	size_t at = 6;

	assert_int_equal(Tss2_MU_UINT32_Unmarshal(command, size, &at, &code), TSS2_RC_SUCCESS);
	if (plan->mishap == GIVEN_NO_MISHAP || (plan->command != 0 && plan->command != code))
		return GIVEN_NO_MISHAP;
	if (plan->skip > 0) {
		plan->skip--;
		return GIVEN_NO_MISHAP;
	}
	if (plan->times == 0)
		return GIVEN_NO_MISHAP;
	plan->times--;
	return plan->mishap;
}

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *tcti, size_t size, const uint8_t *command)
{
	struct line *line = line_of(tcti);

	line->mishap = mishap_of(line->given, command, size);
	if (line->mishap == GIVEN_ANSWER)
		return TSS2_RC_SUCCESS;
	if (line->mishap == GIVEN_CUT_BEFORE) {
		given_power_cut(line->given);
		return TSS2_TCTI_RC_IO_ERROR;
	}
	line->given->sent++;
	return Tss2_Tcti_Transmit(line->inner, size, command);
}

static TSS2_RC answer(const struct given_plan *plan, size_t *size, uint8_t *response)
{
	size_t at = 0;

	if (response == NULL) {
		*size = 10;
		return TSS2_RC_SUCCESS;
	}
	assert_true(*size >= 10);
	(void)Tss2_MU_UINT16_Marshal(TPM2_ST_NO_SESSIONS, response, *size, &at);
	(void)Tss2_MU_UINT32_Marshal(10, response, *size, &at);
	(void)Tss2_MU_UINT32_Marshal(plan->answer, response, *size, &at);
	*size = at;
	return TSS2_RC_SUCCESS;
}

static TSS2_RC receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, uint8_t *response, int32_t timeout)
{
	struct line *line = line_of(tcti);
	TSS2_RC rc;

	if (line->mishap == GIVEN_ANSWER)
		return answer(&line->given->plan, size, response);
	rc = Tss2_Tcti_Receive(line->inner, size, response, timeout);
	if (line->mishap == GIVEN_CUT_AFTER && response != NULL) {
		given_power_cut(line->given);
		return TSS2_TCTI_RC_IO_ERROR;
	}
	return rc;
}

static void finalize(TSS2_TCTI_CONTEXT *tcti)
{
	struct line *line = line_of(tcti);

	Tss2_Tcti_Finalize(line->inner);
	free(line->inner);
	line->inner = NULL;
}

/* swtpm may still be on its way to listen(). */
static TSS2_RC open_inner(const struct given_tpm *given, TSS2_TCTI_CONTEXT *inner, size_t *size)
{
	TSS2_RC rc = TSS2_TCTI_RC_IO_ERROR;

	for (unsigned tries = 0; tries < 100 && rc != TSS2_RC_SUCCESS; tries++) {
		if (given->pid == 0)
			return rc;
		rc = Tss2_Tcti_Swtpm_Init(inner, size, given->where);
		if (rc != TSS2_RC_SUCCESS)
			nanosleep(&(struct timespec){0, 10000000}, NULL);
	}
	return rc;
}

static TSS2_RC open_line(const struct tpm_port *port, TSS2_TCTI_CONTEXT *tcti, size_t *size)
{
	struct given_tpm *given = (struct given_tpm *)(uintptr_t)port;
	struct line *line = line_of(tcti);
	size_t inner_size = 0;
	TSS2_RC rc;

	*size = sizeof *line;
	if (tcti == NULL)
		return TSS2_RC_SUCCESS;
	rc = Tss2_Tcti_Swtpm_Init(NULL, &inner_size, given->where);
	assert_int_equal(rc, TSS2_RC_SUCCESS);
	*line = (struct line){.given = given, .inner = calloc(1, inner_size)};
	line->common.v1 = (TSS2_TCTI_CONTEXT_COMMON_V1){.magic = 0x4B494E4B4FULL,
							.version = 2,
							.transmit = transmit,
							.receive = receive,
							.finalize = finalize};
	rc = open_inner(given, line->inner, &inner_size);
	if (rc != TSS2_RC_SUCCESS)
		free(line->inner);
	return rc;
}

/* -- coming and going ------------------------------------------------------------------------- */

static bool is_installed(void)
{
	return access("/usr/bin/swtpm", X_OK) == 0 || access("/usr/local/bin/swtpm", X_OK) == 0;
}

static struct given_tpm *given_any(bool is_version_1)
{
	struct given_tpm *given;

	if (!is_installed()) {
		print_message("skipped: swtpm is not installed\n");
		return NULL;
	}
	given_process();
	tpm_quiet_library();
	(void)signal(SIGPIPE, SIG_IGN);
	given = calloc(1, sizeof *given);
	assert_non_null(given);
	(void)snprintf(given->folder, sizeof given->folder, "/tmp/kinko-tpm-XXXXXX");
	assert_non_null(mkdtemp(given->folder));
	(void)snprintf(given->where, sizeof given->where, "path=%s/tpm", given->folder);
	given->port = (struct tpm_port){open_line, given->where, 2000};
	given->is_version_1 = is_version_1;
	given_power(given);
	return given;
}

struct given_tpm *given_tpm(void)
{
	return given_any(false);
}

struct given_tpm *given_tpm_version_1(void)
{
	return given_any(true);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void given_tpm_gone(struct given_tpm *given)
{
	given_power_cut(given);
	(void)nftw(given->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(given);
}

/* -- what others do to a TPM ------------------------------------------------------------------ */

ESYS_CONTEXT *given_esys(struct given_tpm *given, TSS2_TCTI_CONTEXT **out_tcti)
{
	ESYS_CONTEXT *esys = NULL;
	size_t size = 0;

	assert_int_equal(given->port.open(&given->port, NULL, &size), TSS2_RC_SUCCESS);
	*out_tcti = calloc(1, size);
	assert_non_null(*out_tcti);
	assert_int_equal(given->port.open(&given->port, *out_tcti, &size), TSS2_RC_SUCCESS);
	assert_int_equal(Esys_Initialize(&esys, *out_tcti, NULL), TSS2_RC_SUCCESS);
	(void)Esys_Startup(esys, TPM2_SU_CLEAR);
	return esys;
}

void given_esys_gone(ESYS_CONTEXT *esys, TSS2_TCTI_CONTEXT *tcti)
{
	Esys_Finalize(&esys);
	Tss2_Tcti_Finalize(tcti);
	free(tcti);
}

void given_cleared(struct given_tpm *given)
{
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys = given_esys(given, &tcti);

	assert_int_equal(
		Esys_Clear(esys, ESYS_TR_RH_LOCKOUT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE),
		TSS2_RC_SUCCESS);
	given_esys_gone(esys, tcti);
}

static TPM2B_AUTH password_of(const char *text)
{
	TPM2B_AUTH password = {.size = (uint16_t)strlen(text)};

	memcpy(password.buffer, text, password.size);
	return password;
}

void given_owner_password(struct given_tpm *given, const char *old, const char *new)
{
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys = given_esys(given, &tcti);
	TPM2B_AUTH before = password_of(old);
	TPM2B_AUTH after = password_of(new);

	assert_int_equal(Esys_TR_SetAuth(esys, ESYS_TR_RH_OWNER, &before), TSS2_RC_SUCCESS);
	assert_int_equal(Esys_HierarchyChangeAuth(esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
						  ESYS_TR_NONE, ESYS_TR_NONE, &after),
			 TSS2_RC_SUCCESS);
	given_esys_gone(esys, tcti);
}

/* With no failure allowed it is in lockout at once (Part 3, TPM2_DictionaryAttackParameters). */
void given_lockout(struct given_tpm *given)
{
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys = given_esys(given, &tcti);

	assert_int_equal(Esys_DictionaryAttackParameters(esys, ESYS_TR_RH_LOCKOUT, ESYS_TR_PASSWORD,
							 ESYS_TR_NONE, ESYS_TR_NONE, 0, 1000, 1000),
			 TSS2_RC_SUCCESS);
	given_esys_gone(esys, tcti);
}

void given_owner_off(struct given_tpm *given)
{
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys = given_esys(given, &tcti);

	assert_int_equal(Esys_HierarchyControl(esys, ESYS_TR_RH_PLATFORM, ESYS_TR_PASSWORD,
					       ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_RH_OWNER,
					       TPM2_NO),
			 TSS2_RC_SUCCESS);
	given_esys_gone(esys, tcti);
}

static TSS2_RC define_other(ESYS_CONTEXT *esys, uint32_t number, uint16_t size)
{
	TPM2B_AUTH none = {0};
	TPM2B_NV_PUBLIC other = {.nvPublic = {.nvIndex = number,
					      .nameAlg = TPM2_ALG_SHA256,
					      .attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE,
					      .dataSize = size}};
	ESYS_TR made = ESYS_TR_NONE;
	TSS2_RC rc = Esys_NV_DefineSpace(esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					 ESYS_TR_NONE, &none, &other, &made);

	if (rc == TSS2_RC_SUCCESS)
		(void)Esys_TR_Close(esys, &made);
	return rc;
}

unsigned given_full(struct given_tpm *given, uint32_t first)
{
	static const uint16_t sizes[] = {1024, 128, 32, 8, 1};
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys = given_esys(given, &tcti);
	unsigned count = 0;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		while (define_other(esys, first + count, sizes[i]) == TSS2_RC_SUCCESS)
			count++;
	given_esys_gone(esys, tcti);
	return count;
}

uint32_t given_property(ESYS_CONTEXT *esys, TPM2_PT property)
{
	TPMS_CAPABILITY_DATA *found = NULL;
	TPMI_YES_NO more;
	uint32_t value;

	assert_int_equal(Esys_GetCapability(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    TPM2_CAP_TPM_PROPERTIES, property, 1, &more, &found),
			 TSS2_RC_SUCCESS);
	assert_int_equal(found->data.tpmProperties.tpmProperty[0].property, property);
	value = found->data.tpmProperties.tpmProperty[0].value;
	Esys_Free(found);
	return value;
}

unsigned given_handles(ESYS_CONTEXT *esys, TPM2_HANDLE first)
{
	TPMS_CAPABILITY_DATA *found = NULL;
	TPMI_YES_NO more;
	unsigned count;

	assert_int_equal(Esys_GetCapability(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    TPM2_CAP_HANDLES, first, 64, &more, &found),
			 TSS2_RC_SUCCESS);
	count = found->data.handles.count;
	Esys_Free(found);
	return count;
}

struct secret *given_secret(uint8_t first_byte)
{
	struct secret *secret = NULL;

	assert_int_equal(secret_new(32, &secret), ERR_OK);
	for (unsigned i = 0; i < 32; i++)
		secret_bytes(secret)[i] = (uint8_t)(first_byte + i * 7);
	return secret;
}
