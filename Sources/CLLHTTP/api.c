// The sources that the package installs, compiled here as they are.
#include "llhttp.h"
#include "/usr/share/llhttp/api.c"
