#include <stdio.h>

int answer(void);
int answer(void) {
    puts("the answer is 42");
    return 0;
}
