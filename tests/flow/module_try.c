/* module_try.c - does with the module what the lines of its standard input say, and answers each
 * with one line: the result of PKCS#11 and what came out.
 *
 *     module_try MODULE                              line by line
 *     module_try MODULE EXAMINATION PIN [NUMBER...]  calls, protocol, attributes, threads, ends
 */
#include "module_try.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 4, HANDLES_MAX = 64 };

CK_FUNCTION_LIST_3_0 *module_load(const char *path)
{
	CK_RV (*get)(CK_UTF8CHAR_PTR, CK_VERSION_PTR, CK_INTERFACE_PTR_PTR, CK_FLAGS);
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_VERSION version = {3, 0};
	CK_INTERFACE *interface = NULL;

	if (library == NULL) {
		(void)fprintf(stderr, "%s\n", dlerror());
		exit(2);
	}
	*(void **)&get = dlsym(library, "C_GetInterface");
	EXPECT(get != NULL && get(NULL, &version, &interface, 0) == CKR_OK);
	return interface->pFunctionList;
}

_Noreturn void module_fail(const char *file, int line, const char *condition)
{
	(void)fprintf(stderr, "%s:%d: expected: %s\n", file, line, condition);
	exit(1);
}

static const struct {
	CK_RV result;
	const char *name;
} results[] = {
/* clang-format off */
#define NAME(result) {result, #result}
	/* clang-format on */
	NAME(CKR_OK),
	NAME(CKR_HOST_MEMORY),
	NAME(CKR_SLOT_ID_INVALID),
	NAME(CKR_FUNCTION_FAILED),
	NAME(CKR_ARGUMENTS_BAD),
	NAME(CKR_NO_EVENT),
	NAME(CKR_CANT_LOCK),
	NAME(CKR_ATTRIBUTE_SENSITIVE),
	NAME(CKR_ATTRIBUTE_TYPE_INVALID),
	NAME(CKR_DATA_INVALID),
	NAME(CKR_DATA_LEN_RANGE),
	NAME(CKR_DEVICE_ERROR),
	NAME(CKR_DEVICE_REMOVED),
	NAME(CKR_ENCRYPTED_DATA_INVALID),
	NAME(CKR_ENCRYPTED_DATA_LEN_RANGE),
	NAME(CKR_FUNCTION_NOT_PARALLEL),
	NAME(CKR_FUNCTION_NOT_SUPPORTED),
	NAME(CKR_FUNCTION_REJECTED),
	NAME(CKR_KEY_HANDLE_INVALID),
	NAME(CKR_KEY_FUNCTION_NOT_PERMITTED),
	NAME(CKR_MECHANISM_INVALID),
	NAME(CKR_MECHANISM_PARAM_INVALID),
	NAME(CKR_OBJECT_HANDLE_INVALID),
	NAME(CKR_OPERATION_ACTIVE),
	NAME(CKR_OPERATION_NOT_INITIALIZED),
	NAME(CKR_PIN_INCORRECT),
	NAME(CKR_PIN_INVALID),
	NAME(CKR_PIN_LEN_RANGE),
	NAME(CKR_PIN_LOCKED),
	NAME(CKR_SESSION_HANDLE_INVALID),
	NAME(CKR_SESSION_PARALLEL_NOT_SUPPORTED),
	NAME(CKR_SESSION_READ_ONLY),
	NAME(CKR_SIGNATURE_INVALID),
	NAME(CKR_SIGNATURE_LEN_RANGE),
	NAME(CKR_TOKEN_NOT_PRESENT),
	NAME(CKR_USER_ALREADY_LOGGED_IN),
	NAME(CKR_USER_NOT_LOGGED_IN),
	NAME(CKR_USER_TYPE_INVALID),
	NAME(CKR_RANDOM_SEED_NOT_SUPPORTED),
	NAME(CKR_BUFFER_TOO_SMALL),
	NAME(CKR_CRYPTOKI_NOT_INITIALIZED),
	NAME(CKR_CRYPTOKI_ALREADY_INITIALIZED),
#undef NAME
};

const char *module_result(CK_RV result)
{
	static char number[32];

	for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
		if (results[i].result == result)
			return results[i].name;
	(void)snprintf(number, sizeof number, "0x%lx", result);
	return number;
}

