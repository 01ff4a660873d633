/* The load of `make bench`: made-up owners walk through a conversation by signed Twilio webhooks, and every answer is
 * checked: status, content type, and that its text is the expected question of that step.
 *
 * load -p PORT -t TARGET [-c CONNECTIONS] [-d SECONDS | -n OWNERS] [-w WARM_UP_SECONDS] [-r TURNS_A_SECOND] [-f FIRST]
 *     [-m talk|echo|ack] [-i] -s SCRIPT -u PUBLIC_URL -k TOKEN
 * Closed loop with keep-alive: each connection plays one owner after another, one message at a time. With -r the
 * messages come evenly paced instead, and a message that had to wait for a connection has its waiting counted, also
 * past the end of the time in which it was due. -m echo expects what was said, -m ack says only the first line and
 * expects an empty answer. Prints one line of JSON; ends with 1 when any answer was wrong or missing.
 *
 * A turn counts when its answer comes within the counted time, whenever it was asked: what is under way at the
 * beginning makes up for what is at the end. Times are those of the messages asked within it, however late their
 * answers come. With -i it loads in slices: for each line "WARM_UP_SECONDS SECONDS TURNS_A_SECOND" of standard input
 * (0: closed loop) it goes on where its owners were, waits until all is answered, and prints a line, in which the times
 * of a paced slice are all told ("us"). In between it sleeps. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/form.h"
#include "base/mem.h"
#include "base/slice.h"

#define STEPS_MAX 64
#define CONNECTIONS_MAX 1024
#define REQUEST_MAX 4096
#define ANSWER_MAX 16384
#define LOOK_NS 1000000 /* a next message that is due so soon is slept for, without a look for answers */
#define SAMPLES_MAX (8u * 1024 * 1024)
#define PATIENCE_NS 5000000000 /* for the answers that are still to come at the end */
#define ERRORS_MAX 50          /* then it makes no sense to go on */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum mode { TALK, ECHO, ACK };

struct step {
    struct slice say, expect;
    char form[256]; /* `say`, form-encoded */
};

struct slot {
    int fd; /* -1 after a fault */
    uint64_t owner;
    size_t step;
    int64_t started_ns; /* of the message under way */
    bool waiting;
    size_t answer_len;
    char answer[ANSWER_MAX + 1];
};

/* The settings, and what became of it all. */
static struct load {
    int port, connections;
    const char *target, *public_url, *token;
    double seconds, warm_s, rate; /* rate 0: closed loop */
    enum mode mode;
    uint64_t owner, owners_end; /* owners_end 0: time decides */
    struct step steps[STEPS_MAX];
    size_t step_count;
    char script[8192];
    int epoll;
    struct slot *slots, *idle[CONNECTIONS_MAX];
    size_t idle_count, waiting, alive;
    EVP_MAC_CTX *mac;
    int64_t start_ns, counted_ns, end_ns;
    uint64_t arrivals, turns, conversations, errors, messages;
    bool in_slices;
    uint32_t *samples_us;
    size_t sample_count;
} load = {.connections = 64, .seconds = 1, .target = "/hooks/sms", .public_url = "", .token = ""};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* The form of a Twilio webhook. Rows are in the order in which they are signed; `sent` is their place in the body. */
static const struct {
    const char *name, *value;
    enum { FIXED, SAID, FROM, SID } kind;
    unsigned sent;
} fields[] = {
    {"AccountSid", "AC00000000000000000000000000000001", FIXED, 16},
    {"ApiVersion", "2010-04-01", FIXED, 18},
    {"Body", NULL, SAID, 10},
    {"From", NULL, FROM, 17},
    {"FromCity", "", FIXED, 9},
    {"FromCountry", "PE", FIXED, 11},
    {"FromState", "", FIXED, 7},
    {"FromZip", "", FIXED, 5},
    {"MessageSid", NULL, SID, 15},
    {"NumMedia", "0", FIXED, 3},
    {"NumSegments", "1", FIXED, 14},
    {"SmsMessageSid", NULL, SID, 2},
    {"SmsSid", NULL, SID, 6},
    {"SmsStatus", "received", FIXED, 8},
    {"To", "+5117654321", FIXED, 12},
    {"ToCity", "", FIXED, 4},
    {"ToCountry", "PE", FIXED, 0},
    {"ToState", "", FIXED, 1},
    {"ToZip", "", FIXED, 13},
};

