#include "gateway/erasure.h"

enum error erasure_commit(const struct stored *stored, struct slice contact, struct slice message_id,
                          struct slice words, int64_t now_ms, const struct webhook_wants *wants, struct arena *arena,
                          struct commit *out)
{
    *out = (struct commit){.contact = contact,
                           .held = arena_copy(arena, stored->held),
                           .who = arena_copy(arena, stored->who),
                           .channel = SLICE("api"),
                           .message_id = message_id,
                           .expected = stored->version,
                           .born_ms = stored->born_ms,
                           .state = arena_copy(arena, stored->state),
                           .journal = SLICE("{}"),
                           .now_ms = now_ms,
                           .erase = true,
                           .consents = {{SLICE("borrado"), SLICE("yes"), words, message_id, SLICE_NONE}},
                           .consent_count = 1};
    if (!out->held.ptr || !out->who.ptr || !out->state.ptr)
        return ERR_NOMEM;
    return webhook_tell_erased(wants, arena, out);
}
