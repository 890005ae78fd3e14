// SPDX-License-Identifier: Apache-2.0
// Numbers in a path: which texts are some, and that the quick way to read one says what the careful
// one does.
#include "std/http/framework/bind/bind.h"
#include "std/http/framework/value/value.h"
#include "tests/support/harness.h"

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}

TEST(bind__path_parameter_that_is_no_u64__400_names_it) {
    static const char* const wrong[] = {"18446744073709551616",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1e3",
                                        "0x10",
                                        "00",
                                        "01",
                                        "",
                                        "-0",
                                        "1.0",
                                        "1_000",
                                        "\xEF\xBC\x91",
                                        "99999999999999999999999"};
    static const tmlrt_meta_type u64 = SCALAR(U64, 8);
    static const tmlrt_meta_slot id = {
        .name = "id", .key = "id", .type = &u64, .where = TMLRT_WHERE_PATH};
    static const tmlrt_meta_route route = {.params = {&id, 1, sizeof id}};
    static const trt_query none;
    static const uint8_t first = 0;
    trt_arena arena = {0};
    for (size_t i = 0; i <= sizeof wrong / sizeof wrong[0]; i++) {
        bool good = i == sizeof wrong / sizeof wrong[0];
        const char* text = good ? "18446744073709551615" : wrong[i];
        trt_path_param param = {{"id", 2}, {text, strlen(text)}};
        tmlrt_request request = {.arena = &arena, .params = &param, .num_params = 1};
        trt_bind_input input = {&request, &none, &first, NULL, NULL};
        trt_bind_errors errors;
        uint64_t place = 0;
        tmlrt_status status = trt_bind_args(&route, (char*)&place, &input, &errors);
        EXPECT_EQ(status, good ? TMLRT_OK : TMLRT_E_BIND);
        if (!good) {
            EXPECT(errors.status == 400 && errors.num == 1);
            EXPECT_STR(errors.items[0].name, "id");
            EXPECT_STR(errors.items[0].where, "path");
            EXPECT_STR(errors.items[0].detail,
                       "must be a whole number from 0 to 18446744073709551615");
        }
    }
    trt_arena_fini(&arena);
}

static const char* const s_numbers[] = {"",
                                        "0",
                                        "00",
                                        "01",
                                        "1",
                                        "9",
                                        "-",
                                        "-0",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1a",
                                        "a",
                                        "/",
                                        ":",
                                        "1:",
                                        "127",
                                        "128",
                                        "-128",
                                        "-129",
                                        "255",
                                        "256",
                                        "32767",
                                        "32768",
                                        "65535",
                                        "65536",
                                        "2147483647",
                                        "2147483648",
                                        "4294967295",
                                        "4294967296",
                                        "99999999999999999",
                                        "999999999999999999",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "000000000000000000",
                                        "100000000000000000000",
                                        "1.0",
                                        "1e2",
                                        "true"};

TEST(value_parse_plain__numbers_of_every_kind__what_value_parse_says_or_nothing) {
    static const tmlrt_meta_type kinds[] = {SCALAR(I8, 1),   SCALAR(I16, 2), SCALAR(I32, 4),
                                            SCALAR(I64, 8),  SCALAR(U8, 1),  SCALAR(U16, 2),
                                            SCALAR(U32, 4),  SCALAR(U64, 8), SCALAR(F32, 4),
                                            SCALAR(BOOL, 1), SCALAR(CHAR, 4)};
    int num_plain = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (size_t i = 0; i < sizeof s_numbers / sizeof s_numbers[0]; i++) {
            uint64_t plain = UINT64_MAX, careful = UINT64_MAX;
            tmlrt_slice text = {s_numbers[i], strlen(s_numbers[i])};
            if (!trt_value_parse_plain(&kinds[k], &plain, text)) {
                EXPECT_EQ(plain, UINT64_MAX);
                continue;
            }
            EXPECT_EQ(trt_value_parse(&kinds[k], &careful, text, NULL, NULL), TMLRT_OK);
            EXPECT_EQ(plain, careful);
            num_plain++;
        }
    }
    EXPECT_EQ(num_plain, 88);
}
