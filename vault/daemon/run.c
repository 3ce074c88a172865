/* run.c - see run.h
 *
 * The order is the protection:
 *
 *   1  no dump, no environment          nothing of this process can be read or led astray
 *   2  no network, as far as root can;
 *      the starter is forked            it has seen no secret
 *   3  folders, lock                    one daemon for one vault
 *   4  host.key is read, the TPM and
 *      the socket are opened            what only root can do
 *   5  the drop to the system user      from here on this is not root
 *   6  the vault is opened              its files belong to the system user
 *   7  no capability, no new privilege,
 *      few files, few system calls      the last thing given up
 *   8  listen                           clients see who listened, so this comes after the drop
 */
#include "vault/daemon/run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/log.h"
#include "vault/base/program.h"
#include "vault/base/text.h"
#include "vault/daemon/aside.h"
#include "vault/daemon/confinement.h"
#include "vault/daemon/facts.h"
#include "vault/daemon/peer.h"
#include "vault/daemon/sandbox.h"
#include "vault/daemon/server.h"
#include "vault/daemon/service.h"
#include "vault/daemon/setup.h"
#include "vault/daemon/tie.h"
#include "vault/keeper/tpm.h"
#include "vault/opener/job.h"
#include "vault/wire/channel.h"

#define CREDENTIALS_VARIABLE "CREDENTIALS_DIRECTORY" /* systemd.exec(5), LoadCredential= */
#define NO_CREDENTIAL        "none"
#define TPM_DEVICE           "/dev/tpmrm0"

/* The socket's mode is 0666 less this: anybody may ask; the kernel says who, the policy says what.
 */
enum { SOCKET_UMASK = 0111 };

/* Everything one run holds, in the order it comes to be. */
struct run {
	struct place *place;
	struct owner owner;
	char *user_name;
	char *opener_path;
	char *credentials; /* NULL: not started by systemd with credentials */
	struct starter *starter;
	struct folders folders;
	struct secret *host_key;
	struct tpm *tpm; /* NULL for a private vault */
	char *machine_id;
	char *product_uuid;
	int socket;
	struct keeper *keeper;
	struct rulebook *rulebook;
};

static void run_clear(struct run *run)
{
	keeper_free(run->keeper);
	tpm_free(run->tpm);
	rulebook_free(run->rulebook);
	own_close_fd(&run->socket);
	free(run->product_uuid);
	free(run->machine_id);
	secret_free(run->host_key);
	starter_free(run->starter);
	folders_close(&run->folders);
	free(run->credentials);
	free(run->opener_path);
	free(run->user_name);
	place_free(run->place);
}
OWN_DEFINE_HELD(run, run_clear)

/* --- 1: this process --- */

/* Kept: what chooses the language, and where systemd has put the host secret. */
static const char *const kept_variables[] = {"LC_ALL", "LC_MESSAGES", "LC_CTYPE",
					     "LANG",   "LANGUAGE",    CREDENTIALS_VARIABLE};

static enum err clean_environment(void)
{
	char *values[COUNT_OF(kept_variables)] = {NULL};
	bool is_kept = true;

	for (size_t i = 0; i < COUNT_OF(kept_variables); i++) {
		const char *value = getenv(kept_variables[i]);
		values[i] = value == NULL ? NULL : strdup(value);
		is_kept = is_kept && (value == NULL || values[i] != NULL);
	}
	(void)clearenv();
	for (size_t i = 0; i < COUNT_OF(kept_variables); i++) {
		if (values[i] != NULL && setenv(kept_variables[i], values[i], 1) != 0)
			is_kept = false;
		free(values[i]);
	}
	return is_kept ? ERR_OK : ERR_MEMORY;
}

enum err run_prepare(void)
{
	TRY(sandbox_begin());
	TRY(clean_environment());
	tpm_quiet_library();
	text_init();
	return secret_init();
}

/* --- 2 to 4: what comes before the drop --- */

static enum err name_user(uid_t uid, char **out_name)
{
	const struct passwd *user = getpwuid(uid);

