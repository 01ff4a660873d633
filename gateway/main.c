/* chaski: picks the command and runs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "gateway/cli.h"

static const struct command *const commands[] = {
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
    &command_broadcast_preview,
    &command_audience_count,
    &command_audience_rebuild,
    &command_contact_list,
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
    &command_contact_show,
    &command_contact_export,
    &command_contact_import,
    &command_contact_correct,
    &command_contact_merge,
    &command_contact_erase,
    &command_consent_log,
    &command_catalogue_check,
    &command_catalogue_diff,
    &command_catalogue_export,
    &command_catalogue_import,
    &command_catalogue_restore,
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
    &command_version,
    NULL,
};

static void print_help(FILE *out)
{
    fprintf(out, "usage: chaski COMMAND [options]\n\n");
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "  %-14s %s\n", commands[i]->name, commands[i]->sentence);
    fprintf(out, "\n`chaski COMMAND --help` tells more of one.\n");
}

/* Finds the command that the words begin with. Returns the number of words its name takes, 0 when there is none. */
static int find_command(int argc, char **argv, const struct command **out)
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

/* Finds a command of several words that begins with this one. */
static const char *begun_by(const char *word)
{
    for (size_t i = 0; commands[i]; i++) {
        size_t len = strlen(word);
        if (strncmp(commands[i]->name, word, len) == 0 && commands[i]->name[len] == ' ')
            return commands[i]->name;
    }
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *known[64] = {NULL};
    for (size_t i = 0; commands[i] && i < 63; i++)
        known[i] = commands[i]->name;
    const char *near = begun_by(word);
    if (!near)
        near = suggest(slice_of(word), known);
    fprintf(stderr, "chaski: there is no command \"%s\"", word);
    if (near)
        fprintf(stderr, "; did you mean \"%s\"?\n", near);
    else
        fprintf(stderr, "; `chaski --help` lists them\n");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const struct command *command = NULL;
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_GOOD;
    }
    int used = find_command(argc - 1, argv + 1, &command);
    if (!used)
        return unknown_command(argv[1]);
    return command->run(command, argc - 1 - used, argv + 1 + used);
}
