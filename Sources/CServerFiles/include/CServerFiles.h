// Files that the server hands out, embedded into the binary so that it needs nothing beside itself.
#ifndef CSERVERFILES_H
#define CSERVERFILES_H

#include <stddef.h>

/// The OpenAPI document of the operator's API: openapi.json in this folder.
const unsigned char *cserverfiles_openapi(size_t *count);

#endif
