#include "gateway/turn_queue.h"

bool turn_queue_join(struct turn_queue *queue, struct turn_place *place, struct slice contact)
{
    struct turn_place **bucket = &queue->lines[slice_hash(contact) % TURN_LINES], *first = *bucket;
    *place = (struct turn_place){.contact = contact, .last = place};
    while (first && !slice_eq(first->contact, contact))
        first = first->next;
    if (first) {
        first->last->behind = place;
        first->last = place;
        return false;
    }
    place->next = *bucket;
    *bucket = place;
    return true;
}

struct turn_place *turn_queue_leave(struct turn_queue *queue, struct turn_place *place)
{
    struct turn_place **at = &queue->lines[slice_hash(place->contact) % TURN_LINES];
    struct turn_place *behind = place->behind;
    while (*at != place)
        at = &(*at)->next;
    if (behind) {
        behind->last = place->last;
        behind->next = place->next;
        *at = behind;
    } else {
        *at = place->next;
    }
    return behind;
}
