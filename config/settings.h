/* The settings table: every setting of config/chaski.yaml is one row, and nothing is a setting that has no row.
 *
 * Reading, `chaski check`, help and the annotated sample all walk these rows, so that they cannot disagree. A row
 * says where a setting stands (top level, the map `redis`, a channel), what may be written there and what it is
 * for; what settings mean together (from or messaging_service_sid) is config.c's. Must not know: files, the
 * environment, what a setting does. Proved by tests/unit/test_config.c. */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "base/slice.h"

enum setting_scope { SCOPE_TOP, SCOPE_REDIS, SCOPE_WEBHOOKS, SCOPE_CHANNEL };

enum setting_type {
    SETTING_TEXT,      /* any words on one line */
    SETTING_SECRET,    /* words that are never shown; may come from NAME_file or the environment instead */
    SETTING_ADDRESS,   /* where to listen: IP:PORT or unix:PATH */
    SETTING_ORIGIN,    /* scheme://host[:port] */
    SETTING_URL,       /* scheme://host[:port][/path] */
    SETTING_PATH,      /* a file or directory, relative to where chaski was started */
    SETTING_NUMBER,    /* decimal, `min` to `max` */
    SETTING_COUNT,     /* a whole number, `min` to `max`, or one of `choices` */
    SETTING_PRICE,     /* of one message: 0 to 100, at most four decimals (config/price_value.h) */
    SETTING_PRICES,    /* prices by the beginning of the number: "+51=0.045,+1=0.03" */
    SETTING_HOURS,     /* from-to of a day, HH:MM-HH:MM */
    SETTING_BOOLEAN,   /* true or false, no other spelling */
    SETTING_CHOICE,    /* one of `choices` */
    SETTING_LANGUAGES, /* a list of languages' keys */
    SETTING_NETWORKS,  /* a list of IP addresses and networks (192.0.2.0/24) */
    SETTING_HOSTS,     /* a list of hosts, each perhaps with :PORT (base/outside.h) */
};

/* Which providers a channel's setting belongs to. */
enum provider_bit {
    ON_TWILIO = 1,
    ON_WHATSAPP_CLOUD = 2,
    ON_AFRICASTALKING_USSD = 4,
    ON_SIMULATOR = 8,
    ON_INFOBIP_USSD = 16,
    ON_HTTP = ON_TWILIO | ON_WHATSAPP_CLOUD | ON_AFRICASTALKING_USSD | ON_INFOBIP_USSD
};

struct setting_row {
    const char *name;
    enum setting_scope scope;
    unsigned providers; /* CHANNEL: provider_bits; 0 elsewhere */
    enum setting_type type;
    bool required;        /* must be written; such a row has no fallback */
    const char *instead;  /* required, unless the setting of this name is written; NULL none */
    const char *fallback; /* the default as it would be written; NULL none: the value is then "" */
    const char *unit;     /* "messages/s"; NULL none */
    double min, max;      /* NUMBER and COUNT, in the unit; `min` of a list: items */
    const char *choices;  /* CHOICE: "sync|async"; COUNT: "auto"; NULL elsewhere */
    const char *example;  /* what the sample shows where there is no fallback */
    const char *sentence; /* what it is for, without a full stop */
};

/* Every setting, ended by a row without a name. Order is that of the sample. */
extern const struct setting_row setting_rows[];

/* Tells whether a row belongs to a scope, and in a channel to the provider. `provider` is a provider_bit; 0
 * outside channels. */
bool setting_belongs(const struct setting_row *row, enum setting_scope scope, unsigned provider);

/* Finds the row of a name, or NULL. */
const struct setting_row *setting_find(enum setting_scope scope, unsigned provider, struct slice name);

struct provider_row {
    const char *name;
    unsigned bit;         /* a provider_bit; 0: known by name, and not in this version */
    const char *channel;  /* the sample's name for a channel of it; NULL where bit is 0 */
    const char *sentence; /* what it carries; NULL where bit is 0 */
};

/* Every provider that DESIGN names, ended by a row without a name; those of this version first. */
extern const struct provider_row provider_rows[];

/* Finds a provider's row, or NULL. */
const struct provider_row *provider_find(struct slice name);

#endif
