// Sends the process SIGHUP and SIGUSR1 as it opens the file whose name is SWERVE_TEST_SIGNAL_AT, once:
// before it can have come to watching for signals, where that is its configuration; or as libraries are
// initialised, long before main, where it is `load`. Preloaded into the unchanged executable.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *sought;

static void look(const char *path) {
    if (sought == NULL || path == NULL || strcmp(path, sought) != 0) return;
    sought = NULL;
    kill(getpid(), SIGHUP);
    kill(getpid(), SIGUSR1);
}

__attribute__((constructor)) static void begin(void) {
    sought = getenv("SWERVE_TEST_SIGNAL_AT");
    // Its workers are not to be signalled.
    unsetenv("SWERVE_TEST_SIGNAL_AT");
    look("load");
}

#define OPEN(name)                                                                     \
    int name(const char *path, int flags, ...) {                                       \
        static int (*next)(const char *, int, ...);                                    \
        if (next == NULL) next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
        look(path);                                                                    \
        va_list rest;                                                                  \
        va_start(rest, flags);                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;        \
        va_end(rest);                                                                  \
        return next(path, flags, mode);                                                \
    }

OPEN(open)
OPEN(open64)
