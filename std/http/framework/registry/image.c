// SPDX-License-Identifier: Apache-2.0
// The list of images with metadata, and the identity of this copy of the runtime.
//
// tmlrt_image_register is called by a constructor in every linked image, before main and so before
// anything of the runtime is initialised: it links the image's own struct and does nothing else (no
// allocation, no output; what is wrong with an image is reported when the registry reads it). A
// library opened later may register from any thread, hence the atomic push.
//
// `next` belongs to the runtime. Registering twice is ignored: the constructor is in a comdat, but
// an embedder may link one into an image that already has it.
#include "std/http/framework/registry/image.h"

#include "rt/base/atomic.h"

const uint32_t tmlrt_abi_v1 = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR;

static trt_atomic_ptr s_images; ///< tmlrt_image*, newest first

const tmlrt_image* trt_image_first(void) {
    return trt_atomic_load(&s_images, TRT_ACQUIRE_ORDER); // pairs with the push
}

void tmlrt_image_register(tmlrt_image* image) {
    if (image == NULL) {
        return;
    }
    void* first = trt_atomic_load(&s_images, TRT_ACQUIRE_ORDER);
    do {
        for (const tmlrt_image* other = first; other != NULL; other = other->next) {
            if (other == image) {
                return;
            }
        }
        image->next = first;
    } while (!trt_atomic_cas_weak(&s_images, &first, image, TRT_RELEASE_ORDER, TRT_ACQUIRE_ORDER));
}
