/* doctor_programs_linux.c - whether other programs find the module: the file itself, p11-kit's list
 * (GnuTLS, GNOME and OpenSSL's engine ask it), the NSS databases of browsers and mail, and Java.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/cli/compose.h"
#include "tool/cli/doctor.h"
#include "tool/cli/register_plan.h"
#include "vault/base/file.h"
#include "vault/base/program.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

enum { MODULE_FILE_MAX = 16 * 1024 };

static const char module_file[] = "kinko.module";

/* pkcs11.conf(5): the person's own, the administrator's, the distribution's. */
static const char *const p11_kit_places[] = {
	"~/.config/pkcs11/modules",
	"/etc/pkcs11/modules",
	"/usr/share/p11-kit/modules",
};

static enum err say_module(struct doctor *doctor, const char *module)
{
	AUTO_TEXT safe = NULL;

	TRY(utf8_escape(module, &safe));
	if (access(module, R_OK) == 0)
		return doctor_say_plain(doctor, "module", DOCTOR_OK, safe, "");
	return doctor_say_error(doctor, "module", err_detail(ERR_PROGRAM_MISSING, "%s", module));
}

/* The value of the line "module: PATH" (pkcs11.conf(5)), in place; NULL: there is none. */
static char *module_in(char *text)
{
	static const char key[] = "module:";
	char *rest = text;

	for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
		if (strncmp(line, key, sizeof key - 1) == 0) {
			line += sizeof key - 1;
			line += strspn(line, " \t");
			line[strcspn(line, " \t\r")] = '\0';
			return line;
		}
	return NULL;
}

/* Whether this folder has a .module file that leads to a module; *out_named: what it names. */
static enum err look_into(const char *folder, bool *out_leads, char **out_named)
{
	AUTO_FD opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_HELD(bytes) bytes = {0};
	AUTO_TEXT text = NULL;
	enum file_answer answer = FILE_ABSENT;
	char *named;

	if (opened < 0)
		return ERR_OK;
	if (file_read(opened, module_file, MODULE_FILE_MAX, &answer, &bytes) != ERR_OK)
		err_forget();
	if (answer != FILE_PRESENT || bytes.size == 0)
		return ERR_OK;
	text = strndup((const char *)bytes.data, bytes.size);
	if (text == NULL)
		return ERR_MEMORY;
	named = module_in(text);
	if (named == NULL)
		return ERR_OK;
	/* A bare name lies in p11-kit's own folder, which is p11-kit's to know. */
	*out_leads = named[0] != '/' || access(named, R_OK) == 0;
	return compose(out_named, "%s", named);
}

static enum err say_p11_kit(struct doctor *doctor, const char *home, const char *module)
{
	AUTO_TEXT advice = NULL;
	AUTO_TEXT safe = NULL;

	for (size_t i = 0; i < COUNT_OF(p11_kit_places); i++) {
		const char *place = p11_kit_places[i];
		AUTO_TEXT folder = NULL;
		AUTO_TEXT named = NULL;
		AUTO_TEXT finding = NULL;
		bool leads = false;
		TRY(place[0] == '~' ? compose(&folder, "%s%s", home, place + 1)
				    : compose(&folder, "%s", place));
		TRY(look_into(folder, &leads, &named));
		if (named == NULL)
			continue;
		TRY(compose(&finding, "%s/%s", place, module_file));
		return doctor_say_plain(doctor, "p11-kit", leads ? DOCTOR_OK : DOCTOR_FAILED,
					finding,
					leads ? ""
					      : _("It names a file that is not there. Please "
						  "install Kinko again."));
	}
	TRY(utf8_escape(module, &safe));
	TRY(compose(
		&advice,
		_("Please install Kinko (./run install), or, for yourself alone, write the line "
		  "\"module: %s\" into the file ~/.config/pkcs11/modules/%s"),
		safe, module_file));
	return doctor_say_plain(doctor, "p11-kit", DOCTOR_FAILED,
				_("p11-kit does not know the module"), advice);
}

/* The programs whose database does not name the module where it lies now. */
static enum err name_open(const struct plan *plan, char **out_names)
{
	AUTO_TEXT names = NULL;

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];
		AUTO_TEXT before = TAKE(names);
		AUTO_TEXT safe = NULL;
		if (step->change == CHANGE_THERE) {
			names = TAKE(before);
			continue;
		}
		TRY(utf8_escape(step->database->folder, &safe));
		TRY(compose(&names, "%s%s%s (%s)", before == NULL ? "" : before,
			    before == NULL ? "" : ", ", step->database->program, safe));
	}
	*out_names = TAKE(names);
	return ERR_OK;
}

static enum err say_nss(struct doctor *doctor, const char *home, const char *module)
{
	AUTO(databases) databases = NULL;
	AUTO(plan) plan = NULL;
	AUTO_TEXT names = NULL;
	AUTO_TEXT finding = NULL;

	TRY(databases_find(home, &databases));
	if (databases->count == 0)
		return doctor_say_plain(doctor, "nss", DOCTOR_OK,
					_("you use no program that needs it"), "");
	TRY(plan_make(databases, home, module, &plan));
	TRY(name_open(plan, &names));
	if (names == NULL) {
		TRY(compose(&finding, _("entered in %zu lists"), plan->count));
		return doctor_say_plain(doctor, "nss", DOCTOR_OK, finding, "");
	}
	TRY(compose(&finding, _("not entered: %s"), names));
	return doctor_say_plain(doctor, "nss", DOCTOR_FAILED, finding,
				_("Please close these programs, then: kinko register"));
}

/* Java has no list to be entered in: each program is told when it starts. */
static enum err say_java(struct doctor *doctor)
{
	if (access("/usr/bin/java", X_OK) != 0)
		return ERR_OK;
	return doctor_say_plain(doctor, "java", DOCTOR_OK,
				_("named to each program when it starts: docs/interop.md"), "");
}

enum err doctor_programs(struct doctor *doctor, const char *home)
{
	AUTO_TEXT module = NULL;
	enum err err = program_module(&module);

	if (err != ERR_OK)
		return doctor_say_error(doctor, "module", err);
	TRY(say_module(doctor, module));
	TRY(say_p11_kit(doctor, home, module));
	TRY(say_nss(doctor, home, module));
	return say_java(doctor);
}
