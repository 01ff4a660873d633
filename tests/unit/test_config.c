#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/settings.h"

static char folder[64]; /* made for the run, removed at its end */

/* Gives the path of a file in the run's folder; good until the next call. */
static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, struct slice bytes, unsigned mode)
{
    FILE *out = fopen(in_folder(name), "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, out), bytes.len);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(in_folder(name), mode), 0);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/chaski-config-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

/* What the environment gives to the tests that want one. */
static const char *an_environment(const char *name)
{
    static const char *const pairs[][2] = {
        {"CHASKI_SMS_AUTH_TOKEN", "from the environment"},
        {"CHASKI_REDIS_URL", "redis://:hidden@127.0.0.1:1/2"},
        {"CHASKI_ODD_CHANNEL_1_HOOK_SECRET", "odd"},
        {"CHASKI_EMPTY_HOOK_SECRET", ""},
        {"CHASKI_CONFIG", "elsewhere.yaml"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (strcmp(pairs[i][0], name) == 0)
            return pairs[i][1];
    return NULL;
}

/* What it gives to the broken ones. */
static const char *a_broken_environment(const char *name)
{
    return strcmp(name, "CHASKI_BAD_HOOK_SECRET") == 0 ? "two\rlines" : NULL;
}

#define DEMO "channels: {demo: {provider: simulator}}\n"
#define TWILIO "account_sid: AC1, auth_token: hidden, from: \"+511\""
#define CLOUD "phone_number_id: 1, access_token: hidden, app_secret: hidden, verify_token: hidden"
#define USSD "service_code: \"*1#\", hook_secret: hidden"

/* Each is one broken configuration with one fault. FOLDER stands for the run's folder. No fault may show the
 * word "hidden". */
static const struct {
    const char *yaml, *place, *words;
} broken[] = {
    /* the file */
    {"", "1:1", "has no settings"},
    {"# nothing\n", "1:1", "has no settings"},
    {"- a\n- b\n", "1:1", "has no settings"},
    {"listen\n", "1:1", "has no settings"},
    {"listen: 127.0.0.1:8080\n", "1:1", "there are no channels"},
    {"channels: {}\n", "1:1", "there are no channels"},
    {"channels: [a]\n", "1:11", "channels must be a map"},
    {"redis: embedded\n" DEMO, "1:8", "redis must be a map"},
    {"log: info\nlog: debug\n" DEMO, "2:1", "\"log\" is here again (first in line 1)"},
    {"log: &l info\n" DEMO, "1:6", "anchors"},
    {"listen: 127.0.0.1:8080: x\n" DEMO, "1:23", "quotes"},
    /* unknown keys */
    {"lisen: 127.0.0.1:8080\n" DEMO, "1:1", "did you mean \"listen\"?"},
    {"publicurl: http://h\n" DEMO, "1:1", "did you mean \"public_url\"?"},
    {"chanels: {}\n" DEMO, "1:1", "did you mean \"channels\"?"},
    {"colour: blue\n" DEMO, "1:1", "no setting \"colour\": remove it"},
    {"durability: strict\n" DEMO, "1:1", "it belongs below redis:"},
    {"rate: 1\n" DEMO, "1:1", "it belongs into a channel"},
    {"redis: {log: info}\n" DEMO, "1:9", "it belongs at the top level"},
    {"webhooks: yes\n" DEMO, "1:11", "webhooks must be a map"},
    {"webhooks: {allow: crm.lan}\n" DEMO, "1:19", "allow is not a list"},
    {"webhooks: {allow: [\"http://crm.lan\"]}\n" DEMO, "1:20", "it must be a host name in small letters"},
    {"webhooks: {alow: [crm.lan]}\n" DEMO, "1:12", "did you mean \"allow\"?"},
    {"webhooks: {give_up: 0}\n" DEMO, "1:21", "it must be from 1 to 518400 seconds"},
    {"give_up: 5\n" DEMO, "1:1", "it belongs below webhooks:"},
    {"redis: {ulr: embedded}\n" DEMO, "1:9", "did you mean \"url\"?"},
    {"redis: {url_fil: x}\n" DEMO, "1:9", "did you mean \"url_file\"?"},
    {"channels:\n  a: {provider: simulator, rat: 1}\n", "2:28", "channel a has no setting \"rat\": remove it"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", replay: sync}\n", "2:77", "did you mean \"reply\"?"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", app_secret: hidden}\n", "2:77",
     "app_secret is a setting of whatsapp_cloud, and channel a is of twilio"},
    {"channels:\n  a: {provider: simulator, state_dir: x}\n", "2:28", "it belongs at the top level"},
    {"\"lis\\e[1mten\": x\n" DEMO, "1:1", "no setting \"lis?[1mten\""},
    {"channels:\n  a: {provider: africastalking_ussd, " USSD ", hook_secret:hidden}\n", "2:80",
     "no blank after the colon of \"hook_secret:\""},
    /* addresses and URLs */
    {"listen: 8080\n" DEMO, "1:9", "listen is 8080: it must be IP:PORT"},
    {"listen: localhost:8080\n" DEMO, "1:9", "it must be IP:PORT (127.0.0.1:8080"},
    {"listen: 127.0.0.1:99999\n" DEMO, "1:9", "it must be IP:PORT"},
    {"listen: \"unix:\"\n" DEMO, "1:9", "unix:PATH"},
    {"listen:\n" DEMO, "1:8", "listen has no value: write one, or remove the line"},
    {"listen: [127.0.0.1:1]\n" DEMO, "1:9", "listen is a list: it must be one value"},
    {"listen: 0.0.0.0:80\nchannels:\n  a: {provider: twilio, " TWILIO "}\n", "1:9", "or set allow_direct: true"},
    {"listen: \"[::]:80\"\nchannels:\n  a: {provider: twilio, " TWILIO "}\n", "1:9", "which other machines reach"},
    {"listen: 0.0.0.0:80\nallow_direct: true\n" DEMO, "3:12", "a simulator, which trusts everybody"},
    {"channels:\n  a: {provider: simulator, national_shift: es}\n", "2:44", "sms_text plain, which sends no accents"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", sms_text: short}\n", "2:87",
     "it must be plain, cheapest or exact"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", sms_segments: 11}\n", "2:91", "it must be"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", national_shift: es}\n", "2:77", "national_shift"},
    {"public_url: chaski.example.pe\n" DEMO, "1:13", "it must be http:// or https://"},
    {"public_url: https://chaski.example.pe/\n" DEMO, "1:13", "not even a slash"},
    {"public_url: https://chaski.example.pe:0\n" DEMO, "1:13", "it must be http:// or https://"},
    {"public_url: https://user@chaski.example.pe\n" DEMO, "1:13", "it must be http:// or https://"},
    {"public_url: ftp://chaski.example.pe\n" DEMO, "1:13", "it must be http:// or https://"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", api_base: \"http://h/x/\"}\n", "2:87", "no slash at the end"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", api_base: \"http://h/x?y\"}\n", "2:87",
     "api_base is http://h/x?y"},
    /* lists of networks */
    {"trusted_proxies: 127.0.0.1\n" DEMO, "1:18", "write it in brackets, as [127.0.0.1]"},
    {"trusted_proxies: [127.0.0.1, localhost]\n" DEMO, "1:30", "is localhost: it must be an IP address"},
    {"trusted_proxies:\n  - 10.0.0.1/8\n" DEMO, "2:5", "without bits set behind its prefix"},
    {"trusted_proxies: [[127.0.0.1]]\n" DEMO, "1:19", "trusted_proxies is a list: it must be one value"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", allow_from: [10.0.0.0/33]}\n", "2:90",
     "allow_from is 10.0.0.0/33"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", allow_from: []}\n", "2:89",
     "allow_from has no items: write at least 1"},
    /* numbers, booleans, choices */
    {"workers: 0\n" DEMO, "1:10", "workers is 0: it must be auto or a whole number from 1 to 64"},
    {"workers: 65\n" DEMO, "1:10", "workers is 65: it must be auto or a whole number from 1 to 64"},
    {"workers: -1\n" DEMO, "1:10", "workers is -1"},
    {"workers: 1.5\n" DEMO, "1:10", "workers is 1.5"},
    {"workers: two\n" DEMO, "1:10", "workers is two"},
    {"bulk_hours: 20:00-08:00\n" DEMO, "1:13", "bulk_hours is 20:00-08:00: it must be HH:MM-HH:MM"},
    {"bulk_hours: 08:00-24:01\n" DEMO, "1:13", "24:00 at most"},
    {"bulk_hours: 8-20\n" DEMO, "1:13", "bulk_hours is 8-20"},
    {"bulk_days: sun\n" DEMO, "1:12", "it must be mon-fri, mon-sat or all"},
    {"monthly_cap: -1\n" DEMO, "1:14", "from 0 to 1000 messages"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", in_doubt: guess}\n", "2:87", "it must be hold or resend"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", rate: 0}\n", "2:83",
     "rate is 0: it must be from 0.1 to 1000 messages/s"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", rate: 1000.1}\n", "2:83", "from 0.1 to 1000"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", price: 0.00451}\n", "2:84",
     "price is 0.00451: it must be 0 to 100"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", price_by_prefix: 0.04}\n", "2:94", "each once with a price"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", price_by_prefix: \"+51=0.04,+51=0.05\"}\n", "2:94",
     "each once with a price"},
    {"currency: soles\n" DEMO, "1:11", "it must be PEN or USD"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", rate: 1e2}\n", "2:83", "rate is 1e2"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", rate: 5/s}\n", "2:83", "rate is 5/s"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", rate: .}\n", "2:83", "rate is ."},
    {"allow_direct: yes\n" DEMO, "1:15", "allow_direct is yes: it must be true or false"},
    {"allow_direct: True\n" DEMO, "1:15", "true or false"},
    {"allow_direct: no\n" DEMO, "1:15", "true or false"},
    {"log: verbose\n" DEMO, "1:6", "it must be debug, info, warning or error"},
    {"redis: {durability: weak}\n" DEMO, "1:21", "it must be strict or relaxed"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", reply: later}\n", "2:84", "it must be sync or async"},
    /* texts and paths */
    {"flows: \"a\\nb\"\n" DEMO, "1:8", "flows is a?b: it must be a path"},
    {"state_dir: {a: b}\n" DEMO, "1:12", "state_dir is a map"},
    {"channels:\n  a: {provider: twilio, account_sid: \"\", auth_token: hidden, from: x}\n", "2:38",
     "account_sid has no value"},
    {"channels:\n  a: {provider: twilio, account_sid: \"x\\r\\ny\", auth_token: hidden, from: x}\n", "2:38",
     "account_sid is x??y: it must be one line"},
    /* channels and providers */
    {"channels:\n  a:\n", "2:3", "channel a has no settings"},
    {"channels:\n  a: twilio\n", "2:3", "channel a has no settings"},
    {"channels:\n  a b: {provider: simulator}\n", "2:3", "the channel's name \"a b\" is part of a path"},
    {"channels:\n  ../x: {provider: simulator}\n", "2:3", "letters, digits, - and _"},
    {"channels:\n  a123456789012345678901234567890123: {provider: simulator}\n", "2:3", "1 to 32"},
    {"channels:\n  a: {reply: sync}\n", "2:3",
     "channel a has no provider: write provider: and one of twilio, whatsapp_cloud"},
    {"channels:\n  a: {provider: }\n", "2:17", "has no provider"},
    {"channels:\n  a: {provider: [twilio]}\n", "2:17", "has no provider"},
    {"channels:\n  a: {provider: twillio}\n", "2:17", "did you mean \"twilio\"?"},
    {"channels:\n  a: {provider: pigeon}\n", "2:17", "this version has twilio, whatsapp_cloud, africastalking_ussd"},
    {"channels:\n  a: {provider: kannel, send_url: x}\n", "2:17",
     "provider kannel is not in this version; it has twilio, whatsapp_cloud, africastalking_ussd, infobip_ussd, "
     "simulator"},
    {"channels:\n  a: {provider: smpp}\n", "2:17", "provider smpp is not in this version"},
    {"channels:\n  a-1: {provider: simulator}\n  a_1: {provider: simulator}\n", "3:3",
     "the same variables (CHASKI_A_1_"},
    {"channels:\n  a: {provider: twilio, account_sid: AC1, auth_token: hidden}\n", "2:3",
     "channel a has no from: write it or messaging_service_sid"},
    {"channels:\n  a: {provider: twilio, auth_token: hidden, from: x}\n", "2:3", "channel a has no account_sid"},
    {"channels:\n  a: {provider: whatsapp_cloud, access_token: hidden, app_secret: hidden, verify_token: "
     "hidden}\n",
     "2:3", "channel a has no phone_number_id"},
    {"channels:\n  a: {provider: twilio, " TWILIO ", accept_escaped_signature: true}\n", "2:77",
     "is a setting of whatsapp_cloud"},
    {"channels:\n  a: {provider: whatsapp_cloud, " CLOUD ", accept_escaped_signature: 1}\n", "2:143", "true or false"},
    /* secrets */
    {"channels:\n  a: {provider: twilio, account_sid: AC1, from: x}\n", "2:3",
     "write auth_token or auth_token_file, or set CHASKI_A_AUTH_TOKEN in the environment"},
    {"channels:\n  my-ussd: {provider: africastalking_ussd, service_code: \"*1#\"}\n", "2:3",
     "set CHASKI_MY_USSD_HOOK_SECRET"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret: }\n", "2:72",
     "hook_secret has no value"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret: [hidden]}\n", "2:72",
     "hook_secret is a list"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret: \"hidden\\r\"}\n", "2:72",
     "hook_secret has a value that cannot be"},
    {"channels:\n  a: {provider: africastalking_ussd, " USSD ", hook_secret_file: FOLDER/good}\n", "2:98",
     "hook_secret and hook_secret_file are both given: keep one"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: "
     "FOLDER/absent}\n",
     "2:77", "/absent does not exist"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: "
     "FOLDER/open}\n",
     "2:77", "chmod 600"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: "
     "FOLDER/group}\n",
     "2:77", "group or others"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: "
     "FOLDER/empty}\n",
     "2:77", "is empty"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: "
     "FOLDER/newline}\n",
     "2:77", "is empty"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: "
     "FOLDER/windows}\n",
     "2:77", "Windows line ends"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: "
     "FOLDER/long}\n",
     "2:77", "above 4096 bytes"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: FOLDER}\n", "2:77",
     "is not a regular file"},
    {"channels:\n  a: {provider: africastalking_ussd, service_code: \"*1#\", hook_secret_file: "
     "FOLDER/pipe}\n",
     "2:77", "is not a regular file"},
    {"channels:\n  bad: {provider: africastalking_ussd, service_code: \"*1#\"}\n", "2:3",
     "CHASKI_BAD_HOOK_SECRET in the environment"},
    {"redis: {url_file: FOLDER/absent}\n" DEMO, "1:19", "does not exist"},
};

/* Writes the text with FOLDER replaced, and reads it as a configuration. */
static struct config *read_text(const char *yaml, config_env *env, struct faults *faults)
{
    struct buf text;
    buf_init(&text, 1 << 16);
    for (const char *at; (at = strstr(yaml, "FOLDER")); yaml = at + 6) {
        buf_add(&text, yaml, (size_t)(at - yaml));
        buf_adds(&text, folder);
    }
    buf_adds(&text, yaml);
    write_file("chaski.yaml", (struct slice){buf_text(&text), text.len}, 0644);
    buf_release(&text);
    return config_read(in_folder("chaski.yaml"), env, faults);
}

static void write_secrets(void)
{
    char longest[4098];
    memset(longest, 'x', sizeof(longest));
    write_file("good", SLICE("s3cret\n"), 0600);
    write_file("two", SLICE("line\nline\n"), 0400);
    write_file("open", SLICE("hidden"), 0644);
    write_file("group", SLICE("hidden"), 0620);
    write_file("empty", SLICE(""), 0600);
    write_file("newline", SLICE("\n"), 0600);
    write_file("windows", SLICE("hidden\r\n"), 0600);
    write_file("long", (struct slice){longest, sizeof(longest)}, 0600);
    write_file("longest", (struct slice){longest, 4096}, 0600);
    mkfifo(in_folder("pipe"), 0600);
}

static void finds_each_fault_at_its_place(void **state)
{
    (void)state;
    write_secrets();
    assert_true(COUNT(broken) >= 60);
    for (size_t i = 0; i < COUNT(broken); i++) {
        struct faults faults;
        char place[32] = "none";
        faults_init(&faults);
        struct config *config = read_text(broken[i].yaml, a_broken_environment, &faults);
        if (faults.count)
            snprintf(place, sizeof(place), "%u:%u", faults.items[0].line, faults.items[0].column);
        if (config || faults.total != 1 || strcmp(place, broken[i].place) != 0 ||
            !strstr(faults.items[0].text, broken[i].words) || strstr(faults.items[0].text, "hidden")) {
            faults_print(&faults, stdout);
            fail_msg("row %zu: %zu faults, first at %s for %s, in:\n%s", i, faults.total, place, broken[i].place,
                     broken[i].yaml);
        }
        faults_release(&faults);
    }
}

static void finds_all_faults_in_one_pass_in_order(void **state)
{
    static const char yaml[] = "models: {}\n"
                               "allow_direct: yes\n"
                               "redis:\n"
                               "  durability: weak\n"
                               "  colour: red\n"
                               "channels:\n"
                               "  one: {provider: twilio, reply: never}\n"
                               "  two: {provider: kannel}\n"
                               "  three: {provider: whatsapp_cloud, rate: none}\n"
                               "lisen: x\n";
    static const unsigned lines[] = {1, 2, 4, 5, 7, 7, 7, 7, 8, 9, 9, 9, 9, 9, 10};
    struct faults faults;
    (void)state;
    faults_init(&faults);
    assert_null(read_text(yaml, no_environment, &faults));
    if (faults.count != COUNT(lines))
        faults_print(&faults, stdout);
    assert_int_equal(faults.count, COUNT(lines));
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_int_equal(faults.items[i].line, lines[i]);
    assert_string_equal(faults.items[0].file, in_folder("chaski.yaml"));
    faults_release(&faults);
}

static void a_file_that_cannot_be_read_is_a_fault(void **state)
{
    static const struct {
        const char *name, *words;
    } rows[] = {
        {"nowhere.yaml", "(not found): name a readable file"},
        {"chaski.yaml/below", "(not found)"},
        {"", "(not a regular file)"},
        {"pipe", "(not a regular file)"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        faults_init(&faults);
        assert_null(config_read(in_folder(rows[i].name), no_environment, &faults));
        assert_int_equal(faults.total, 1);
        assert_non_null(strstr(faults.items[0].text, rows[i].words));
        faults_release(&faults);
    }
}

/* Reads a text that must be good. */
static struct config *read_good(const char *yaml, config_env *env)
{
    struct faults faults;
    faults_init(&faults);
    struct config *config = read_text(yaml, env, &faults);
    faults_print(&faults, stdout);
    assert_int_equal(faults.total, 0);
    faults_release(&faults);
    assert_non_null(config);
    return config;
}

static void fills_in_defaults(void **state)
{
    (void)state;
    struct config *config = read_good(DEMO, no_environment);
    assert_string_equal(config->listen, "127.0.0.1:8080");
    assert_false(config->allow_direct);
    assert_string_equal(config->public_url, "http://127.0.0.1:8080");
    assert_string_equal(config->trusted_proxies[0], "127.0.0.1");
    assert_null(config->trusted_proxies[1]);
    assert_int_equal(config->workers, 0);
    assert_string_equal(config->state_dir, "var");
    assert_string_equal(config->redis_url, "embedded");
    assert_int_equal(config->durability, DURABILITY_STRICT);
    assert_int_equal(config->log, CONFIG_LOG_INFO);
    assert_null(config->webhook_allow[0]);
    assert_int_equal(config->webhook_give_up_s, 259200);
    assert_int_equal(config->webhook_disable_s, 432000);
    assert_string_equal(config->flows, "config/flows");
    assert_string_equal(config->catalogue, "models/catalogue.yaml");
    assert_string_equal(config->models, "models/registry");
    assert_int_equal(config->channel_count, 1);
    assert_string_equal(config->channels[0].provider, "simulator");
    assert_int_equal(config->channels[0].setting_count, 4);
    assert_string_equal(config_setting(&config->channels[0], "hook_secret"), "");
    assert_string_equal(config_setting(&config->channels[0], "sms_text"), "plain");
    assert_string_equal(config_setting(&config->channels[0], "national_shift"), "none");
    assert_string_equal(config_setting(&config->channels[0], "sms_segments"), "3");
    config_free(config);
}

static void reads_what_is_written(void **state)
{
    (void)state;
    struct config *config =
        read_good("listen: \"[2001:db8::1]:443\"\n"
                  "allow_direct: \"true\"\n"
                  "public_url: https://chaski.example.pe:8443\n"
                  "trusted_proxies: [10.0.0.0/8, \"::1\"]\n"
                  "workers: 64\n"
                  "log: error\n"
                  "redis: {url: \"unix:/run/redis.sock\", durability: relaxed}\n"
                  "webhooks: {allow: [crm.lan, \"10.0.0.5:8080\"], give_up: 60}\n"
                  "channels:\n"
                  "  sms: {provider: twilio, " TWILIO ", rate: 2.5, reply: async}\n"
                  "  wa:  {provider: whatsapp_cloud, " CLOUD ", allow_from: [10.0.0.0/8, 192.0.2.1]}\n"
                  "  no: {provider: africastalking_ussd, service_code: no, hook_secret: ~}\n",
                  no_environment);
    assert_string_equal(config->listen, "[2001:db8::1]:443");
    assert_true(config->allow_direct);
    assert_string_equal(config->trusted_proxies[1], "::1");
    assert_int_equal(config->workers, 64);
    assert_int_equal(config->log, CONFIG_LOG_ERROR);
    assert_string_equal(config->webhook_allow[1], "10.0.0.5:8080");
    assert_int_equal(config->webhook_give_up_s, 60);
    assert_string_equal(config->redis_url, "unix:/run/redis.sock");
    assert_int_equal(config->durability, DURABILITY_RELAXED);
    assert_int_equal(config->channel_count, 3);
    const struct config_channel *sms = &config->channels[0], *wa = &config->channels[1], *no = &config->channels[2];
    assert_string_equal(sms->name, "sms");
    assert_int_equal(sms->line, 10);
    assert_int_equal(sms->column, 3);
    assert_string_equal(config_setting(sms, "auth_token"), "hidden");
    assert_string_equal(config_setting(sms, "reply"), "async");
    assert_string_equal(config_setting(sms, "api_base"), "https://api.twilio.com");
    assert_string_equal(config_setting(sms, "messaging_service_sid"), "");
    assert_string_equal(config_setting(sms, "app_secret"), "");
    assert_true(sms->rate > 2.49 && sms->rate < 2.51);
    assert_string_equal(config_setting(wa, "phone_number_id"), "1");
    assert_string_equal(config_setting(wa, "allow_from"), "10.0.0.0/8,192.0.2.1");
    assert_string_equal(config_setting(wa, "accept_escaped_signature"), "false");
    assert_string_equal(config_setting(no, "service_code"), "no");
    assert_string_equal(config_setting(no, "hook_secret"), "~");
    config_free(config);
}

static void a_messaging_service_stands_for_from(void **state)
{
    (void)state;
    struct config *config = read_good(
        "channels: {a: {provider: twilio, account_sid: AC1, auth_token: x, messaging_service_sid: MG1}}\n", NULL);
    assert_string_equal(config_setting(&config->channels[0], "from"), "");
    assert_string_equal(config_setting(&config->channels[0], "reply"), "sync");
    config_free(config);
}

static void optional_secrets_are_read_where_they_are_written(void **state)
{
    (void)state;
    struct config *config = read_good("channels:\n"
                                      "  sms: {provider: twilio, " TWILIO ", auth_token_secondary: old}\n"
                                      "  demo: {provider: simulator, hook_secret: hidden}\n"
                                      "  open: {provider: simulator}\n",
                                      NULL);
    assert_string_equal(config_setting(&config->channels[0], "auth_token_secondary"), "old");
    assert_string_equal(config_setting(&config->channels[0], "hook_secret"), "");
    assert_string_equal(config_setting(&config->channels[1], "hook_secret"), "hidden");
    assert_string_equal(config_setting(&config->channels[2], "hook_secret"), "");
    config_free(config);
}

static void secrets_come_from_files_and_environment(void **state)
{
    (void)state;
    write_secrets();
    struct config *config =
        read_good("redis: {url: embedded}\n"
                  "channels:\n"
                  "  sms: {provider: twilio, account_sid: AC1, from: x, auth_token_file: FOLDER/absent}\n"
                  "  odd-channel-1: {provider: africastalking_ussd, service_code: x}\n"
                  "  empty: {provider: africastalking_ussd, service_code: x, hook_secret_file: FOLDER/good}\n"
                  "  two: {provider: africastalking_ussd, service_code: x, hook_secret_file: FOLDER/two}\n"
                  "  long: {provider: africastalking_ussd, service_code: x, hook_secret_file: FOLDER/longest}\n",
                  an_environment);
    assert_string_equal(config->redis_url, "redis://:hidden@127.0.0.1:1/2");
    assert_string_equal(config_setting(&config->channels[0], "auth_token"), "from the environment");
    assert_string_equal(config_setting(&config->channels[1], "hook_secret"), "odd");
    assert_string_equal(config_setting(&config->channels[2], "hook_secret"), "s3cret");
    assert_string_equal(config_setting(&config->channels[3], "hook_secret"), "line\nline");
    assert_int_equal(strlen(config_setting(&config->channels[4], "hook_secret")), 4096);
    size_t secrets = 0;
    for (size_t i = 0; i < config->channels[0].setting_count; i++) {
        struct slice name = slice_of(config->channels[0].settings[i].name);
        bool secret =
            slice_is(name, "auth_token") || slice_is(name, "auth_token_secondary") || slice_is(name, "hook_secret");
        assert_int_equal(config->channels[0].settings[i].secret, secret);
        secrets += secret;
    }
    assert_int_equal(secrets, 3);
    config_free(config);
}

static void later_faults_find_their_place(void **state)
{
    static const struct {
        const char *setting;
        unsigned line, column;
    } rows[] = {
        {"flows", 1, 8},        {"catalogue", 1, 1},          {"redis.url", 3, 8},         {"redis.durability", 2, 1},
        {"channels.sms", 5, 3}, {"channels.sms.from", 8, 11}, {"channels.sms.rate", 5, 3}, {"channels.other", 4, 1},
    };
    (void)state;
    struct config *config = read_good("flows: here\n"
                                      "redis:\n"
                                      "  url: embedded\n"
                                      "channels:\n"
                                      "  sms:\n"
                                      "    provider: twilio\n"
                                      "    account_sid: AC1\n"
                                      "    from: \"+511\"\n"
                                      "    auth_token: x\n",
                                      no_environment);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        faults_init(&faults);
        config_fault(config, &faults, rows[i].setting, "%s", "x");
        assert_int_equal(faults.items[0].line, rows[i].line);
        assert_int_equal(faults.items[0].column, rows[i].column);
        faults_release(&faults);
    }
    config_free(config);
}

static void finds_the_configuration(void **state)
{
    (void)state;
    assert_string_equal(config_path("given.yaml", an_environment), "given.yaml");
    assert_string_equal(config_path(NULL, an_environment), "elsewhere.yaml");
    assert_string_equal(config_path(NULL, no_environment), "config/chaski.yaml");
    assert_string_equal(config_path(NULL, NULL), "config/chaski.yaml");
}

/* Collects what config_missing_secrets() names, a line each. */
static enum error collect(void *ctx, const char *path, const char *variable)
{
    buf_addf(ctx, "%s %s\n", path, variable);
    return OK;
}

static enum error refuse(void *ctx, const char *path, const char *variable)
{
    (void)ctx;
    (void)path;
    (void)variable;
    return ERR_IO;
}

static void names_missing_secrets_of_ours_only(void **state)
{
    char expected[256];
    struct buf found;
    struct faults faults;
    (void)state;
    buf_init(&found, 4096);
    faults_init(&faults);
    mkdir(in_folder("secrets"), 0700);
    write_file("secrets/there", SLICE("x"), 0600);
    config_free(
        read_text("state_dir: FOLDER/\n"
                  "redis: {url_file: FOLDER/secrets/redis}\n"
                  "channels:\n"
                  "  sms: {provider: twilio, auth_token_file: FOLDER/secrets/in-the-environment}\n"
                  "  a: {provider: twilio, auth_token_file: FOLDER/secrets/a, from_file: FOLDER/secrets/no}\n"
                  "  b: {provider: twilio, auth_token_file: FOLDER/secrets/there, hook_secret_file: FOLDER/b}\n"
                  "  c: {provider: twilio, auth_token_file: FOLDER/secrets/sub/c, hook_secret_file: /x/secrets/c}\n"
                  "  d: {provider: kannel, hook_secret_file: FOLDER/secrets/d}\n"
                  "  e: {provider: africastalking_ussd, hook_secret_file: FOLDER/secrets/../e}\n"
                  "  f: {provider: africastalking_ussd, hook_secret_file: FOLDER/secrets/f, colour: red}\n",
                  no_environment, &faults));
    faults_release(&faults);
    assert_int_equal(config_missing_secrets(in_folder("chaski.yaml"), an_environment, collect, &found), OK);
    snprintf(expected, sizeof(expected), "%s/secrets/a CHASKI_A_AUTH_TOKEN\n%s/secrets/f CHASKI_F_HOOK_SECRET\n",
             folder, folder);
    assert_string_equal(buf_text(&found), expected);
    assert_int_equal(config_missing_secrets(in_folder("chaski.yaml"), an_environment, refuse, NULL), ERR_IO);
    assert_int_equal(config_missing_secrets(in_folder("nowhere.yaml"), NULL, refuse, NULL), OK);
    buf_release(&found);
}

/* Gives every secret, so that a configuration can be read without its files. */
static const char *all_secrets(const char *name)
{
    return strcmp(name, "CHASKI_REDIS_URL") == 0 ? NULL : "a secret";
}

static void the_sample_and_what_we_ship_are_good(void **state)
{
    static const struct {
        const char *path;
        size_t channels;
    } shipped[] = {{"config/chaski.yaml", 4}, {"config/image.yaml", 2}};
    struct faults faults;
    char *text = NULL;
    size_t size = 0;
    (void)state;
    FILE *out = open_memstream(&text, &size);
    config_sample(out);
    fclose(out);
    struct config *config = read_good(text, all_secrets);
    assert_int_equal(config->channel_count, 5);
    config_free(config);
    for (const struct setting_row *row = setting_rows; row->name; row++)
        assert_non_null(strstr(text, row->name));
    free(text);

    for (size_t i = 0; i < COUNT(shipped); i++) {
        faults_init(&faults);
        config = config_read(shipped[i].path, all_secrets, &faults);
        faults_print(&faults, stdout);
        assert_non_null(config);
        assert_int_equal(config->channel_count, shipped[i].channels);
        for (size_t j = 0; j < config->channel_count; j++) /* who has USSD alone can get all of it */
            if (strcmp(config->channels[j].name, "ussd") == 0)
                assert_string_equal(config_setting(&config->channels[j], "follow_by"), "sms");
        config_free(config);
        faults_release(&faults);
    }
}

static void rows_are_whole(void **state)
{
    (void)state;
    for (const struct setting_row *row = setting_rows; row->name; row++) {
        assert_non_null(row->sentence);
        assert_int_equal(row->scope == SCOPE_CHANNEL, row->providers != 0);
        assert_false(row->required && row->fallback);
        assert_true(row->fallback || row->example || row->type == SETTING_SECRET);
        assert_int_equal(row->type == SETTING_CHOICE ? row->choices != NULL : true, true);
        for (const struct setting_row *other = setting_rows; other < row; other++)
            assert_false(strcmp(row->name, other->name) == 0 && row->scope == other->scope &&
                         (row->scope != SCOPE_CHANNEL || (row->providers & other->providers)));
    }
}

static void fails_cleanly_without_memory(void **state)
{
    struct config *config = NULL;
    (void)state;
    for (long n = 0; !config; n++) {
        struct faults faults;
        faults_init(&faults);
        mem_fail_after(n);
        config = config_read("config/chaski.yaml", all_secrets, &faults);
        mem_fail_after(-1);
        assert_int_equal(config == NULL, faults.total > 0);
        faults_release(&faults);
        assert_true(n < 1000);
    }
    config_free(config);
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"chaski.yaml",   "good",    "two",     "open", "group",
                                        "empty",         "newline", "windows", "long", "longest",
                                        "secrets/there", "secrets", "pipe",    ""};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        remove(in_folder(names[i]));
    return access(folder, F_OK) == 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_fault_at_its_place),
        cmocka_unit_test(finds_all_faults_in_one_pass_in_order),
        cmocka_unit_test(a_file_that_cannot_be_read_is_a_fault),
        cmocka_unit_test(fills_in_defaults),
        cmocka_unit_test(reads_what_is_written),
        cmocka_unit_test(a_messaging_service_stands_for_from),
        cmocka_unit_test(optional_secrets_are_read_where_they_are_written),
        cmocka_unit_test(secrets_come_from_files_and_environment),
        cmocka_unit_test(later_faults_find_their_place),
        cmocka_unit_test(finds_the_configuration),
        cmocka_unit_test(names_missing_secrets_of_ours_only),
        cmocka_unit_test(the_sample_and_what_we_ship_are_good),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