CK_OBJECT_HANDLE module_find(CK_FUNCTION_LIST_3_0 *module, CK_SESSION_HANDLE session,
			     CK_OBJECT_CLASS class)
{
	CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
	CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
	CK_ULONG count = 0;

	EXPECT(module->C_FindObjectsInit(session, &wanted, 1) == CKR_OK);
	EXPECT(module->C_FindObjects(session, &found, 1, &count) == CKR_OK);
	EXPECT(module->C_FindObjectsFinal(session) == CKR_OK);
	return count == 0 ? CK_INVALID_HANDLE : found;
}

/* --- Line by line. --- */

struct program {
	CK_FUNCTION_LIST_3_0 *module;
	CK_SESSION_HANDLE session;
	char *words[WORDS_MAX];
};

static void answer(CK_RV result, const char *text)
{
	(void)printf("%s %s\n", module_result(result), text);
	(void)fflush(stdout);
}

static unsigned long number(const char *word)
{
	return word == NULL ? 0 : strtoul(word, NULL, 0);
}

static CK_ULONG size_of(const char *word)
{
	return word == NULL ? 0 : strlen(word);
}

static void do_initialize(struct program *program)
{
	answer(program->module->C_Initialize(NULL), "");
}

static void do_finalize(struct program *program)
{
	answer(program->module->C_Finalize(NULL), "");
}

/* slots [token]: the ids */
static void do_slots(struct program *program)
{
	CK_SLOT_ID slots[HANDLES_MAX];
	CK_ULONG count = HANDLES_MAX;
	char text[1024] = "";
	size_t used = 0;
	CK_RV result = program->module->C_GetSlotList(program->words[1] != NULL, slots, &count);

	for (CK_ULONG i = 0; result == CKR_OK && i < count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%lu ", slots[i]);
	answer(result, text);
}

/* slot ID: "present" or "absent" */
static void do_slot(struct program *program)
{
	CK_SLOT_INFO info = {.flags = 0};
	CK_RV result = program->module->C_GetSlotInfo(number(program->words[1]), &info);

	answer(result, (info.flags & CKF_TOKEN_PRESENT) != 0 ? "present" : "absent");
}

/* token ID: its flags in hex, its serial, its label as it is */
static void do_token(struct program *program)
{
	CK_TOKEN_INFO info;
	char text[128] = "";
	CK_RV result = program->module->C_GetTokenInfo(number(program->words[1]), &info);

	if (result == CKR_OK)
		(void)snprintf(text, sizeof text, "%lx %.16s %.32s", info.flags,
			       (const char *)info.serialNumber, (const char *)info.label);
	answer(result, text);
}

/* mechanisms ID: the numbers, each with its flags, in hex */
static void do_mechanisms(struct program *program)
{
	CK_MECHANISM_TYPE types[HANDLES_MAX];
	CK_ULONG count = HANDLES_MAX;
	CK_SLOT_ID slot = number(program->words[1]);
	char text[2048] = "";
	size_t used = 0;
	CK_RV result = program->module->C_GetMechanismList(slot, types, &count);

	for (CK_ULONG i = 0; result == CKR_OK && i < count; i++) {
		CK_MECHANISM_INFO info;
		EXPECT(program->module->C_GetMechanismInfo(slot, types[i], &info) == CKR_OK);
		used += (size_t)snprintf(text + used, sizeof text - used, "%lx:%lx ", types[i],
					 info.flags);
	}
	answer(result, text);
}

/* open ID [rw] */
static void do_open(struct program *program)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION | (program->words[2] != NULL ? CKF_RW_SESSION : 0);

	answer(program->module->C_OpenSession(number(program->words[1]), flags, NULL, NULL,
					      &program->session),
	       "");
}

static void do_close(struct program *program)
{
	answer(program->module->C_CloseSession(program->session), "");
}

static void log_in(struct program *program, CK_USER_TYPE user)
{
	char *pin = program->words[1];

	answer(program->module->C_Login(program->session, user, (CK_UTF8CHAR *)pin, size_of(pin)),
	       "");
}

