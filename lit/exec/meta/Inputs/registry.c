// Stands in for the runtime: keeps every image that registers.
#include <tmlrt/abi/functions.h>

const uint32_t tmlrt_abi_v1 = 1;
TMLRT_EXPORT tmlrt_image* first_image;

void tmlrt_image_register(tmlrt_image* image) {
    image->next = first_image;
    first_image = image;
}