	if (user != NULL)
		*out_name = strdup(user->pw_name);
	else if (asprintf(out_name, "%u", (unsigned)uid) < 0)
		*out_name = NULL;
	return *out_name == NULL ? ERR_MEMORY : ERR_OK;
}

static enum err find_place(const struct options *options, struct run *run)
{
	if (options->private_folder != NULL) {
		run->owner = owner_of_private();
		TRY(place_of_private(options->private_folder, &run->place));
	} else {
		TRY(owner_of_system(&run->owner));
		TRY(place_of_system(&run->place));
		if (!peer_can_tell_users())
			return err_note(ERR_PEER, "this user namespace knows too few users");
	}
	return name_user(run->owner.uid, &run->user_name);
}

/* Only the system vault's own user is given its secrets that way; root reads the file. */
static enum err find_credentials(struct run *run)
{
	const char *folder = getenv(CREDENTIALS_VARIABLE);

	if (folder != NULL && !run->place->is_private && !run->owner.must_drop) {
		run->credentials = strdup(folder);
		if (run->credentials == NULL)
			return ERR_MEMORY;
	}
	(void)unsetenv(CREDENTIALS_VARIABLE);
	return ERR_OK;
}

/* Without it the system calls still refuse every network. */
static void leave_network(void)
{
	if (geteuid() == 0 && sandbox_leave_network() != ERR_OK)
		log_error(LOG_WARNING, "no network of its own", ERR_INTERNAL);
	err_forget();
}

static enum err make_starter(struct run *run)
{
	struct starter_settings settings = {
		.drops = run->owner.must_drop, .uid = run->owner.uid, .gid = run->owner.gid};

	AUTO_TEXT found = NULL;

	TRY(program_find(OPENER_PROGRAM, &found));
	run->opener_path = realpath(found, NULL);
	if (run->opener_path == NULL)
		return err_detail(ERR_PROGRAM_MISSING, "%s", OPENER_PROGRAM);
	settings.program = run->opener_path;
	return starter_new(&settings, &run->starter);
}

/* The machine's identity: for a private vault the machine-id alone. A unit cannot read the
 * product's UUID itself and gets it as a credential. */
static void read_machine(struct run *run)
{
	run->machine_id = setup_read_line("/etc", "machine-id");
	if (run->place->is_private)
		return;
	run->product_uuid = run->credentials != NULL
				    ? setup_read_line(run->credentials, "product-uuid")
				    : setup_read_line("/sys/class/dmi/id", "product_uuid");
	if (run->product_uuid != NULL && strcmp(run->product_uuid, NO_CREDENTIAL) == 0) {
		free(run->product_uuid);
		run->product_uuid = NULL;
	}
}

/* Opened while this may: the connection outlives the drop. Whatever is the matter with it is said
 * by who needs it. */
static enum err open_tpm(struct run *run, const struct tpm_port *port)
{
	if (run->place->is_private)
		return ERR_OK;
	TRY(tpm_new(port, &run->tpm));
	(void)!tpm_check(run->tpm);
	err_forget();
	return ERR_OK;
}

static enum err read_secrets(struct run *run)
{
	bool is_made;

	TRY(setup_host_key(&run->folders, &run->owner, &is_made));
	TRY(setup_read_host_key(&run->folders, &run->owner, run->credentials, &run->host_key));
	read_machine(run);
	return ERR_OK;
}

/* The socket is born with its mode. Changing it by name afterwards would be root following a name
 * in a folder that is not root's. */
static enum err bind_for_all(struct run *run)
{
	mode_t before = umask(run->place->is_private ? 077 : SOCKET_UMASK);
	enum err err = channel_bind(run->place->run, PLACE_SOCKET, &run->socket);

	(void)umask(before);
	return err;
}

/* Under the lock, so a socket that lies here belongs to nobody any more. */
static enum err bind_socket(struct run *run)
{
	struct stat status;

