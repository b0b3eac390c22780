/* LIBSVM's and LIBLINEAR's own predict loops on features in memory; see Benchmarks/README.md.
 *
 *   predict libsvm|liblinear MODEL FEATURES [probability]
 *   predict noise
 *
 * FEATURES is LIBSVM text, read once. Then each line of standard input is answered by one JSON
 * document: "pass WAY FIRST COUNT REPEATS" times that many predictions, "values FILE" writes the
 * decisions (and probabilities) of all inputs as 64-bit floats. `noise` times two loops that never
 * change, so that a busy machine shows: WAY is arithmetic or memory. */
#define _GNU_SOURCE
#include <libsvm/svm.h>
#include <linear.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Both libraries lay their cells out in the same way. */
_Static_assert(sizeof(struct svm_node) == sizeof(struct feature_node), "two kinds of cells");

enum { CLASSES = 64, VALUES = CLASSES * CLASSES, NOISE_CELLS = 1 << 20, NOISE_STEPS = 4000000 };

static struct svm_node **inputs;
static size_t count, cells;
static struct svm_model *kernel;
static struct model *linear;
static int with_probability, width;
static double decisions[VALUES], probabilities[CLASSES];
static uint32_t *noise_cells;

static void fail(const char *what, const char *which) {
    fprintf(stderr, "predict: %s %s\n", what, which);
    exit(1);
}

static void *grown(void *old, size_t size) {
    void *memory = realloc(old, size);
    if (!memory) fail("no memory for", "the inputs");
    return memory;
}

/* One input a line; a first word without a colon is a label. A linear model's bias is a cell. */
static void read_features(const char *path, double bias, int bias_index) {
    FILE *file = fopen(path, "r");
    if (!file) fail("cannot open", path);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        size_t used = 0, space = 64;
        struct svm_node *row = grown(NULL, space * sizeof *row);
        char *rest = NULL;
        for (char *word = strtok_r(line, " \t\r\n", &rest); word;
             word = strtok_r(NULL, " \t\r\n", &rest)) {
            char *colon = strchr(word, ':');
            if (!colon) continue;
            if (used + 3 > space) row = grown(row, (space *= 2) * sizeof *row);
            int index = atoi(word);
            /* As liblinear-predict does with what the training never saw. */
            if (linear && index > linear->nr_feature) continue;
            row[used].index = index;
            row[used++].value = strtod(colon + 1, NULL);
        }
        cells += used;
        if (bias >= 0) {
            row[used].index = bias_index;
            row[used++].value = bias;
        }
        row[used].index = -1;
        inputs = grown(inputs, (count + 1) * sizeof *inputs);
        inputs[count++] = row;
    }
    free(line);
    fclose(file);
    if (!count) fail("no input in", path);
}

static double decide(const struct svm_node *input) {
    if (linear) {
        const struct feature_node *row = (const struct feature_node *)input;
        if (with_probability) predict_probability(linear, row, probabilities);
        predict_values(linear, row, decisions);
    } else if (with_probability) {
        svm_predict_probability(kernel, input, probabilities);
        return probabilities[0];
    } else {
        svm_predict_values(kernel, input, decisions);
    }
    return decisions[0];
}

static double noise(const char *way) {
    uint64_t value = 88172645463325252u;
    if (strcmp(way, "arithmetic") == 0) {
        for (int i = 0; i < 4 * NOISE_STEPS; i++) {
            value ^= value << 13;
            value ^= value >> 7;
            value ^= value << 17;
        }
        return (double)(value >> 11);
    }
    /* A walk through 4 MiB, each step known only when the one before has arrived. */
    uint32_t place = 0;
    for (int i = 0; i < NOISE_STEPS / 4; i++) place = noise_cells[place];
    return place;
}

static void make_noise_cells(void) {
    noise_cells = grown(NULL, NOISE_CELLS * sizeof *noise_cells);
    for (uint32_t i = 0; i < NOISE_CELLS; i++) noise_cells[i] = i;
    uint64_t state = 1;
    /* Sattolo's shuffle: one cycle through all cells. */
    for (uint32_t i = NOISE_CELLS - 1; i > 0; i--) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t other = (uint32_t)((state >> 33) % i), kept = noise_cells[i];
        noise_cells[i] = noise_cells[other];
        noise_cells[other] = kept;
    }
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void pass(const char *way, size_t first, size_t wanted, size_t repeats) {
    double sum = 0, began = seconds();
    for (size_t repeat = 0; repeat < repeats; repeat++) {
        if (!inputs) {
            sum += noise(way);
            continue;
        }
        for (size_t i = 0, at = first % count; i < wanted; i++) {
            sum += decide(inputs[at]);
            if (++at == count) at = 0;
        }
    }
    double taken = seconds() - began;
    printf("{\"records\":%zu,\"seconds\":%.9f,\"records_per_s\":%.3f,\"checksum\":%.17g}\n",
           wanted * repeats, taken, (double)(wanted * repeats) / taken, sum);
}

static void values(const char *path) {
    FILE *file = fopen(path, "wb");
    if (!file) fail("cannot write", path);
    int classes = linear ? get_nr_class(linear) : svm_get_nr_class(kernel);
    for (size_t i = 0; i < count; i++) {
        decide(inputs[i]);
        /* With probabilities LIBSVM keeps the decisions to itself. */
        if (kernel) svm_predict_values(kernel, inputs[i], decisions);
        fwrite(decisions, sizeof *decisions, (size_t)width, file);
        if (with_probability)
            fwrite(probabilities, sizeof *probabilities, (size_t)classes, file);
    }
    fclose(file);
    printf("{\"rows\":%zu,\"width\":%d}\n", count, width + (with_probability ? classes : 0));
}

static void load(const char *library, const char *path) {
    if (strcmp(library, "liblinear") == 0) {
        linear = load_model(path);
        if (!linear) fail("LIBLINEAR cannot load", path);
        int classes = get_nr_class(linear);
        width = classes == 2 && linear->param.solver_type != MCSVM_CS ? 1 : classes;
    } else {
        kernel = svm_load_model(path);
        if (!kernel) fail("LIBSVM cannot load", path);
        int type = svm_get_svm_type(kernel), classes = svm_get_nr_class(kernel);
        width = type == C_SVC || type == NU_SVC ? classes * (classes - 1) / 2 : 1;
    }
    if (width > VALUES) fail("too many classes in", path);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "noise") == 0) {
        make_noise_cells();
        printf("{\"ready\":true}\n");
    } else if (argc == 4 || (argc == 5 && strcmp(argv[4], "probability") == 0)) {
        load(argv[1], argv[2]);
        with_probability = argc == 5;
        read_features(argv[3], linear ? linear->bias : -1, linear ? linear->nr_feature + 1 : 0);
        printf("{\"inputs\":%zu,\"mean_cells\":%.2f,\"library\":\"%s %d\"}\n", count,
               (double)cells / (double)count, linear ? "LIBLINEAR" : "LIBSVM",
               linear ? liblinear_version : libsvm_version);
    } else {
        fail("usage:", "predict libsvm|liblinear MODEL FEATURES [probability] | predict noise");
    }
    fflush(stdout);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char word[4096];
        size_t first, wanted, repeats;
        if (sscanf(line, "pass %4095s %zu %zu %zu", word, &first, &wanted, &repeats) == 4)
            pass(word, first, wanted, repeats);
        else if (inputs && sscanf(line, "values %4095s", word) == 1)
            values(word);
        else
            fail("what is", line);
        fflush(stdout);
    }
    return 0;
}
