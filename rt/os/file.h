// SPDX-License-Identifier: Apache-2.0
// Files and directories. Every function blocks: for the blocking pool. Paths are bytes, relative
// ones start at the process's directory.
#ifndef TRT_OS_FILE_H
#define TRT_OS_FILE_H

#include <tmlrt/file.h>

#include "rt/os/poller.h"

#define TRT_FILE_CURSOR UINT64_MAX ///< as offset: at the file's own position, which moves on

/// trt_file_open opens with TMLRT_FILE_*; `mode`: permissions of a file that is made, under the
/// process's mask. Close-on-exec.
/// Errors:  INVAL - flags that contradict each other (neither reading nor writing; CREATE,
///          TRUNCATE without writing). NOTFOUND, EXISTS, PERM, ISDIR, NOTDIR, LOOP, NOTREG,
///          READONLY, NAMELEN, NOSPACE, MFILE, NOMEM, OS.
tmlrt_status trt_file_open(trt_handle* out, const char* path, uint32_t flags, uint32_t mode);
/// trt_file_close closes; errors of earlier writes are told by trt_file_sync only.
void trt_file_close(trt_handle handle);
/// trt_file_read reads until `cap` bytes or the end of the file; *out_len is set also on failure.
/// Errors:  ISDIR, INVAL, OVERFLOW, OS.
tmlrt_status trt_file_read(trt_handle handle, void* out, size_t cap, uint64_t offset,
                           size_t* out_len);
/// trt_file_write writes everything; *out_len is set also on failure.
/// Errors:  NOSPACE, OVERFLOW - the file may not grow so far. PIPE, INVAL, PERM, OS.
tmlrt_status trt_file_write(trt_handle handle, const void* data, size_t len, uint64_t offset,
                            size_t* out_len);
/// trt_file_seek moves the position; whence 0: from the start, 1: from here, 2: from the end.
/// Errors:  INVAL - before the start, or another whence. UNSUPPORTED - not a file with positions.
tmlrt_status trt_file_seek(trt_handle handle, int64_t offset, int32_t whence, uint64_t* out);
/// trt_file_sync waits until the data (`all`: and what is known about the file) is on the device.
/// Errors:  NOSPACE, OS - also of writes before.
tmlrt_status trt_file_sync(trt_handle handle, bool all);
/// trt_file_resize cuts or fills up with zeros.   Errors: INVAL, NOSPACE, OVERFLOW, PERM, OS.
tmlrt_status trt_file_resize(trt_handle handle, uint64_t len);
/// trt_file_stat tells about an open file.   Errors: OVERFLOW, OS.
tmlrt_status trt_file_stat(trt_handle handle, tmlrt_file_info* out);

/// trt_path_stat tells about a path; `follow`: about what a symbolic link leads to.
/// Errors:  NOTFOUND, NOTDIR, PERM, LOOP, NAMELEN, OS.
tmlrt_status trt_path_stat(const char* path, bool follow, tmlrt_file_info* out);
/// trt_path_rename renames, replacing what has the new name.
/// Errors:  NOTFOUND, PERM, XDEV, ISDIR, NOTDIR, NOTEMPTY, READONLY, NOSPACE, OS.
tmlrt_status trt_path_rename(const char* from, const char* to);
/// trt_path_remove removes a file or link, or with `directory` an empty directory.
/// Errors:  NOTFOUND, PERM, ISDIR, NOTDIR, NOTEMPTY, READONLY, OS.
tmlrt_status trt_path_remove(const char* path, bool directory);
/// trt_path_make_dir makes a directory.   Errors: EXISTS, NOTFOUND, NOTDIR, PERM, NOSPACE, OS.
tmlrt_status trt_path_make_dir(const char* path, uint32_t mode);
/// trt_path_list calls fn(arg, name, kind) for every entry but "." and "..", until it answers
/// another status than 0, which is returned. Kind OTHER: the system did not tell.
/// Errors:  NOTFOUND, NOTDIR, PERM, MFILE, NOMEM, OS.
tmlrt_status trt_path_list(const char* path,
                           tmlrt_status (*fn)(void* arg, const char* name, int32_t kind),
                           void* arg);

#endif