static char *put(char *at, const char *text)
{
    return stpcpy(at, text);
}

static char *put_value(char *at, size_t i, bool encoded, const struct slot *slot, const char *sid)
{
    const struct step *step = &load.steps[slot->step];
    switch (fields[i].kind) {
    case SAID:
        if (encoded)
            return put(at, step->form);
        memcpy(at, step->say.ptr, step->say.len);
        return at + step->say.len;
    case FROM:
        return at + snprintf(at, 32, "%s519%08llu", encoded ? "%2B" : "+", (unsigned long long)slot->owner);
    case SID:
        return put(at, sid);
    default:
        if (encoded && fields[i].value[0] == '+')
            return put(put(at, "%2B"), fields[i].value + 1);
        return put(at, fields[i].value);
    }
}

static void sign(const char *text, size_t len, char out[BASE64_SIZE(SHA1_BYTES)])
{
    unsigned char mac[SHA1_BYTES];
    size_t size = 0;
    if (!EVP_MAC_init(load.mac, NULL, 0, NULL) || !EVP_MAC_update(load.mac, (const unsigned char *)text, len) ||
        !EVP_MAC_final(load.mac, mac, &size, sizeof(mac)))
        die("HMAC");
    base64_encode(mac, sizeof(mac), out);
}

/* Writes the whole request of the slot's step. Returns its length. */
static size_t write_request(const struct slot *slot, char *out)
{
    static unsigned order[COUNT(fields)];
    char sid[40], text[REQUEST_MAX], body[REQUEST_MAX / 2], signature[BASE64_SIZE(SHA1_BYTES)];
    char *at = text;
    snprintf(sid, sizeof(sid), "SM%016llx%016llx", (unsigned long long)slot->owner, (unsigned long long)slot->step);
    for (unsigned i = 0; i < COUNT(fields); i++)
        order[fields[i].sent] = i;
    at = put(put(at, load.public_url), load.target);
    for (size_t i = 0; i < COUNT(fields); i++)
        at = put_value(put(at, fields[i].name), i, false, slot, sid);
    sign(text, (size_t)(at - text), signature);
    at = body;
    for (size_t i = 0; i < COUNT(fields); i++) {
        at = put(put(at, i ? "&" : ""), fields[order[i]].name);
        at = put_value(put(at, "="), order[i], true, slot, sid);
    }
    *at = '\0';
    return (size_t)snprintf(out, REQUEST_MAX,
                            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: TwilioProxy/1.1\r\n"
                            "Content-Length: %zu\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded; "
                            "charset=UTF-8\r\nX-Twilio-Signature: %s\r\n\r\n%s",
                            load.target, load.port, (size_t)(at - body), signature, body);
}

static void fail(struct slot *slot, const char *why)
{
    if (load.errors++ == 0)
        fprintf(stderr, "load: step %zu: %s\n%.*s\n", slot->step + 1, why, (int)slot->answer_len, slot->answer);
}

static void lose(struct slot *slot, const char *why)
{
    fail(slot, why);
    close(slot->fd);
    slot->fd = -1;
    load.waiting -= slot->waiting;
    slot->waiting = false;
    load.alive--;
}

/* Goes to the slot's next message; false when no owner is left. */
static bool next_message(struct slot *slot)
{
    size_t steps = load.mode == ACK ? 1 : load.step_count;
    if (slot->owner && ++slot->step < steps)
        return true;
    load.conversations += slot->owner != 0;
    slot->step = 0;
    slot->owner = 0;
    if (load.owners_end && load.owner >= load.owners_end)
        return false;
    slot->owner = load.owner++;
    return true;
}

