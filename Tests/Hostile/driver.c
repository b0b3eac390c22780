// Feeds the files of a folder, and seeded mutations of them, to one target.
//
// The same inputs in every run. On a fault it says which input it was and keeps it as a file.
// Usage: hostile TARGET CORPUS DICTIONARY MUTATIONS SECONDS KEPT
//   DICTIONARY  pieces that mutations splice in, in libFuzzer's format
//   MUTATIONS   how many each file of the corpus gets
//   SECONDS     that one input may take; they take milliseconds
//   KEPT        where an input is written that ends the process
#include "hostile.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void __sanitizer_set_death_callback(void (*call)(void));

static const struct {
    const char *name;
    void (*run)(const uint8_t *, size_t);
} targets[] = {
    {"json", hostile_json},
    {"names", hostile_names},
    {"values", hostile_values},
    {"numbers", hostile_numbers},
    {"text", hostile_text},
    {"kernels", hostile_kernels},
    {"platform", hostile_platform},
    {"planted-read", planted_read},
    {"planted-write", planted_write},
    {"planted-overflow", planted_overflow},
    {"planted-leak", planted_leak},
    {"planted-answer", planted_answer},
    {"planted-hang", planted_hang},
};

enum {
    BYTES_MAX = 1 << 18,
    PIECES_MAX = 128,
    FILES_MAX = 256,
};

// MARK: - What is told of a fault

static struct {
    const char *target, *file, *kept;
    unsigned long mutation;
    unsigned seconds;
    const uint8_t *bytes;
    size_t count;
} now;

static void tell_input(void) {
    fprintf(
        stderr, "hostile: target %s, file %s, mutation %lu, %zu bytes", now.target, now.file,
        now.mutation, now.count);
    FILE *kept = now.bytes ? fopen(now.kept, "we") : NULL;
    if (kept && fwrite(now.bytes, 1, now.count, kept) == now.count) {
        fprintf(stderr, "; kept as %s", now.kept);
    }
    if (kept) fclose(kept);
    fprintf(stderr, "\n");
}

void hostile_fail(const char *what) {
    fprintf(stderr, "hostile: wrong answer: %s\n", what);
    tell_input();
    _exit(1);
}

static void late(int signal) {
    (void)signal;
    fprintf(stderr, "hostile: an input takes more than %u s\n", now.seconds);
    tell_input();
    _exit(1);
}

__attribute__((noreturn)) static void refuse(const char *what, const char *object) {
    fprintf(stderr, "hostile: %s: %s\n", what, object);
    exit(64);
}

// MARK: - Inputs

struct bytes {
    uint8_t *start;
    size_t count;
};

static struct bytes read_file(const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) refuse("cannot open", path);
    struct bytes bytes = {hostile_memory(BYTES_MAX), 0};
    bytes.count = fread(bytes.start, 1, BYTES_MAX, file);
    if (ferror(file)) refuse("cannot read", path);
    fclose(file);
    return bytes;
}

static int by_name(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
}

