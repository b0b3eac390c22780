// CPlatform: its calls in the order that the input says, with descriptors, numbers and names of it.
#define _GNU_SOURCE
#include "../hostile.h"
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { CALLS_MAX = 64, SPAWNS_MAX = 2, DESCRIPTORS = 8 };

// Descriptors that the calls have opened, closed ones, and ones that never were.
struct descriptors {
    int open[DESCRIPTORS];
    size_t next;
};

static void keep(struct descriptors *descriptors, int descriptor) {
    if (descriptor < 0) return;
    int *place = &descriptors->open[descriptors->next++ % DESCRIPTORS];
    if (*place >= 0) close(*place);
    *place = descriptor;
}

static int choose(const struct descriptors *descriptors, uint8_t byte) {
    static const int never[] = {-1, -2, 1 << 20, INT32_MAX, INT32_MIN};
    return byte < 200 ? descriptors->open[byte % DESCRIPTORS] : never[byte % 5];
}

// Names are strings of exactly their size.
static char *name(struct hostile_reader *from, size_t most) {
    size_t length = hostile_byte(from) % (most + 1);
    char *text = hostile_memory(length + 1);
    for (size_t at = 0; at < length; at++) {
        const uint8_t byte = hostile_byte(from);
        text[at] = byte ? (char)byte : '0';
    }
    text[length] = 0;
    return text;
}

static void spawn(struct hostile_reader *from, const struct descriptors *descriptors) {
    char *path = name(from, 12);
    const int is_real = hostile_byte(from) & 1;
    char *arguments[] = {path, NULL};
    char *environment[] = {path, NULL};
    const struct platform_spawn_request request = {
        .path = is_real ? "/bin/true" : path,
        .arguments = arguments,
        .environment = hostile_byte(from) & 1 ? environment : NULL,
        .standard_input = choose(descriptors, hostile_byte(from)),
        .standard_output = choose(descriptors, hostile_byte(from)),
        .standard_error = choose(descriptors, hostile_byte(from)),
        .lifeline = choose(descriptors, hostile_byte(from)),
        .own_process_group = hostile_byte(from) & 1,
        .keeps_hang_up_ignored = hostile_byte(from) & 1,
        .holds_user_signals = hostile_byte(from) & 1,
    };
    int32_t pid = 0;
    const int started = platform_spawn(&request, &pid);
    hostile_expect(started <= 0 && (started == 0) == (pid > 0), "a child without a number");
    if (started == 0) {
        const int process = platform_pidfd_open(pid);
        int signalled = -1, value = -1;
        hostile_expect(process >= 0, "no descriptor for a child");
        hostile_expect(platform_pidfd_reap(process, 1, &signalled, &value) == 1, "a child stays");
        hostile_expect(signalled == 0 && (!is_real || value == 0), "a child has another end");
        hostile_expect(platform_pidfd_reap(process, 0, &signalled, &value) < 0, "reaped twice");
        close(process);
    }
    free(path);
}

static void thread(struct hostile_reader *from) {
    char *given = name(from, 24);
    const int is_set = platform_thread_set_name(given);
    hostile_expect(is_set == (strlen(given) > 15 ? -ERANGE : 0), "a name is taken that is too long");
    char read[16];
    hostile_expect(platform_thread_get_name(read, sizeof read) == 0, "a thread has no name");
    hostile_expect(is_set != 0 || strcmp(read, given) == 0, "a thread has another name");
    const size_t bytes = hostile_byte(from) % 17;
    char *less = hostile_memory(bytes);
    (void)platform_thread_get_name(less, bytes);
    free(less);
    free(given);
    int nice = 99;
    hostile_expect(platform_thread_get_nice(&nice) == 0, "a thread has no nice value");
    // Never down: an ordinary user could not take it back.
    (void)platform_thread_set_nice(nice);
}

static void signals(struct hostile_reader *from) {
    const int number = (int)hostile_byte(from) - 64;
    const char *text = platform_signal_name(number);
    hostile_expect(!text || strlen(text) > 0, "a signal with an empty name");
    char taking[16];
    if (number >= 1 && number <= 64) {
        hostile_expect(
            platform_thread_taking(number, taking, 1 + hostile_byte(from) % sizeof taking) >= 0,
            "threads that cannot be listed");
    }
}

// The lowest number that a new descriptor gets: the same again once all are closed.
static int lowest_free(void) {
    const int descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
    hostile_expect(descriptor >= 0, "the driver has no descriptor");
    close(descriptor);
    return descriptor;
}

void hostile_platform(const uint8_t *bytes, size_t count) {
    const int before = lowest_free();
    struct hostile_reader reader = {bytes, count};
    struct descriptors descriptors = {{-1, -1, -1, -1, -1, -1, -1, -1}, 0};
    int spawns = 0;
    for (int call = 0; call < CALLS_MAX && reader.left > 0; call++) {
        const uint8_t which = hostile_byte(&reader);
        const int one = choose(&descriptors, hostile_byte(&reader));
        int32_t ends[2] = {-1, -1};
        int columns, rows;
        int32_t process = -1;
        switch (which % 16) {
        case 0:
            if (platform_pipe(ends) == 0) {
                keep(&descriptors, ends[0]);
                keep(&descriptors, ends[1]);
            }
            break;
        case 1: (void)platform_pipe_set_capacity(one, (int)hostile_byte(&reader) << 8); break;
        case 2: (void)platform_set_nonblocking(one); break;
        case 3: (void)platform_set_close_on_exec(one); break;
        case 4: (void)platform_is_pipe(one); break;
        case 5: (void)platform_terminal_size(one, &columns, &rows); break;
        case 6: keep(&descriptors, platform_eventfd()); break;
        case 7: (void)platform_lock_file(one); break;
        case 8: (void)platform_unlock_file(one); break;
        case 14: (void)platform_lock_range(one, hostile_byte(&reader), hostile_byte(&reader)); break;
        case 15:
            (void)platform_range_holder(one, hostile_byte(&reader), 1, &process);
            hostile_expect(process >= 0, "a lock whose holder is no process");
            break;
        case 9: thread(&reader); break;
        case 10: signals(&reader); break;
        case 11: keep(&descriptors, open("/dev/null", O_RDWR | O_CLOEXEC)); break;
        case 12:
            if (one >= 0) {
                close(one);
                for (size_t at = 0; at < DESCRIPTORS; at++) {
                    if (descriptors.open[at] == one) descriptors.open[at] = -1;
                }
            }
            break;
        default:
            if (spawns++ < SPAWNS_MAX) spawn(&reader, &descriptors);
        }
    }
    for (size_t at = 0; at < DESCRIPTORS; at++) {
        if (descriptors.open[at] >= 0) close(descriptors.open[at]);
    }
    hostile_expect(lowest_free() == before, "a descriptor stays open");
}
