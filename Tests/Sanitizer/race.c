// A race that the sanitizer must report before its silence about the tests counts for anything.
//
// The threads are C11's and start as librdkafka's do: so this also shows that c11_threads.c is in
// place, without which the sanitizer dies on them. The first count is behind a mutex and must not
// be reported.
#include <stdio.h>
#include <threads.h>

static mtx_t mutex;
static int guarded;
static int racing;

static int count(void *argument) {
    for (int turn = 0; turn < 1000; turn++) {
        mtx_lock(&mutex);
        guarded++;
        mtx_unlock(&mutex);
    }
    racing++;
    return 0;
}

int main(void) {
    thrd_t threads[2];
    mtx_init(&mutex, mtx_plain);
    for (int index = 0; index < 2; index++) thrd_create(&threads[index], count, NULL);
    for (int index = 0; index < 2; index++) thrd_join(threads[index], NULL);
    printf("%d of 2000 counted, racing: %d\n", guarded, racing);
    mtx_destroy(&mutex);
    return 0;
}
