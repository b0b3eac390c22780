// Ends the process by SIGSEGV, as a fault of its own would, in the thread that reads a record which
// has SWERVE_CRASH_ON in it: one that scores. That thread's name is added to the file
// SWERVE_CRASH_LOG before. Preloaded into the unchanged executable.
//
// Reading a record copies it first; who hands it on as a dead letter, a library, copies it too.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *marker;

__attribute__((constructor)) static void begin(void) { marker = getenv("SWERVE_CRASH_ON"); }

static void note(const char *name) {
    const char *path = getenv("SWERVE_CRASH_LOG");
    int file = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return;
    ssize_t written = write(file, name, strlen(name)) + write(file, "\n", 1);
    (void)written;
    close(file);
}

static void look(const void *bytes, size_t count) {
    char name[17] = "";
    if (marker == NULL || prctl(PR_GET_NAME, name) != 0) return;
    int is_poll = strcmp(name, "swerve-poll") == 0;
    if (!is_poll && strncmp(name, "swerve-score-", 13) != 0) return;
    if (memmem(bytes, count, marker, strlen(marker)) != NULL) {
        note(name);
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
    // Part of the fault, and no wait for anything: threads take the pieces of a batch as they come,
    // and a poll thread that is costly leaves nearly all of them to the helper, whose death is what
    // is planted.
    if (is_poll) usleep(10000);
}

// Whether code of the executable itself stands there, and of no library.
static int is_own(const void *code) {
    Dl_info info;
    return dladdr(code, &info) != 0 && info.dli_fname != NULL
        && strstr(info.dli_fname, ".so") == NULL;
}

void *memcpy(void *to, const void *from, size_t count) {
    static const char first[] = "{\"id\":";
    if (count > sizeof first && memcmp(from, first, sizeof first - 1) == 0
        && is_own(__builtin_return_address(0))) {
        look(from, count);
    }
    return memmove(to, from, count);
}