	if (fstatat(run->folders.run, PLACE_SOCKET, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISSOCK(status.st_mode) && unlinkat(run->folders.run, PLACE_SOCKET, 0) != 0)
		return err_detail(ERR_VAULT_FOLDER, "%s (%s)", run->place->socket, strerror(errno));
	return bind_for_all(run);
}

static void remove_socket(const struct run *run)
{
	(void)unlinkat(run->folders.run, PLACE_SOCKET, 0);
}

/* --- 5 to 7 --- */

/* The group that may open the TPM's device, so that it can be opened anew after trouble. */
static gid_t tpm_group(const struct run *run)
{
	struct stat status;

	return run->tpm != NULL && stat(TPM_DEVICE, &status) == 0 && status.st_gid != 0
		       ? status.st_gid
		       : run->owner.gid;
}

static enum err drop(const struct run *run)
{
	if (run->owner.must_drop)
		TRY(sandbox_drop_to(run->owner.uid, run->owner.gid, tpm_group(run)));
	return ERR_OK;
}

static struct keeper_settings settings_of(const struct run *run)
{
	return (struct keeper_settings){.state_folder = run->folders.state,
					.anchor_folder = run->folders.anchor,
					.host_key = run->host_key,
					.cost = keeper_cost_host,
					.tpm = run->tpm,
					.cost_with_tpm = keeper_cost_tpm,
					.machine_id = run->machine_id,
					.product_uuid = run->product_uuid,
					.login_max = SERVICE_LOGINS_MAX};
}

/* Most machines without one are simply without; any other reason is worth a line. */
static void warn_of_tpm(const struct run *run)
{
	enum err trouble = keeper_tpm_trouble(run->keeper);

	if (trouble != ERR_OK && trouble != ERR_TPM_GONE)
		log_error(LOG_WARNING, "the new vault is not tied to the TPM", trouble);
}

/* The host secret is the keeper's business alone: it goes as soon as the vault is open. */
static enum err open_vault(struct run *run)
{
	const struct keeper_settings settings = settings_of(run);

	TRY(keeper_open(&settings, &run->keeper));
	warn_of_tpm(run);
	secret_free(run->host_key);
	run->host_key = NULL;
	return ERR_OK;
}

/* --- 8: serving --- */

/* A refused vault is served too, so that it can say what is wrong. */
static void warn_of_refusal(const struct run *run)
{
	AUTO_TEXT sentence = NULL;

	if (keeper_state(run->keeper) != VAULT_READY &&
	    text_of_error(keeper_refusal(run->keeper), "", &sentence) == ERR_OK)
		(void)fprintf(stderr, "kinkod: %s\n", sentence);
}

static void say_ready(void *context)
{
	const struct run *run = context;

	if (run->place->is_private)
		(void)printf(_("kinkod: ready on %s (private vault: NOT copy-proof, for trying "
			       "out only)"),
			     run->place->socket);
	else
		(void)printf(_("kinkod: ready on %s"), run->place->socket);
	(void)printf("\n");
	(void)fflush(stdout);
	warn_of_refusal(run);
}

/* What libraries look up once and keep, or load for it: from now on they cannot. Sentences, the
 * modules that know users and groups (all are asked about a user that there is not). */
static enum err look_up_beforehand(void)
{
	AUTO_TEXT sentence = NULL;

	(void)getpwuid((uid_t)-1);
	(void)getgrgid((gid_t)-1);
	return text_of_error(ERR_INTERNAL, "", &sentence);
}

/* Old kernels have no Landlock; then the vault is served, and everybody is told so. */
static enum err confine(const struct run *run, struct service *service)
{
	unsigned version;

	TRY(look_up_beforehand());
	service->has_own_network = facts_has_no_network();
	TRY(confine_daemon(&run->folders, &version));
	if (version == 0)
		log_line(LOG_WARNING, "files are not out of reach: this %s has no Landlock",
			 KINKO_SANITIZED ? "build" : "kernel");
	return ERR_OK;
}

static enum err serve_clients(struct run *run, struct service *service)
{
	const struct server_settings settings = {.service = service,
						 .listener = run->socket,
						 .only_uid = run->owner.uid,
						 .is_only_one = run->place->is_private};
	AUTO(audit) audit = NULL;
	AUTO(server) server = NULL;

