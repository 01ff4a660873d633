/* Metrics: one table of rows, counted in memory, written in Prometheus' text format.
 *
 * Names follow Prometheus' conventions (prefix chaski_, base units, _total for counters only); label values come from
 * closed sets (channel names, outcome words), never from people. `promtool check metrics` passes on the output. Proved
 * by tests/unit/test_metrics.c and tests/blackbox/metrics.test.mjs. */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include "base/buf.h"

/* Every metric, a row of the table in metrics.c with the same order: name, kind, label names, help. */
enum metric {
    METRIC_HTTP_REQUESTS,  /* counter {code} */
    METRIC_HTTP_REFUSED,   /* counter {reason}: by the gate */
    METRIC_HTTP_CROWDED,   /* counter: connections closed to make room for new ones */
    METRIC_WEBHOOKS,       /* counter {channel, outcome}: accepted repeated refused malformed failed ignored */
    METRIC_TURNS,          /* counter {channel} */
    METRIC_TURN_CONFLICTS, /* counter */
    METRIC_TURN_SECONDS,   /* histogram {channel}: webhook in to answer out */
    METRIC_SENDS,        /* counter {channel, outcome}: ok transient throttled later message recipient channel malformed
                            unknown */
    METRIC_RECEIPTS,     /* counter {channel, status} */
    METRIC_OUTBOX_DEPTH, /* gauge */
    METRIC_OUTBOX_IN_DOUBT, /* gauge */
    METRIC_REDIS_UP,        /* gauge */
    METRIC_REDIS_SECONDS,   /* histogram: one command's round trip */
    METRIC_BUILD_INFO,      /* gauge {version} */
    METRIC_COUNT
};

#define METRIC_SERIES_MAX 64 /* label combinations of one metric; further ones are counted under "other" */

/* Adds to a counter, or sets a gauge. `a` and `b` are the label values in the row's order, NULL where it has fewer. */
void metric_add(enum metric metric, const char *a, const char *b, double amount);
void metric_set(enum metric metric, const char *a, const char *b, double value);

/* Puts one observation, in seconds, into a histogram. */
void metric_observe(enum metric metric, const char *a, double seconds);

/* Writes all metrics, and the process's own (start time, resident memory, open files). */
void metrics_write(struct buf *out);

/* Sets everything to nothing, for tests. */
void metrics_reset(void);

#endif
