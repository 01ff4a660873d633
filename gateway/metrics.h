/* Metrics: one table of rows, counted in memory, written in Prometheus' text format.
 *
 * Names follow Prometheus' conventions (prefix chaski_, base units, _total for counters only); label values come from
 * closed sets (channel names, outcome words), never from people. `promtool check metrics` passes on the output.
 *
 * A process counts in a slot, which is its own alone to write. The master shares the slots with its workers, and any
 * of them writes the whole: counters and histograms summed over all slots, gauges over those with an owner, by the
 * rule of their row. A slot that lost its owner keeps its counts, and the next owner counts on from there, so that
 * what is summed never goes down. Without metrics_share() there is one slot. Failure policy: nothing here fails; what
 * finds no series is counted under "other". Proved by tests/unit/test_metrics.c, tests/blackbox/metrics.test.mjs and
 * tests/blackbox/workers.test.mjs. */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include "base/buf.h"
#include "base/error.h"

/* Every metric, a row of the table in metrics.c with the same order: name, kind, label names, help. */
enum metric {
    METRIC_HTTP_REQUESTS,  /* counter {code} */
    METRIC_HTTP_REFUSED,   /* counter {reason}: by the gate */
    METRIC_HTTP_CROWDED,   /* counter: connections closed to make room for new ones */
    METRIC_WEBHOOKS,       /* counter {channel, outcome}: accepted repeated spooled refused malformed failed
                              ignored */
    METRIC_TURNS,          /* counter {channel} */
    METRIC_TURN_CONFLICTS, /* counter */
    METRIC_TURN_SECONDS,   /* histogram {channel}: webhook in to answer out */
    METRIC_SENDS,        /* counter {channel, outcome}: ok transient throttled later message recipient channel malformed
                            unknown */
    METRIC_RECEIPTS,     /* counter {channel, status} */
    METRIC_FAILURES,     /* counter {channel, outcome}: told by receipts, in the words of METRIC_SENDS */
    METRIC_OUTBOX_DEPTH, /* gauge */
    METRIC_OUTBOX_IN_DOUBT, /* gauge */
    METRIC_OUTBOX_DEAD,     /* gauge */
    METRIC_SHARDS,          /* gauge */
    METRIC_SEEN,            /* counter {outcome}: sent, failed, skipped */
    METRIC_LIMITED,         /* counter {channel, reason}: limit_reason_name() */
    METRIC_TIMERS,          /* counter {outcome}: fired failed */
    METRIC_REDIS_UP,        /* gauge */
    METRIC_REDIS_WEAK,      /* gauge: 0 or 1 */
    METRIC_REDIS_SECONDS,   /* histogram: one command's round trip */
    METRIC_SPOOL_MESSAGES,  /* gauge */
    METRIC_SPOOLED,         /* counter {channel} */
    METRIC_SPOOL_DAMAGED,   /* counter: set aside, damaged or failed */
    METRIC_MODEL_ANSWERS,   /* counter {model, outcome}: sure, unsure; of stage also rule */
    METRIC_MODEL_SHADOW,    /* counter {challenger, outcome}: agrees, differs, abstains */
    METRIC_MODEL_SEEN,      /* counter {feature, bin}: of engine/drift.h */
    METRIC_MODEL_REFERENCE, /* gauge {feature, bin}: share, 0 to 1 */
    METRIC_MODEL_TRADES,    /* counter {outcome}: confirmed, corrected, none */
    METRIC_PARTNER_CALLS,   /* counter {outcome}: delivered failed dead dropped */
    METRIC_PARTNERS_OFF,    /* gauge: webhooks switched off because they failed */
    METRIC_CATALOGUE,       /* gauge: version */
    METRIC_CATALOGUE_GOOD,  /* gauge: 0 or 1 */
    METRIC_CATALOGUE_STATE, /* gauge {state}: entries, by catalogue_state_words */
    METRIC_REQUESTS_OVERDUE, /* gauge */
    METRIC_BUILD_INFO,      /* gauge {version} */
    METRIC_WORKERS,         /* gauge: the master's */
    METRIC_WORKER_RESTARTS, /* counter: the master's */
    METRIC_RELOAD_GOOD,     /* gauge: 0 or 1; the master's */
    METRIC_RELOAD_TIME,     /* gauge: seconds since 1970; the master's */
    METRIC_RELAXED,         /* gauge: 0 or 1; the master's */
    METRIC_CPU_SECONDS,     /* this and the rest by metrics_measure_process(): counter */
    METRIC_START_TIME,      /* gauge: seconds since 1970 */
    METRIC_VIRTUAL_BYTES,   /* gauge */
    METRIC_RESIDENT_BYTES,  /* gauge */
    METRIC_OPEN_FILES,      /* gauge */
    METRIC_MAX_FILES,       /* gauge */
    METRIC_COUNT
};

#define METRIC_SERIES_MAX 64 /* label combinations of one metric; further ones are counted under "other" */

/* Adds to a counter, or sets a gauge. `a` and `b` are the label values in the row's order, NULL where it has fewer. */
void metric_add(enum metric metric, const char *a, const char *b, double amount);
void metric_set(enum metric metric, const char *a, const char *b, double value);

/* Puts one observation, in seconds, into a histogram. */
void metric_observe(enum metric metric, const char *a, double seconds);

/* Makes `count` slots that processes forked after this share, and takes the first one. What was counted before is
 * gone. Returns ERR_NOMEM. */
MUST_USE enum error metrics_share(size_t count);

/* Makes a slot this process's own: it counts on from what the slot holds, its gauges begin anew. */
void metrics_take(size_t slot);

/* Tells that a slot's owner has ended: its gauges count no more. */
void metrics_leave(size_t slot);

/* Measures this process (processor time, start, memory, open files) into its slot. Each process calls it about every
 * second. */
void metrics_measure_process(void);

/* Writes all metrics, this process measured anew. */
void metrics_write(struct buf *out);

/* Sets everything to nothing, with one slot, for tests. */
void metrics_reset(void);

#endif
