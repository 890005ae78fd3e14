// SPDX-License-Identifier: Apache-2.0
// Golden files: the expected text lies beside the test, in golden/NAME.txt.
// TMLRT_GOLDEN_UPDATE=1 in the environment writes the files instead of comparing.
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include <stddef.h>

/// test_golden compares `text` with golden/<name>.txt in the folder of `test_file` (__FILE__).
void test_golden(const char* test_file, int line, const char* name, const char* text, size_t len);

#define EXPECT_GOLDEN(name, text, len) test_golden(__FILE__, __LINE__, name, text, len)

#endif
