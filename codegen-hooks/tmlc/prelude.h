// SPDX-License-Identifier: Apache-2.0
// The prelude's text (prelude/*.tml, rt/tml/*.tml, std/http/tml/*.tml), put into the program by the
// build.
#ifndef TMLC_PRELUDE_H
#define TMLC_PRELUDE_H

extern const char tmlc_prelude_text[];
extern const unsigned tmlc_prelude_len;

#endif