// The names of the files of a folder, in order.
static size_t list(const char *folder, char **names) {
    DIR *entries = opendir(folder);
    if (!entries) refuse("cannot open the corpus", folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (entry->d_name[0] == '.') continue;
        if (count == FILES_MAX) refuse("too many files in the corpus", folder);
        names[count++] = strdup(entry->d_name);
    }
    closedir(entries);
    if (count == 0) refuse("no files in the corpus", folder);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

static struct bytes pieces[PIECES_MAX];
static size_t piece_count;

// Lines of "piece" with \" \\ and \xAB, as libFuzzer reads them; others are comments.
static void read_pieces(const char *path) {
    struct bytes text = read_file(path);
    for (size_t at = 0; at < text.count;) {
        const uint8_t *line = text.start + at;
        const uint8_t *newline = memchr(line, '\n', text.count - at);
        const size_t length = newline ? (size_t)(newline - line) : text.count - at;
        at += length + 1;
        if (length < 3 || line[0] != '"' || line[length - 1] != '"') continue;
        if (piece_count == PIECES_MAX) refuse("too many pieces", path);
        struct bytes piece = {hostile_memory(length), 0};
        for (size_t from = 1; from + 1 < length; from++) {
            uint8_t byte = line[from];
            if (byte == '\\' && line[from + 1] == 'x' && from + 4 < length) {
                const char digits[3] = {(char)line[from + 2], (char)line[from + 3], 0};
                byte = (uint8_t)strtoul(digits, NULL, 16);
                from += 3;
            } else if (byte == '\\') {
                byte = line[++from];
            }
            piece.start[piece.count++] = byte;
        }
        pieces[piece_count++] = piece;
    }
    free(text.start);
}

// MARK: - Mutations

static uint64_t state;

// SplitMix64.
static uint64_t next(void) {
    state += 0x9E3779B97F4A7C15u;
    uint64_t mixed = state;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return mixed ^ mixed >> 31;
}

static size_t below(size_t bound) { return (size_t)(next() % bound); }

// Replaces the bytes from `at` to `end` by a piece, as far as there is room.
static void splice(struct bytes *bytes, size_t at, size_t end, const uint8_t *from, size_t count) {
    if (bytes->count - (end - at) + count > BYTES_MAX) return;
    memmove(bytes->start + at + count, bytes->start + end, bytes->count - end);
    memcpy(bytes->start + at, from, count);
    bytes->count = bytes->count - (end - at) + count;
}

static void change(struct bytes *bytes) {
    static uint8_t copy[BYTES_MAX];
    const size_t at = bytes->count ? below(bytes->count) : 0;
    const size_t most = bytes->count - at;
    const size_t length = 1 + below(below(8) == 0 ? 256 : 16);
    const size_t end = at + (length < most ? length : most);
    switch (below(8)) {
    case 0:
        if (at < end) bytes->start[at] ^= (uint8_t)(1u << below(8));
        break;
    case 1:
        if (at < end) bytes->start[at] = (uint8_t)next();
        break;
    case 2: splice(bytes, at, end, copy, 0); break;
    case 3:
        memcpy(copy, bytes->start + at, end - at);
        splice(bytes, at, at, copy, end - at);
        break;
    case 4: bytes->count = at; break;
    case 5: {
        // Many times over: what costs the square of it shows, and every table fills up.
        size_t count = 0;
        const size_t times = (size_t)1 << below(below(16) == 0 ? 14 : 7);
        for (size_t time = 0; time < times && count + (end - at) <= BYTES_MAX / 2; time++) {
            memcpy(copy + count, bytes->start + at, end - at);
            count += end - at;
        }
        splice(bytes, at, end, copy, count);
        break;
    }
    default:
        if (piece_count) {
            const struct bytes piece = pieces[below(piece_count)];
            splice(bytes, at, below(2) ? at : end, piece.start, piece.count);
        }
    }
}

// MARK: - The run

static void feed(void (*run)(const uint8_t *, size_t), struct bytes bytes) {
    uint8_t *exact = hostile_memory(bytes.count);
    memcpy(exact, bytes.start, bytes.count);
    now.bytes = exact;
    now.count = bytes.count;
    alarm(now.seconds);
    run(exact, bytes.count);
    now.bytes = NULL;
    free(exact);
}

int main(int count, char **arguments) {
    if (count != 7) refuse("usage", "hostile TARGET CORPUS DICTIONARY MUTATIONS SECONDS KEPT");
    void (*run)(const uint8_t *, size_t) = NULL;
    for (size_t index = 0; index < sizeof targets / sizeof targets[0]; index++) {
        if (strcmp(targets[index].name, arguments[1]) == 0) run = targets[index].run;
    }
    if (!run) refuse("no such target", arguments[1]);
    now.target = arguments[1];
    now.seconds = (unsigned)strtoul(arguments[5], NULL, 10);
    now.kept = arguments[6];
    read_pieces(arguments[3]);
    const unsigned long mutations = strtoul(arguments[4], NULL, 10);
    char *names[FILES_MAX];
    const size_t files = list(arguments[2], names);
    __sanitizer_set_death_callback(tell_input);
    signal(SIGALRM, late);

    unsigned long inputs = 0;
    for (size_t index = 0; index < files; index++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", arguments[2], names[index]);
        const struct bytes seed = read_file(path);
        struct bytes bytes = {hostile_memory(BYTES_MAX), seed.count};
        now.file = names[index];
        state = index;
        for (unsigned long mutation = 0; mutation <= mutations; mutation++) {
            now.mutation = mutation;
            bytes.count = seed.count;
            memcpy(bytes.start, seed.start, seed.count);
            // The first is the file itself.
            for (size_t left = mutation ? 1 + below(4) : 0; left; left--) change(&bytes);
            feed(run, bytes);
            inputs++;
        }
        free(bytes.start);
        free(seed.start);
        free(names[index]);
    }
    for (size_t index = 0; index < piece_count; index++) free(pieces[index].start);
    printf("%s: %lu inputs from %zu files\n", arguments[1], inputs, files);
    return 0;
}
