// Has a supervisor that an emulator runs start its workers through the same emulator: it starts them by
// /proc/self/exe, which the kernel would run on this machine's processor. Preloaded into the unchanged
// executable. SWERVE_TEST_EMULATOR is the emulator with its options, with spaces between;
// SWERVE_TEST_EMULATED the executable.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[],
                char *const environment[]) {
    static typeof(posix_spawn) *next;
    if (next == NULL) next = (typeof(next))dlsym(RTLD_NEXT, "posix_spawn");
    const char *emulator = getenv("SWERVE_TEST_EMULATOR"), *own = getenv("SWERVE_TEST_EMULATED");
    if (emulator == NULL || own == NULL || strcmp(path, "/proc/self/exe") != 0) {
        return next(pid, path, actions, attributes, arguments, environment);
    }
    char words[4096], *given[64], *rest = NULL;
    strncpy(words, emulator, sizeof words - 1);
    words[sizeof words - 1] = 0;
    int count = 0;
    for (char *word = strtok_r(words, " ", &rest); word && count < 16; word = strtok_r(NULL, " ", &rest)) {
        given[count++] = word;
    }
    given[count++] = (char *)own;
    // The program's own name the emulator makes of the path.
    for (int place = 1; arguments[place] != NULL; place++) {
        if (count == 63) abort();
        given[count++] = arguments[place];
    }
    given[count] = NULL;
    return next(pid, given[0], actions, attributes, given, environment);
}