	TRY(server_new(&settings, &server));
	TRY(confine(run, service));
	TRY(audit_new(run->keeper, &audit)); /* its thread is confined like this one */
	service->audit = audit;
	return server_run(server, say_ready, run);
}

static enum err serve(struct run *run)
{
	AUTO_HELD(service) service = {.place = run->place, .user_name = run->user_name};
	enum err err;

	TRY(rulebook_open(run->place->config, &run->rulebook));
	service.opener_path = run->opener_path;
	service.keeper = run->keeper;
	service.rulebook = run->rulebook;
	service.starter = run->starter;
	TRY(service_init(&service));
	err = serve_clients(run, &service);
	remove_socket(run);
	return err;
}

static enum err task_serve(struct run *run)
{
	TRY(read_secrets(run));
	TRY(bind_socket(run));
	TRY(drop(run));
	TRY(open_vault(run));
	TRY(sandbox_close());
	return serve(run);
}

/* --- A new vault, and setting up --- */

static void say_moved(const char *from, const char *to, void *context)
{
	(void)context;
	(void)printf(_("Set aside: %s is now in %s"), from, to);
	(void)printf("\n");
}

static enum err task_new_vault(struct run *run)
{
	if (!run->place->is_private && !run->owner.must_drop)
		return ERR_NEED_ROOT;
	TRY(aside_move(run->place, &run->folders, &run->owner, say_moved, NULL));
	TRY(read_secrets(run));
	TRY(drop(run));
	TRY(open_vault(run));
	TRY(keeper_refusal(run->keeper));
	(void)printf(
		_("A new, empty vault is in %s. Please start kinkod, then import the originals "
		  "again: kinko import"),
		run->place->state);
	(void)printf("\n");
	return ERR_OK;
}

static enum err task_setup(struct run *run)
{
	bool is_made;

	if (!run->owner.must_drop)
		return ERR_NEED_ROOT;
	TRY(setup_host_key(&run->folders, &run->owner, &is_made));
	(void)printf("%s\n",
		     is_made ? _("The folders and the machine's secret (host.key) are ready.")
			     : _("The folders are ready; nothing that was there was "
				 "changed."));
	return ERR_OK;
}

static void say_tied(enum vault_binding binding)
{
	(void)printf("%s\n",
		     binding == VAULT_BINDING_TPM
			     ? _("The vault is tied to this machine's TPM. Copies of the earlier "
				 "vault.key and host.key (backups, free disk blocks) still open "
				 "the vault key without the TPM.")
			     : _("The vault is tied to this host alone; the TPM keeps nothing of "
				 "it any more."));
}

static enum err task_tie(struct run *run, enum vault_binding binding)
{
	struct keeper_settings settings;

	if (!run->owner.must_drop)
		return ERR_NEED_ROOT;
	read_machine(run);
	TRY(tpm_check(run->tpm));
	settings = settings_of(run);
	TRY(tie_vault(&run->folders, &run->owner, &settings, binding));
	say_tied(binding);
	return ERR_OK;
}

static enum err task_with_vault(struct run *run, enum task task)
{
	switch (task) {
	case TASK_NEW_VAULT:
		return task_new_vault(run);
	case TASK_ENROLL_TPM:
		return task_tie(run, VAULT_BINDING_TPM);
	case TASK_LEAVE_TPM:
		return task_tie(run, VAULT_BINDING_HOST);
	case TASK_SERVE:
	case TASK_SETUP:
	case TASK_HELP:
	case TASK_VERSION:
		break;
	}
	return task_serve(run);
}

enum err run_task(const struct options *options, const struct tpm_port *tpm_port)
{
	AUTO_HELD(run) run = {.folders = {-1, -1, -1, -1}, .socket = -1};

	TRY(find_place(options, &run));
	TRY(find_credentials(&run));
	if (options->task == TASK_SERVE) {
		leave_network();
		TRY(make_starter(&run));
	}
	server_block_signals();
	TRY(keeper_init(SERVICE_LOGINS_MAX));
	TRY(setup_folders(run.place, &run.owner, &run.folders));
	if (options->task == TASK_SETUP)
		return task_setup(&run);
	TRY(setup_lock(&run.folders));
	TRY(open_tpm(&run, tpm_port));
	return task_with_vault(&run, options->task);
}
