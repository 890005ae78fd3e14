// SPDX-License-Identifier: Apache-2.0
// Images: which linked images of this process carry metadata.
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_IMAGE_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_IMAGE_H

#include <tmlrt/abi/functions.h>

/// trt_image_first returns the newest registered image (the list goes on in `next`), NULL when the
/// program has no metadata.   Thread: any, after the constructors ran.
const tmlrt_image* trt_image_first(void);

#endif
