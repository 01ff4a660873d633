/* chaski flow draw: a flow as a graph on standard output. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dialog/draw.h"
#include "gateway/cli.h"
#include "gateway/flow_file.h"

static const char more_help[] =
    "\n"
    "Writes the flow as Graphviz dot to standard output, or with --svg as an SVG that the `dot` program makes of it.\n"
    "Blue boxes ask, yellow notes say, grey ones decide, violet ones ask the engine, red ones end; green arrows are "
    "where\n"
    "conversations come in. A dashed edge is taken after wrong answers alone, a dotted one by time; one between the "
    "conversation\n"
    "and its commands ends at the name of where it leads.\n";

extern char **environ;

/* Hands the graph to `dot`, whose output is ours. Returns an exit code. */
static int write_svg(struct slice graph)
{
    char name[] = "dot", format[] = "-Tsvg";
    char *const words[] = {name, format, NULL};
    int ends[2], status = 0;
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe(ends))
        return EXIT_TEMPORARY;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    int error = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    if (error) {
        close(ends[1]);
        fprintf(stderr,
                "chaski flow draw: the program `dot` cannot be run (%s): install graphviz, or leave --svg out and draw "
                "the graph elsewhere\n",
                strerror(error));
        return EXIT_SERVICE;
    }
    for (size_t sent = 0; sent < graph.len;) {
        ssize_t count = write(ends[1], graph.ptr + sent, graph.len - sent);
        if (count < 0 && errno != EINTR)
            break;
        sent += count > 0 ? (size_t)count : 0;
    }
    close(ends[1]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return EXIT_GOOD;
    fprintf(stderr, "chaski flow draw: `dot` could not draw the graph: see its message above\n");
    return EXIT_SERVICE;
}

static int draw(const char *path, const char *languages, bool svg)
{
    struct flow_file file;
    struct buf graph;
    int code = EXIT_GOOD;
    enum error error = flow_file_load(&file, path, languages, NULL, NULL);
    buf_init(&graph, DRAW_BYTES);
    if (!error && file.good) {
        draw_flow(file.flows->items[0], &graph);
        error = graph.error;
    } else if (!error) {
        faults_print(&file.faults, stderr);
        code = EXIT_DATA;
    }
    if (error) {
        fprintf(stderr, "chaski flow draw: %s cannot be drawn (%s): see that it is a file of at most %d bytes\n", path,
                error_text(error), FLOW_FILE_BYTES);
        code = error == ERR_NOMEM ? EXIT_TEMPORARY : EXIT_DATA;
    }
    if (code == EXIT_GOOD && svg)
        code = write_svg(buf_slice(&graph));
    else if (code == EXIT_GOOD && fwrite(graph.ptr, 1, graph.len, stdout) != graph.len)
        code = EXIT_TEMPORARY;
    buf_release(&graph);
    flow_file_release(&file);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *file[1] = {NULL}, *languages = NULL;
    bool svg = false;
    const struct option_row options[] = {
        {"languages", 0, "KEYS", "languages to switch on, as en,es; texts are in the first", &languages, NULL},
        {"svg", 0, NULL, "draw it, with the program `dot` of graphviz", NULL, &svg},
        {0},
    };
    int code, count = cli_parse(self, options, argc, argv, file, 1, &code);
    if (count < 0) {
        if (code == EXIT_GOOD)
            cli_put_prose(stdout, more_help);
        return code;
    }
    if (count == 0) {
        fprintf(stderr, "chaski flow draw: name a flow file, as in `chaski flow draw config/flows/diagnostico.yaml`\n");
        return EXIT_USAGE;
    }
    return draw(file[0], languages, svg);
}

const struct command command_flow_draw = {"flow draw", "FILE [--svg] [--languages KEYS]",
                                          "draws a flow: questions, messages, ends, and what leads to them", run};
