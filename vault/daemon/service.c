/* service.c - see service.h */
#include "vault/daemon/service.h"

enum err service_init(struct service *service)
{
	failures_init(&service->decryptions);
	TRY(quota_new(SERVICE_LOGINS_PER_USER, SERVICE_LOGINS_MAX, &service->logins));
	TRY(quota_new(SERVICE_IMPORTS_PER_USER, SERVICE_IMPORTS_MAX, &service->imports));
	return quota_new(SERVICE_OPENERS_PER_USER, SERVICE_OPENERS_MAX, &service->openers);
}

void service_clear(struct service *service)
{
	failures_clear(&service->decryptions);
	quota_free(service->logins);
	quota_free(service->imports);
	quota_free(service->openers);
	service->logins = service->imports = service->openers = NULL;
}
