// SPDX-License-Identifier: Apache-2.0
// A configuration file as a list of entries: `key = value` lines under `[section]` lines.
#ifndef TRT_HTTP_FRAMEWORK_APP_CONFIG_FILE_H
#define TRT_HTTP_FRAMEWORK_APP_CONFIG_FILE_H

#include <tmlrt/abi/status.h>

#include "std/http/framework/registry/text.h"

/// trt_config_entry is one line. All texts are NUL-terminated and live as long as the file.
typedef struct trt_config_entry {
    const char* section; ///< "" before the first section
    const char* key;
    const char* value;
    const char* source; ///< "FILE:LINE"
} trt_config_entry;

/// trt_config_file is all-zero at first.
typedef struct trt_config_file {
    trt_config_entry* entries;
    uint32_t num;
    char* text; ///< the file, with NULs in it
    size_t text_size;
    char* sources;
    size_t sources_size, entries_size;
} trt_config_file;

/// trt_config_file_parse reads the text of a file.
/// Shape:   path: how messages call it. A line is empty, a comment (#, at the start or behind a
///          blank, to the end of the line), `[section]` or `key = value`; blanks around all of them
///          mean nothing.
/// Errors:  INVAL - a line per error in `message`, the entries that are right are there. NOMEM -
///          nothing is.
/// Owns:    text[0..len] of `size` > len bytes moves in, also on failure.
TMLRT_NODISCARD tmlrt_status trt_config_file_parse(trt_config_file* out, const char* path,
                                                   char* owned_text, size_t len, size_t size,
                                                   trt_text* message);
/// trt_config_file_fini frees; all-zero is fine.
void trt_config_file_fini(trt_config_file* file);

enum { TRT_CONFIG_FILE_MAX = 256 * 1024 };
/// trt_config_file_read reads a whole file into memory of *out_size bytes, one more than *out_len.
/// Errors:  those of trt_file_open and trt_file_read; OVERFLOW - over TRT_CONFIG_FILE_MAX; NOMEM.
/// Owns:    *out_text is the caller's (trt_free).   Thread: at start; blocks.
TMLRT_NODISCARD tmlrt_status trt_config_file_read(const char* path, char** out_text,
                                                  size_t* out_len, size_t* out_size);

#endif
