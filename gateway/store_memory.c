/* The store in memory, for one terminal or one test: a list of contacts and a ring of message ids. */
#include "gateway/store.h"

#include <string.h>

#include "base/mem.h"

struct contact {
    struct contact *next;
    char *name, *state, *session, *ussd_text; /* owned; NUL-terminated copies */
    size_t state_len;
    uint64_t version;
};

struct seen {
    char *id, *reply, *who; /* owned; NULL id: free */
};

struct store_memory {
    struct store head;
    struct contact *contacts;
    struct seen seen[STORE_MEMORY_SEEN];
    size_t next_seen;
};

static struct contact *find_contact(struct store_memory *self, struct slice name)
{
    for (struct contact *c = self->contacts; c; c = c->next)
        if (slice_is(name, c->name))
            return c;
    return NULL;
}

static const struct seen *find_seen(const struct store_memory *self, struct slice id)
{
    for (size_t i = 0; i < STORE_MEMORY_SEEN; i++)
        if (self->seen[i].id && slice_is(id, self->seen[i].id))
            return &self->seen[i];
    return NULL;
}

static void describe(struct store_memory *self, struct slice name, struct slice message_id, struct stored *out)
{
    const struct seen *seen = find_seen(self, message_id);
    const struct contact *contact = find_contact(self, name);
    *out = (struct stored){0};
    if (seen) {
        out->repeated = true;
        out->reply = slice_of(seen->reply);
    } else if (contact) {
        out->version = contact->version;
        out->state = (struct slice){contact->state, contact->state_len};
        out->session = slice_of(contact->session);
        out->ussd_text = slice_of(contact->ussd_text);
    }
}

static enum error load(struct store *store, struct slice contact, struct slice message_id, store_loaded *done,
                       void *ctx)
{
    struct stored stored;
    describe((struct store_memory *)store, contact, message_id, &stored);
    done(ctx, OK, &stored);
    return OK;
}

static void free_contact(struct contact *c)
{
    mem_free(c->name);
    mem_free(c->state);
    mem_free(c->session);
    mem_free(c->ussd_text);
    mem_free(c);
}

static struct contact *new_contact(const struct commit *c)
{
    struct contact *made = mem_alloc(sizeof(*made));
    if (!made)
        return NULL;
    *made = (struct contact){
        .name = mem_copy(c->contact.ptr, c->contact.len),
        .state = mem_copy(c->state.ptr, c->state.len),
        .session = mem_copy(c->session.ptr, c->session.len),
        .ussd_text = mem_copy(c->ussd_text.ptr, c->ussd_text.len),
        .state_len = c->state.len,
        .version = c->expected + 1,
    };
    if (made->name && made->state && made->session && made->ussd_text)
        return made;
    free_contact(made);
    return NULL;
}

static void free_seen(struct seen *seen)
{
    mem_free(seen->id);
    mem_free(seen->reply);
    mem_free(seen->who);
}

/* Empties what was answered to a contact; that it was answered stays known. */
static void drop_replies(struct store_memory *self, struct slice who)
{
    for (size_t i = 0; i < STORE_MEMORY_SEEN; i++)
        if (self->seen[i].id && slice_is(who, self->seen[i].who))
            memset(self->seen[i].reply, 0, strlen(self->seen[i].reply));
}

static void drop_contact(struct store_memory *self, struct slice name)
{
    for (struct contact **at = &self->contacts; *at; at = &(*at)->next) {
        if (slice_is(name, (*at)->name)) {
            struct contact *gone = *at;
            *at = gone->next;
            free_contact(gone);
            return;
        }
    }
}

/* Makes all that the commit needs before anything changes, so that a lack of memory changes nothing. */
static enum error commit(struct store *store, const struct commit *c, store_committed *done, void *ctx)
{
    struct store_memory *self = (struct store_memory *)store;
    struct stored held;
    describe(self, c->contact, c->message_id, &held);
    if (held.repeated || held.version != c->expected) {
        done(ctx, ERR_CONFLICT, &held);
        return OK;
    }
    struct seen seen = {mem_copy(c->message_id.ptr, c->message_id.len), mem_copy(c->reply.ptr, c->reply.len),
                        mem_copy(c->contact.ptr, c->contact.len)};
    struct contact *made = new_contact(c);
    if (!seen.id || !seen.reply || !seen.who || !made) {
        free_seen(&seen);
        if (made)
            free_contact(made);
        return ERR_NOMEM;
    }
    drop_contact(self, c->contact);
    if (c->erase) {
        free_contact(made);
        drop_replies(self, c->contact);
    } else {
        made->next = self->contacts;
        self->contacts = made;
    }
    struct seen *slot = &self->seen[self->next_seen++ % STORE_MEMORY_SEEN];
    free_seen(slot);
    *slot = seen;
    done(ctx, OK, NULL);
    return OK;
}

static void close_store(struct store *store)
{
    struct store_memory *self = (struct store_memory *)store;
    while (self->contacts) {
        struct contact *next = self->contacts->next;
        free_contact(self->contacts);
        self->contacts = next;
    }
    for (size_t i = 0; i < STORE_MEMORY_SEEN; i++)
        free_seen(&self->seen[i]);
    mem_free(self);
}

struct store *store_memory_new(void)
{
    static const struct store_methods methods = {.load = load, .commit = commit, .close = close_store};
    struct store_memory *self = mem_alloc(sizeof(*self));
    if (!self)
        return NULL;
    self->head.methods = &methods;
    return &self->head;
}