static void do_login(struct program *program)
{
	log_in(program, CKU_USER);
}

static void do_context(struct program *program)
{
	log_in(program, CKU_CONTEXT_SPECIFIC);
}

static void do_officer(struct program *program)
{
	log_in(program, CKU_SO);
}

static void do_logout(struct program *program)
{
	answer(program->module->C_Logout(program->session), "");
}

/* pin OLD NEW */
static void do_pin(struct program *program)
{
	char **words = program->words;

	answer(program->module->C_SetPIN(program->session, (CK_UTF8CHAR *)words[1],
					 size_of(words[1]), (CK_UTF8CHAR *)words[2],
					 size_of(words[2])),
	       "");
}

/* state: of the session, as a number */
static void do_state(struct program *program)
{
	CK_SESSION_INFO info = {.state = 0};
	char text[16];
	CK_RV result = program->module->C_GetSessionInfo(program->session, &info);

	(void)snprintf(text, sizeof text, "%lu", info.state);
	answer(result, text);
}

/* find CLASS: how many objects */
static void do_find(struct program *program)
{
	CK_OBJECT_CLASS class = number(program->words[1]);
	CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
	CK_OBJECT_HANDLE found[HANDLES_MAX];
	CK_ULONG count = 0;
	char text[16];
	CK_RV result = program->module->C_FindObjectsInit(program->session, &wanted, 1);

	if (result == CKR_OK) {
		EXPECT(program->module->C_FindObjects(program->session, found, HANDLES_MAX,
						      &count) == CKR_OK);
		EXPECT(program->module->C_FindObjectsFinal(program->session) == CKR_OK);
	}
	(void)snprintf(text, sizeof text, "%lu", count);
	answer(result, text);
}

/* begin [MECHANISM]: C_SignInit with the private key that was last found */
static CK_RV begin(struct program *program)
{
	CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
	static CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
	CK_SESSION_INFO info;

	if (program->words[1] != NULL)
		mechanism.mechanism = number(program->words[1]);
	if (program->module->C_GetSessionInfo(program->session, &info) == CKR_OK)
		found = module_find(program->module, program->session, CKO_PRIVATE_KEY);
	if (found != CK_INVALID_HANDLE)
		key = found;
	return program->module->C_SignInit(program->session, &mechanism, key);
}

static void do_begin(struct program *program)
{
	answer(begin(program), "");
}

static CK_RV finish(struct program *program)
{
	CK_BYTE signature[1024];
	CK_ULONG size = sizeof signature;
	CK_BYTE text[] = "what is signed";

	return program->module->C_Sign(program->session, text, sizeof text, signature, &size);
}

static void do_finish(struct program *program)
{
	answer(finish(program), "");
}

/* sign [MECHANISM]: both */
static void do_sign(struct program *program)
{
	CK_RV result = begin(program);

	answer(result == CKR_OK ? finish(program) : result, "");
}

/* event: one that has come; wait: until one comes; the slot's id */
static void take_event(struct program *program, CK_FLAGS flags)
{
	CK_SLOT_ID slot = 0;
	char text[32];
	CK_RV result = program->module->C_WaitForSlotEvent(flags, &slot, NULL);

	(void)snprintf(text, sizeof text, "%lu", slot);
	answer(result, text);
}

static void do_event(struct program *program)
{
	take_event(program, CKF_DONT_BLOCK);
}

static void do_wait(struct program *program)
{
	take_event(program, 0);
}

