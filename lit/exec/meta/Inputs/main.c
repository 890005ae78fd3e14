// Prints what registered before main: an image a line, a unit a word (name/classes,routes,...).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tmlrt/abi/functions.h>

extern tmlrt_image* first_image;

static int by_text(const void* a, const void* b) {
    return strcmp(*(char* const*)a, *(char* const*)b);
}

int main(void) {
    char* lines[16];
    int num = 0;
    for (tmlrt_image* image = first_image; image != NULL && num < 16; image = image->next) {
        char* line = lines[num++] = calloc(1, 1024);
        char* words[16];
        int num_words = 0;
        if (image->abi != (TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR) ||
            image->size != sizeof *image) {
            printf("bad image\n");
        }
        for (const tmlrt_meta_unit* const* at = image->start; at != image->stop; at++) {
            if (*at == NULL || (*at)->magic != TMLRT_META_MAGIC ||
                (*at)->runtime != &tmlrt_abi_v1) {
                printf("bad unit\n");
                continue;
            }
            char* word = words[num_words++] = calloc(1, 64);
            int len = snprintf(word, 64, " %s/", (*at)->name);
            for (int k = 0; k < TMLRT_KIND_STAGE; k++) {
                len += snprintf(word + len, 64 - (size_t)len, "%s%u", k == 0 ? "" : ",",
                                (*at)->kind[k].count);
            }
        }
        qsort(words, (size_t)num_words, sizeof *words, by_text);
        for (int i = 0; i < num_words; i++) {
            strcat(line, words[i]);
            free(words[i]);
        }
    }
    qsort(lines, (size_t)num, sizeof *lines, by_text);
    for (int i = 0; i < num; i++) {
        printf("image %d:%s\n", i + 1, lines[i]);
        free(lines[i]);
    }
    return 0;
}
