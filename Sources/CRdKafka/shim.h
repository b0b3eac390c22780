// rdkafka_mock.h insists on coming second.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