/* How many connections this process has open. */
static int count_sockets(void)
{
	int count = 0;

	for (int fd = 3; fd < 256; fd++) {
		char path[64], target[64] = "";
		(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		if (readlink(path, target, sizeof target - 1) > 0 &&
		    strncmp(target, "socket:", 7) == 0)
			count++;
	}
	return count;
}

/* fork: what a child gets from C_GetInfo, C_Initialize, C_GetSlotList and C_Finalize */
static void do_fork(struct program *program)
{
	CK_FUNCTION_LIST_3_0 *module = program->module;
	CK_ULONG count = 0;
	CK_INFO info;
	int status;
	pid_t child = fork();

	EXPECT(count_sockets() > 0);
	if (child == 0)
		_exit(module->C_GetInfo(&info) == CKR_CRYPTOKI_NOT_INITIALIZED &&
				      module->C_CloseSession(program->session) ==
					      CKR_CRYPTOKI_NOT_INITIALIZED &&
				      module->C_Initialize(NULL) == CKR_OK &&
				      module->C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK &&
				      count == 1 && finish(program) == CKR_SESSION_HANDLE_INVALID &&
				      module->C_Finalize(NULL) == CKR_OK && count_sockets() == 0
			      ? 0
			      : 1);
	EXPECT(child > 0 && waitpid(child, &status, 0) == child);
	answer(CKR_OK, WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "good" : "bad");
}

/* quick: microseconds of C_Initialize and C_Finalize, the best of some */
static void do_quick(struct program *program)
{
	enum { TIMES = 50 };
	long best = 1000000;
	char text[32];

	for (int i = 0; i < TIMES; i++) {
		struct timespec begun, ended;
		long took;
		(void)clock_gettime(CLOCK_MONOTONIC, &begun);
		EXPECT(program->module->C_Initialize(NULL) == CKR_OK);
		(void)clock_gettime(CLOCK_MONOTONIC, &ended);
		EXPECT(program->module->C_Finalize(NULL) == CKR_OK);
		took = (ended.tv_sec - begun.tv_sec) * 1000000 +
		       (ended.tv_nsec - begun.tv_nsec) / 1000;
		if (took < best)
			best = took;
	}
	(void)snprintf(text, sizeof text, "%ld", best);
	answer(CKR_OK, text);
}

static const struct {
	const char *name;
	void (*act)(struct program *program);
} acts[] = {
	{"initialize", do_initialize},
	{"finalize", do_finalize},
	{"slots", do_slots},
	{"slot", do_slot},
	{"token", do_token},
	{"mechanisms", do_mechanisms},
	{"open", do_open},
	{"close", do_close},
	{"login", do_login},
	{"context", do_context},
	{"officer", do_officer},
	{"logout", do_logout},
	{"pin", do_pin},
	{"state", do_state},
	{"find", do_find},
	{"begin", do_begin},
	{"finish", do_finish},
	{"sign", do_sign},
	{"event", do_event},
	{"wait", do_wait},
	{"fork", do_fork},
	{"quick", do_quick},
};

/* Words are parted by one space; two spaces make an empty word. */
static void act(struct program *program, char *line)
{
	size_t count = 0;

	for (size_t i = 0; i < WORDS_MAX; i++)
		program->words[i] = NULL;
	line[strcspn(line, "\n")] = '\0';
	while (line != NULL && count < WORDS_MAX)
		program->words[count++] = strsep(&line, " ");
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
		if (strcmp(program->words[0], acts[i].name) == 0) {
			acts[i].act(program);
			return;
		}
	module_fail(__FILE__, __LINE__, program->words[0]);
}

static unsigned argument(int count, char **arguments, int index)
{
	return index < count ? (unsigned)strtoul(arguments[index], NULL, 10) : 0;
}

static int examine(CK_FUNCTION_LIST_3_0 *module, int count, char **arguments)
{
	const char *what = arguments[2];
	const char *pin = arguments[3];

	if (strcmp(what, "calls") == 0)
		module_examine_calls(module, pin, argument(count, arguments, 4));
	else if (strcmp(what, "protocol") == 0)
		module_examine_protocol(module, pin);
	else if (strcmp(what, "attributes") == 0)
		module_examine_attributes(module, pin);
	else if (strcmp(what, "threads") == 0)
		module_examine_threads(module, pin, argument(count, arguments, 4),
				       argument(count, arguments, 5));
	else if (strcmp(what, "ends") == 0)
		module_examine_ends(module, pin, argument(count, arguments, 4));
	else
		return 2;
	return 0;
}

int main(int count, char **arguments)
{
	struct program program = {.session = CK_INVALID_HANDLE};
	char line[256];

	if (count < 2)
		return 2;
	program.module = module_load(arguments[1]);
	if (count > 3)
		return examine(program.module, count, arguments);
	while (fgets(line, sizeof line, stdin) != NULL)
		act(&program, line);
	return 0;
}
