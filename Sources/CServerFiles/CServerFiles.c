#include "CServerFiles.h"

// #embed is C23, which the compiler knows as an extension in older modes and then warns about.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char openapi[] = {
#embed "openapi.json"
};

const unsigned char *cserverfiles_openapi(size_t *count) {
    *count = sizeof(openapi);
    return openapi;
}
