#include "gateway/commands.h"

#include <string.h>

const struct command *const commands[] = {
    &command_serve,
    &command_check,
    &command_chat,
    &command_text_segments,
    &command_parse,
    &command_classify,
    &command_dataset_build,
    &command_dataset_diff,
    &command_dataset_dump,
    &command_flow_check,
    &command_flow_draw,
    &command_flow_test,
    &command_flow_texts,
    &command_model_list,
    &command_model_show,
    &command_model_evaluate,
    &command_model_compare,
    &command_model_promote,
    &command_model_rollback,
    &command_model_challenge,
    &command_model_unchallenge,
    &command_model_reference,
    &command_model_drift,
    &command_model_import,
    &command_outbox_list,
    &command_outbox_resolve,
    &command_recommend,
    &command_replay,
    &command_train,
    &command_user_add,
    &command_user_change,
    &command_user_list,
    &command_user_revoke,
    &command_user_token,
    &command_user_tokens,
    &command_user_revoke_token,
    &command_request_add,
    &command_request_list,
    &command_request_done,
    &command_ticket_list,
    &command_ticket_show,
    &command_ticket_take,
    &command_ticket_answer,
    &command_ticket_close,
    &command_training_list,
    &command_training_show,
    &command_training_create,
    &command_training_change,
    &command_training_cancel,
    &command_training_invite,
    &command_training_people,
    &command_training_attend,
    &command_audit,
    &command_audience_count,
    &command_audience_rebuild,
    &command_broadcast_preview,
    &command_broadcast_create,
    &command_broadcast_confirm,
    &command_broadcast_change,
    &command_broadcast_list,
    &command_broadcast_show,
    &command_broadcast_recipients,
    &command_broadcast_test,
    &command_broadcast_undo,
    &command_broadcast_pause,
    &command_broadcast_resume,
    &command_broadcast_cancel,
    &command_contact_list,
    &command_contact_show,
    &command_contact_export,
    &command_contact_import,
    &command_contact_correct,
    &command_contact_media,
    &command_contact_merge,
    &command_contact_erase,
    &command_consent_log,
    &command_catalogue_check,
    &command_catalogue_diff,
    &command_catalogue_export,
    &command_catalogue_import,
    &command_catalogue_restore,
    &command_catalogue_list,
    &command_catalogue_show,
    &command_catalogue_remove,
    &command_catalogue_versions,
    &command_segment_list,
    &command_segment_save,
    &command_segment_delete,
    &command_channel_list,
    &command_channel_test,
    &command_webhook_list,
    &command_webhook_create,
    &command_webhook_show,
    &command_webhook_change,
    &command_webhook_delete,
    &command_webhook_rotate,
    &command_webhook_test,
    &command_webhook_deliveries,
    &command_webhook_replay,
    &command_completion,
    &command_version,
    NULL,
};

int commands_find(int argc, char **argv, const struct command **out)
{
    for (size_t i = 0; commands[i]; i++) {
        struct slice rest = slice_of(commands[i]->name), word;
        int used = 0;
        bool same = true;
        while (same && slice_cut(&rest, ' ', &word)) {
            same = used < argc && slice_is(word, argv[used]);
            used++;
        }
        if (same) {
            *out = commands[i];
            return used;
        }
    }
    return 0;
}

const char *commands_within(const struct command *command, const char *group)
{
    size_t len = strlen(group);
    return strncmp(command->name, group, len) == 0 && command->name[len] == ' ' ? command->name + len + 1 : NULL;
}

bool commands_is_group(const char *word)
{
    for (size_t i = 0; commands[i]; i++)
        if (commands_within(commands[i], word))
            return true;
    return false;
}
