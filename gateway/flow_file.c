#include "gateway/flow_file.h"

#include "base/mem.h"
#include "gateway/cli.h"

enum error flow_file_load(struct flow_file *file, const char *path)
{
    *file = (struct flow_file){.flows = flows_new()};
    faults_init(&file->faults);
    if (!file->flows)
        return ERR_NOMEM;
    enum error error = cli_read_file(path, FLOW_FILE_BYTES, &file->bytes);
    if (error)
        return error == ERR_NOMEM ? error : ERR_IO;
    error = flows_add(file->flows, path, file->bytes, &file->faults);
    if (!error)
        error = flows_finish(file->flows, &file->faults);
    file->good = !error;
    return error == ERR_NOMEM ? error : OK;
}

void flow_file_release(struct flow_file *file)
{
    flows_free(file->flows);
    mem_free((char *)file->bytes.ptr);
    faults_release(&file->faults);
}