static void say(struct slot *slot, int64_t started_ns)
{
    char request[REQUEST_MAX];
    size_t len = write_request(slot, request);
    slot->started_ns = started_ns;
    slot->waiting = true;
    slot->answer_len = 0;
    load.waiting++;
    load.messages++;
    if (send(slot->fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
        lose(slot, "the request could not be sent");
}

static int64_t arrival_ns(void)
{
    return load.start_ns + (int64_t)((double)load.arrivals * 1e9 / load.rate);
}

/* Whether all of the time's messages were said. Paced, that is those due in it: one that waits for a connection past
 * the end is still said, for just these are the slow ones. */
static bool is_all_said(int64_t now)
{
    return !load.owners_end && (load.rate > 0 ? arrival_ns() : now) >= load.end_ns;
}

/* Lets the slot say its next message now, or when it is due. */
static void go_on(struct slot *slot, int64_t now)
{
    if (load.errors >= ERRORS_MAX || is_all_said(now) || slot->fd < 0)
        return;
    if (load.rate > 0 && arrival_ns() > now) {
        load.idle[load.idle_count++] = slot;
        return;
    }
    if (!next_message(slot))
        return;
    int64_t started_ns = load.rate > 0 ? arrival_ns() : now;
    load.arrivals++;
    say(slot, started_ns);
}

/* Gives the length of the whole answer, or 0 while something is missing. */
static size_t whole_answer(const struct slot *slot, struct slice *head, struct slice *body)
{
    static const char name[] = "\r\nContent-Length: ";
    const char *end = memmem(slot->answer, slot->answer_len, "\r\n\r\n", 4);
    if (!end)
        return 0;
    *head = (struct slice){slot->answer, (size_t)(end - slot->answer) + 2};
    const char *length = memmem(head->ptr, head->len, name, sizeof(name) - 1);
    size_t body_len = length ? strtoul(length + sizeof(name) - 1, NULL, 10) : 0;
    *body = (struct slice){end + 4, body_len};
    size_t whole = head->len + 2 + body_len;
    return slot->answer_len >= whole ? whole : 0;
}

static bool holds(struct slice text, struct slice words)
{
    return memmem(text.ptr, text.len, words.ptr, words.len);
}

static const char *fault_of(const struct slot *slot, struct slice head, struct slice body)
{
    const struct step *step = &load.steps[slot->step];
    if (!slice_starts(head, "HTTP/1.1 200 "))
        return "the status is not 200";
    if (!holds(head, SLICE("\r\nContent-Type: text/xml\r\n")))
        return "the content type is not text/xml";
    if (load.mode == ACK)
        return holds(body, SLICE("<Response/>")) ? NULL : "the answer is not an empty document";
    if (!slice_starts(body, "<?xml ") || !holds(body, SLICE("</Message></Response>")))
        return "the answer is no TwiML message";
    return holds(body, load.mode == ECHO ? step->say : step->expect) ? NULL : "it is not the expected answer";
}

static void on_answer(struct slot *slot, int64_t now)
{
    struct slice head, body;
    size_t len = whole_answer(slot, &head, &body);
    if (!len)
        return;
    const char *fault = slot->answer_len > len ? "bytes came behind the answer" : fault_of(slot, head, body);
    load.waiting--;
    slot->waiting = false;
    if (fault) {
        fail(slot, fault);
        slot->step = load.step_count; /* the conversation is lost: another owner's turn */
    } else {
        load.turns += now >= load.counted_ns && (load.owners_end || now <= load.end_ns);
        if (slot->started_ns >= load.counted_ns && load.sample_count < SAMPLES_MAX)
            load.samples_us[load.sample_count++] = (uint32_t)((now - slot->started_ns) / 1000);
    }
    go_on(slot, now);
}

static void on_readable(struct slot *slot)
{
    ssize_t got = recv(slot->fd, slot->answer + slot->answer_len, ANSWER_MAX - slot->answer_len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        lose(slot, "the connection broke");
        return;
    }
    slot->answer_len += (size_t)got;
    if (slot->waiting)
        on_answer(slot, now_ns());
    else
        lose(slot, "bytes came unasked");
}

static void connect_slot(struct slot *slot)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load.port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = slot};
    int one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    slot->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (slot->fd < 0 || connect(slot->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    setsockopt(slot->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, slot->fd, &event) != 0)
        die("epoll_ctl");
    load.alive++;
}

/* Sends what is due while connections are idle. Gives how long nothing will be due, in nanoseconds. */
static int64_t send_due(int64_t now)
{
    while (load.rate > 0 && load.idle_count > 0 && arrival_ns() <= now && !is_all_said(now))
        go_on(load.idle[--load.idle_count], now);
    int64_t until = load.owners_end ? now + 1000000000 : now < load.end_ns ? load.end_ns : load.end_ns + PATIENCE_NS;
    if (load.rate > 0 && load.idle_count > 0 && !is_all_said(now) && arrival_ns() < until)
        until = arrival_ns();
    return until > now ? until - now : 0;
}

static bool is_over(int64_t now, int64_t last_ns)
{
    if (load.alive == 0 || load.errors >= ERRORS_MAX)
        return true;
    if (load.owners_end)
        return load.waiting == 0 || now > last_ns + PATIENCE_NS;
    return (now >= load.end_ns && is_all_said(now) && load.waiting == 0) || now > load.end_ns + PATIENCE_NS;
}

static void run(void)
{
    struct epoll_event events[256];
    int64_t last_ns = now_ns();
    load.arrivals = load.turns = load.messages = load.idle_count = load.sample_count = 0;
    load.start_ns = last_ns;
    load.counted_ns = load.start_ns + (int64_t)(load.warm_s * 1e9);
    load.end_ns = load.counted_ns + (int64_t)(load.seconds * 1e9);
    for (int i = 0; i < load.connections; i++)
        go_on(&load.slots[i], load.start_ns);
    for (int64_t now = last_ns; !is_over(now, last_ns); now = now_ns()) {
        int64_t wait = send_due(now);
        struct timespec timeout = {wait / 1000000000, wait % 1000000000};
        if (wait > 0 && wait <= LOOK_NS) { /* paced */
            clock_nanosleep(CLOCK_MONOTONIC, 0, &timeout, NULL);
            timeout = (struct timespec){0, 0};
        }
        int count = epoll_pwait2(load.epoll, events, COUNT(events), &timeout, NULL);
        if (count < 0 && errno != EINTR)
            die("epoll_pwait2");
        for (int i = 0; i < count; i++)
            on_readable(events[i].data.ptr);
        if (count > 0)
            last_ns = now_ns();
    }
    if (load.owners_end)
        load.end_ns = last_ns;
    if (load.waiting > 0)
        fprintf(stderr, "load: %zu answers never came\n", load.waiting);
    load.errors += load.waiting;
    if (load.rate > 0 && load.errors == 0 && !is_all_said(load.end_ns)) {
        fprintf(stderr, "load: what was due could not be said: %.0f turns a second are too many\n", load.rate);
        load.errors++;
    }
}

/* Reads "what is said TAB words of the answer" lines into the steps. */
static void read_script(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t len = file ? fread(load.script, 1, sizeof(load.script), file) : 0;
    struct slice rest = {load.script, len}, line;
    if (!file || len == 0 || len == sizeof(load.script))
        die(path);
    fclose(file);
    while (slice_cut(&rest, '\n', &line)) {
        struct step *step = &load.steps[load.step_count];
        struct buf form;
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        buf_init(&form, sizeof(step->form) - 1);
        slice_cut(&line, '\t', &step->say);
        step->expect = line;
        form_encode(step->say, &form);
        if (form.error || step->expect.len == 0 || ++load.step_count == STEPS_MAX)
            die("a line of the script is too long, has no tab, or is one too many");
        memcpy(step->form, buf_text(&form), form.len + 1);
        buf_release(&form);
    }
}

/* The load shares the machine with what it loads. An answer that wakes it must not push the server off its CPU, which
 * no load from elsewhere would do: what it says a little later is its own time, and is counted. */
static void let_servers_go_first(void)
{
    static const struct sched_param none;
    if (sched_setscheduler(0, SCHED_BATCH, &none) != 0)
        die("SCHED_BATCH");
}

static void read_options(int argc, char **argv)
{
    static const char *const modes[] = {"talk", "echo", "ack"};
    uint64_t owners = 0;
    load.owner = 1;
    for (int option; (option = getopt(argc, argv, "p:t:c:d:n:w:r:f:m:is:u:k:")) != -1;) {
        switch (option) {
        case 'p':
            load.port = (int)strtol(optarg, NULL, 10);
            break;
        case 't':
            load.target = optarg;
            break;
        case 'c':
            load.connections = (int)strtol(optarg, NULL, 10);
            break;
        case 'd':
            load.seconds = strtod(optarg, NULL);
            break;
        case 'n':
            owners = strtoull(optarg, NULL, 10);
            break;
        case 'w':
            load.warm_s = strtod(optarg, NULL);
            break;
        case 'r':
            load.rate = strtod(optarg, NULL);
            break;
        case 'f':
            load.owner = strtoull(optarg, NULL, 10);
            break;
        case 'i':
            load.in_slices = true;
            break;
        case 's':
            read_script(optarg);
            break;
        case 'u':
            load.public_url = optarg;
            break;
        case 'k':
            load.token = optarg;
            break;
        case 'm':
            for (size_t i = 0; i < COUNT(modes); i++)
                if (strcmp(optarg, modes[i]) == 0)
                    load.mode = (enum mode)i;
            break;
        default:
            exit(2);
        }
    }
    load.owners_end = owners ? load.owner + owners : 0;
    errno = EINVAL;
    if (load.port <= 0 || load.step_count == 0 || load.connections < 1 || load.connections > CONNECTIONS_MAX ||
        load.owner == 0)
        die("options");
}

static int by_size(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static double quantile_ms(double part)
{
    size_t at = (size_t)(part * (double)load.sample_count);
    if (load.sample_count == 0)
        return 0;
    return load.samples_us[at < load.sample_count ? at : load.sample_count - 1] / 1000.0;
}

static void print_results(void)
{
    double seconds = (double)(load.end_ns - load.counted_ns) / 1e9;
    qsort(load.samples_us, load.sample_count, sizeof(*load.samples_us), by_size);
    printf("{\"turns\":%llu,\"seconds\":%.3f,\"turns_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,"
           "\"errors\":%llu,\"messages\":%llu,\"conversations\":%llu",
           (unsigned long long)load.turns, seconds, (double)load.turns / seconds, quantile_ms(0.5), quantile_ms(0.99),
           quantile_ms(1), (unsigned long long)load.errors, (unsigned long long)load.messages,
           (unsigned long long)load.conversations);
    for (size_t i = 0; load.in_slices && load.rate > 0 && i < load.sample_count; i++)
        printf("%s%u", i ? "," : ",\"us\":[", (unsigned)load.samples_us[i]);
    printf("%s}\n", load.in_slices && load.rate > 0 && load.sample_count ? "]" : "");
    fflush(stdout);
}

static void run_slices(void)
{
    char line[128];
    while (load.errors == 0 && fgets(line, sizeof(line), stdin)) {
        if (sscanf(line, "%lf %lf %lf", &load.warm_s, &load.seconds, &load.rate) != 3)
            die(line);
        run();
        print_results();
    }
}

int main(int argc, char **argv)
{
    static char digest[] = "SHA1";
    const OSSL_PARAM params[] = {{"digest", OSSL_PARAM_UTF8_STRING, digest, 4, 0}, {NULL, 0, NULL, 0, 0}};
    read_options(argc, argv);
    let_servers_go_first();
    load.mac = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
    load.slots = mem_alloc((size_t)load.connections * sizeof(*load.slots));
    load.samples_us = mem_alloc(SAMPLES_MAX * sizeof(*load.samples_us));
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!load.slots || !load.samples_us || load.epoll < 0 ||
        !EVP_MAC_init(load.mac, (const unsigned char *)load.token, strlen(load.token), params))
        die("start");
    for (int i = 0; i < load.connections; i++)
        connect_slot(&load.slots[i]);
    if (load.in_slices) {
        run_slices();
    } else {
        run();
        print_results();
    }
    return load.errors ? 1 : 0;
}
