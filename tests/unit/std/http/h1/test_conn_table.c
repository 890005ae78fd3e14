// SPDX-License-Identifier: Apache-2.0
// The table of hostile and valid inputs. Each row runs whole, byte by byte and cut in two at every
// place, at a fixed and at a moving address: same transcript each time. A refused row is written as
// two strings, the second beginning behind the byte that shows the fault: fed byte by byte the
// verdict must come exactly there. Ids below 100 per group are those of the reliability notes, the
// others are from RFC 9110 and 9112.
#include "std/http/h1/conn.h"

#include "rt/base/assert.h"
#include "tests/support/h1_transcript.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct row {
    const char* id;
    const char *shown, *rest; ///< the fault shows with the last byte of `shown`
    size_t shown_len, rest_len;
    uint32_t status;       ///< 0: not refused
    uint32_t num_answered; ///< messages complete before that
    bool closed;           ///< the connection ends after the last answer
} row;

#define BAD(id, shown, rest, status)                                                               \
    {id, shown, rest, sizeof(shown) - 1, sizeof(rest) - 1, status, 0, false}
#define BAD_AFTER(id, num, shown, rest, status)                                                    \
    {id, shown, rest, sizeof(shown) - 1, sizeof(rest) - 1, status, num, false}
#define GOOD(id, text, num) {id, text, "", sizeof(text) - 1, 0, 0, num, false}
#define LAST(id, text, num) {id, text, "", sizeof(text) - 1, 0, 0, num, true}
/// EOF_BAD: refused when the stream ends here.
#define END "\r\n\r\n"
#define G   "GET / HTTP/1.1\r\nHost: a\r\n"
#define P   "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHK P "Transfer-Encoding: chunked\r\n\r\n"

static const row s_rows[] = {
    // Request line.
    BAD("RL01", "GET / HTTP/1.1\n", "Host: a\n\n", 400),
    BAD("RL02", "GET / HTTP/1.1\rH", "ost: a\r\r", 400),
    BAD("RL03", "GET  ", "/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL03b", "GET /  ", "HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL04", "GET\t", "/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL05", "GET /a b", " HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL06", "GET /\r", "\n\r\n", 400),
    BAD("RL07", "GET / h", "ttp/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL10", "GET / HTTP/2.0\r\n", "Host: a\r\n\r\n", 505),
    BAD("RL11", "GET / HTTP/42", "94967297.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL12", "G(", "T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL13", "GET /\0", "x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL16", "GET * HTTP/1.1\r\n", "Host: a\r\n\r\n", 400),
    BAD("RL17", "GET a:80 HTTP/1.1\r\n", "Host: a\r\n\r\n", 400),
    BAD("RL18", "GET foo HTTP/1.1\r\n", "Host: a\r\n\r\n", 400),
    BAD("RL20", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "A / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    BAD("RL100 empty method", " ", "/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    GOOD("RL101 one empty line before", "\r\n" G "\r\n", 1),
    BAD("RL102 two empty lines before", "\r\n\r", "\n" G "\r\n", 400),
    BAD("RL103 LF before", "\n", G "\r\n", 400),
    BAD("RL104 CR CR before", "\r\r", "\n" G "\r\n", 400),
    BAD("RL105 space before the line", " ", G "\r\n", 400),
    BAD("RL106 white space after the version", "GET / HTTP/1.1 ", "\r\nHost: a\r\n\r\n", 400),
    BAD("RL107 HTTP/1.", "GET / HTTP/1.\r", "\nHost: a\r\n\r\n", 400),
    BAD("RL108 HTTP/1,1", "GET / HTTP/1,", "1\r\nHost: a\r\n\r\n", 400),
    BAD("RL109 HTTP/11.1", "GET / HTTP/11", ".1\r\nHost: a\r\n\r\n", 400),
    BAD("RL110 HTTP/1.10", "GET / HTTP/1.10", "\r\nHost: a\r\n\r\n", 400),
    GOOD("RL111 HTTP/1.2 is answered as 1.1", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 1),
    BAD("RL112 HTTP/0.9 in words", "GET / HTTP/0.9\r\n", "Host: a\r\n\r\n", 505),
    BAD("RL113 HTTP/3.0", "GET / HTTP/3.0\r\n", "Host: a\r\n\r\n", 505),
    BAD("RL114 DEL in the target", "GET /\x7f", " HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL115 0xFF in the target", "GET /\xff", " HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL116 fragment", "GET /a#", "b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL117 backslash", "GET /a\\", "b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL118 quote", "GET /a\"", " HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL119 CR in the target", "GET /\r", "X HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    BAD("RL120 LF in the target", "GET /\n", "X HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    GOOD("RL121 absolute form", "GET http://b:8080/x?y HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    GOOD("RL122 absolute form without a path", "GET HTTP://b?y HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    GOOD("RL123 OPTIONS of a server", "OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    GOOD("RL124 OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    BAD("RL125 OPTIONS **", "OPTIONS ** HTTP/1.1\r\n", "Host: a\r\n\r\n", 400),
    BAD("RL126 absolute form, no host", "GET http:///x HTTP/1.1\r\n", "Host: a\r\n\r\n", 400),
    BAD("RL127 absolute form, user", "GET http://u@b/ HTTP/1.1\r\n", "Host: a\r\n\r\n", 400),
    BAD("RL128 absolute form, port", "GET http://b:99999/ HTTP/1.1\r\n", "Host: a\r\n\r\n", 400),
    BAD("RL129 https without TLS", "GET https://b/ HTTP/1.1\r\n", "Host: a\r\n\r\n", 421),
    BAD("RL130 ftp", "GET ftp://b/ HTTP/1.1\r\n", "Host: a\r\n\r\n", 400),
    GOOD("RL131 unknown method", "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    GOOD("RL132 methods are case-sensitive", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    GOOD("RL133 a method of 64 bytes",
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n"
         "Host: a\r\n\r\n",
         1),
    BAD("RL134 lower-case connect is no CONNECT", "connect a:80 HTTP/1.1\r\n", "Host: a\r\n\r\n",
        400),
    GOOD("RL135 // is the router's to judge", "GET //x HTTP/1.1\r\nHost: a\r\n\r\n", 1),
    GOOD("RL136 every target byte",
         "GET /!$%&'()*+,-.:;=?@[]^_`{|}~/?? HTTP/1.1\r\nHost: a\r\n\r\n", 1),

    // Header fields.
    BAD("HD01", G "X: y\n", "\r\n", 400),
    BAD("HD02", G "X: a\rb", "\r\n\r\n", 400),
    BAD("HD03", G "X: a\0", "b\r\n\r\n", 400),
    BAD("HD04", G "X: a\x01", "b\r\n\r\n", 400),
    BAD("HD05", G "X ", ": y\r\n\r\n", 400),
    BAD("HD06", "GET / HTTP/1.1\r\n ", "Host: a\r\n\r\n", 400),
    BAD("HD07", G "X: y\r\n ", "z\r\n\r\n", 400),
    BAD("HD08", G ":", " y\r\n\r\n", 400),
    BAD("HD09", G "Xy\r", "\n\r\n", 400),
    BAD("HD10", G "X\xef", ": y\r\n\r\n", 400),
    BAD("HD11", G "X(", "y): z\r\n\r\n", 400),
    LAST("HD15", G "Connection: close\r\n\r\n" G "\r\n", 1),
    BAD("HD16", G "Expect: 200-ok\r\n", "\r\n", 417),
    BAD("HD100 fold with a tab", G "X: y\r\n\t", "z\r\n\r\n", 400),
    BAD("HD101 tab before the colon", G "X\t", ": y\r\n\r\n", 400),
    GOOD("HD102 empty value", G "X:\r\nY: \t \r\n\r\n", 1),
    GOOD("HD103 obs-text and tabs inside", G "X: \xc3\xbc\t\xff\r\n\r\n", 1),
    BAD("HD104 DEL in a value", G "X: a\x7f", "\r\n\r\n", 400),
    BAD("HD105 CR CR LF", G "X: a\r\r", "\n\r\n", 400),
    BAD("HD106 LF as the empty line", G "\n", "", 400),
    BAD("HD107 CR without LF at the end", G "\rX", "", 400),
    BAD("HD108 form feed in a value", G "X: a\f", "b\r\n\r\n", 400),
    BAD("HD109 NUL in a name", G "X\0", ": y\r\n\r\n", 400),
    BAD("HD110 a request line among the fields", G "GET ", "/ HTTP/1.1\r\n\r\n", 400),
    GOOD("HD111 white space around a value is not part of it", G "X: \t a b \t \r\n\r\n", 1),
    BAD("HD112 Expect with a list", G "Expect: 100-continue, x\r\n", "\r\n", 417),
    GOOD("HD113 Expect in any case", P "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", 1),
    GOOD("HD114 Expect without a body", G "Expect: 100-continue\r\n\r\n", 1),
    LAST("HD115 close among others", G "Connection: x, CLOSE ,y\r\n\r\n" G "\r\n", 1),
    LAST("HD116 close wins over keep-alive", G "Connection: keep-alive, close\r\n\r\n", 1),
    LAST("HD117 close in a second field", G "Connection: x\r\nConnection: close\r\n\r\n", 1),
    GOOD("HD118 closed is not close", G "Connection: closed\r\n\r\n" G "\r\n", 2),
    BAD("HD119 Connection with no token", G "Connection: a b\r\n", "\r\n", 400),
    GOOD("HD120 empty elements in Connection", G "Connection: ,x,\r\n\r\n", 1),
    LAST("HD121 HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", 1),
    GOOD("HD122 HTTP/1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" G "\r\n",
         2),
    LAST("HD123 HTTP/1.0 ignores Expect",
         "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", 1),

    // Host.
    BAD("HO01", "GET / HTTP/1.1\r\n\r\n", "", 400),
    BAD("HO02", G "Host: b\r\n", "\r\n", 400),
    BAD("HO02b", G "Host: a\r\n", "\r\n", 400),
    BAD("HO03", "GET / HTTP/1.1\r\nHost: a, b\r\n", "\r\n", 400),
    BAD("HO04", "GET / HTTP/1.1\r\nHost: u@a\r\n", "\r\n", 400),
    BAD("HO05", "GET / HTTP/1.1\r\nHost: a/b\r\n", "\r\n", 400),
    BAD("HO100 empty", "GET / HTTP/1.1\r\nHost:\r\n", "\r\n", 400),
    BAD("HO101 comma", "GET / HTTP/1.1\r\nHost: a,b\r\n", "\r\n", 400),
    BAD("HO102 port of letters", "GET / HTTP/1.1\r\nHost: a:b\r\n", "\r\n", 400),
    BAD("HO103 port too large", "GET / HTTP/1.1\r\nHost: a:65536\r\n", "\r\n", 400),
    GOOD("HO104 ports", "GET / HTTP/1.1\r\nHost: a:65535\r\n\r\nGET / HTTP/1.1\r\nHost: a:\r\n\r\n",
         2),
    GOOD("HO105 IPv6", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 1),
    BAD("HO106 IPv6 without an end", "GET / HTTP/1.1\r\nHost: [::1\r\n", "\r\n", 400),
    BAD("HO107 IPv6 with rest", "GET / HTTP/1.1\r\nHost: [::1]x\r\n", "\r\n", 400),
    BAD("HO108 bare IPv6", "GET / HTTP/1.1\r\nHost: ::1\r\n", "\r\n", 400),
    GOOD("HO109 percent-encoded", "GET / HTTP/1.1\r\nHost: a%2Db\r\n\r\n", 1),
    BAD("HO110 bad escape", "GET / HTTP/1.1\r\nHost: a%2\r\n", "\r\n", 400),
    BAD("HO111 a URL", "GET / HTTP/1.1\r\nHost: http://a\r\n", "\r\n", 400),
    BAD("HO112 sign in the port", "GET / HTTP/1.1\r\nHost: a:+80\r\n", "\r\n", 400),
    BAD("HO113 non-ASCII", "GET / HTTP/1.1\r\nHost: \xc3\xbc\r\n", "\r\n", 400),
    BAD("HO114 absolute form does not replace it", "GET http://a/ HTTP/1.1\r\n\r\n", "", 400),
    BAD("HO115 bad Host beside absolute form", "GET http://a/ HTTP/1.1\r\nHost: a/b\r\n", "\r\n",
        400),
    BAD("HO116 bad Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a b\r\n", "\r\n", 400),
    BAD("HO117 case of the name", G "hOST: b\r\n", "\r\n", 400),

    // Content-Length.
    BAD("CL01", P "Content-Length: 1\r\nContent-Length: 2\r\n", "\r\nx", 400),
    BAD("CL02", P "Content-Length: 5, 5\r\n", "\r\nhello", 400),
    BAD("CL03", P "Content-Length: +5\r\n", "\r\nhello", 400),
    BAD("CL04", P "Content-Length: -5\r\n", "\r\nhello", 400),
    BAD("CL05", P "Content-Length: 0x5\r\n", "\r\nhello", 400),
    BAD("CL06", P "Content-Length:\r\n", "\r\nhello", 400),
    BAD("CL07", P "Content-Length: 5 5\r\n", "\r\nhello", 400),
    BAD("CL08", P "Content-Length: 18446744073709551621\r\n", "\r\nhello", 400),
    BAD("CL100 twice the same", P "Content-Length: 5\r\ncontent-length: 5\r\n", "\r\nhello", 400),
    BAD("CL101 5.0", P "Content-Length: 5.0\r\n", "\r\nhello", 400),
    BAD("CL102 too large a body", P "Content-Length: 1048577\r\n\r\n", "", 413),
    BAD("CL103 2^64-1", P "Content-Length: 18446744073709551615\r\n\r\n", "", 413),
    GOOD("CL104 leading zeros", P "Content-Length: 0005\r\n\r\nhello" G "\r\n", 2),
    GOOD("CL105 zero", P "Content-Length: 0\r\n\r\n" G "\r\n", 2),
    GOOD("CL106 none", P "\r\n" G "\r\n", 2),
    BAD("CL107 a comma", P "Content-Length: ,5\r\n", "\r\nhello", 400),
    BAD("CL108 vertical tab", P "Content-Length: \v", "5\r\n\r\nhello", 400),
    LAST("CL109 HTTP/1.0 with a length", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", 1),
    BAD_AFTER("CL110 body longer than said", 1, P "Content-Length: 2\r\n\r\nab\x01", "\r\n", 400),
    BAD("CL111 quoted", P "Content-Length: \"5\"\r\n", "\r\nhello", 400),

    // Transfer-Encoding.
    BAD("TE01", P "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "\r\n0\r\n\r\n", 400),
    BAD("TE01b", P "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "\r\n0\r\n\r\n", 400),
    BAD("TE02", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", "\r\n0\r\n\r\n", 400),
    BAD("TE03", P "Transfer-Encoding: chunked, identity\r\n", "\r\n0\r\n\r\n", 400),
    BAD("TE04", P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "\r\n", 400),
    BAD("TE05", P "Transfer-Encoding: xchunked\r\n", "\r\n0\r\n\r\n", 501),
    BAD("TE07", P "Transfer-Encoding: ,chunked\r\n", "\r\n0\r\n\r\n", 400),
    BAD("TE09", P "Transfer-Encoding: chunked;x=1\r\n", "\r\n0\r\n\r\n", 400),
    BAD("TE100 chunked twice in one", P "Transfer-Encoding: chunked, chunked\r\n", "\r\n", 400),
    BAD("TE101 gzip, chunked", P "Transfer-Encoding: gzip, chunked\r\n", "\r\n", 501),
    BAD("TE102 gzip", P "Transfer-Encoding: gzip\r\n", "\r\n", 501),
    BAD("TE103 identity", P "Transfer-Encoding: identity\r\n", "\r\n", 501),
    BAD("TE104 empty", P "Transfer-Encoding:\r\n", "\r\n", 400),
    BAD("TE105 quoted", P "Transfer-Encoding: \"chunked\"\r\n", "\r\n", 400),
    BAD("TE106 chunked,", P "Transfer-Encoding: chunked,\r\n", "\r\n", 400),
    GOOD("TE107 any case", P "tRANSFER-eNCODING: \tChUnKeD \r\n\r\n0\r\n\r\n", 1),
    BAD("TE108 0x0b before", P "Transfer-Encoding: \x0b", "chunked\r\n\r\n", 400),
    GOOD("TE109 another field of a like name", P "X-Transfer-Encoding: x\r\n\r\n", 1),
    BAD("TE110 space before the colon", P "Transfer-Encoding ", ": chunked\r\n\r\n", 400),
    BAD("TE111 chunked on a second line of a fold", P "Transfer-Encoding:\r\n", " chunked\r\n\r\n",
        400),
    BAD("TE112 GET with both", G "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "\r\n",
        400),

    // Chunks.
    BAD("CH01", CHK "0x", "5\r\nhello\r\n0\r\n\r\n", 400),
    BAD("CH02", CHK "+", "5\r\nhello\r\n0\r\n\r\n", 400),
    BAD("CH03", CHK "-", "1\r\nhello\r\n0\r\n\r\n", 400),
    BAD("CH06", CHK "5 ", "\r\nhello\r\n0\r\n\r\n", 400),
    BAD("CH07", CHK "00000000000000005", "\r\nhello\r\n0\r\n\r\n", 400),
    BAD("CH08", CHK "5\n", "hello\r\n0\r\n\r\n", 400),
    BAD("CH09", CHK "5;\n", "hello\r\n0\r\n\r\n", 400),
    BAD("CH11", CHK "5;\r", "\nhello\r\n0\r\n\r\n", 400),
    BAD("CH12", CHK "5\r\nhellox", "\r\n0\r\n\r\n", 400),
    BAD("CH13", CHK "5\r\nhello\n", "0\r\n\r\n", 400),
    BAD("CH14", CHK "\r", "\nhello\r\n0\r\n\r\n", 400),
    BAD("CH17", CHK "0\r\nX: y\n", "\r\n", 400),
    GOOD("CH19", CHK "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n" G "\r\n", 2),
    GOOD("CH100 any case of hex", CHK "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", 1),
    GOOD("CH101 16 digits", CHK "0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", 1),
    GOOD("CH102 extensions", CHK "5;a;b=c;d=\"e\\\" ;f\"\r\nhello\r\n0;last\r\n\r\n" G "\r\n", 2),
    BAD("CH103 extension without a name", CHK "5;=", "x\r\nhello\r\n", 400),
    BAD("CH104 extension without a value", CHK "5;a=\r", "\nhello\r\n", 400),
    BAD("CH105 CR inside quotes", CHK "5;a=\"\r", "\n\"\r\nhello\r\n", 400),
    BAD("CH106 LF inside an extension", CHK "5;a\n", "hello\r\n", 400),
    BAD("CH107 space inside an extension", CHK "5;a ", "=b\r\nhello\r\n", 400),
    BAD("CH108 rest behind a quoted value", CHK "5;a=\"b\"c", "\r\nhello\r\n", 400),
    BAD("CH109 two semicolons", CHK "5;;", "a\r\nhello\r\n", 400),
    BAD("CH110 CR without LF after the size", CHK "5\rh", "ello\r\n", 400),
    BAD("CH111 CR without LF after data", CHK "5\r\nhello\rX", "0\r\n\r\n", 400),
    BAD("CH112 size past the limit", CHK "100001\r\n", "hello", 413),
    BAD("CH113 2^64-1", CHK "ffffffffffffffff\r\n", "hello", 413),
    BAD("CH114 sum past the limit", CHK "5\r\nhello\r\nffffffffffffffff\r\n", "x", 413),
    BAD("CH115 trailer folded", CHK "0\r\nX: y\r\n ", "z\r\n\r\n", 400),
    BAD("CH116 trailer without a name", CHK "0\r\n:", " y\r\n\r\n", 400),
    BAD("CH117 trailer without a colon", CHK "0\r\nXy\r", "\n\r\n", 400),
    BAD("CH118 NUL in a trailer", CHK "0\r\nX: \0", "\r\n\r\n", 400),
    BAD("CH119 CR in a trailer", CHK "0\r\nX: a\rb", "\r\n\r\n", 400),
    BAD("CH120 17 trailer fields",
        CHK "0\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\nj:\r\nk:\r\nl:\r\nm:\r\nn:"
            "\r\no:\r\np:\r\nq",
        ":\r\n\r\n", 400),
    GOOD("CH121 16 trailer fields",
         CHK "0\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\nj:\r\nk:\r\nl:\r\nm:\r\nn:"
             "\r\no:\r\np:\r\n\r\n" G "\r\n",
         2),
    BAD("CH122 a chunk after the last one", CHK "0\r\n5\r", "\nhello\r\n", 400),
    BAD("CH123 CR without LF at the end", CHK "0\r\n\rX", "", 400),
    BAD("CH124 tab before the size", CHK "\t", "5\r\nhello\r\n", 400),
    BAD("CH125 underscore in the size", CHK "1_", "0\r\nhello\r\n", 400),
    GOOD("CH126 trailer Host and TE are dropped",
         CHK "0\r\nHost: b\r\nTransfer-Encoding: x\r\n\r\n" G "\r\n", 2),
    GOOD("CH127 bytes of every kind in data", CHK "6\r\n\r\n\0\xff\r\n\r\n0\r\n\r\n" G "\r\n", 2),

    // Sequences.
    GOOD("SQ01", G "\r\n" G "\r\n", 2),
    GOOD("SQ02", G "Content-Length: 5\r\n\r\nhello" G "\r\n", 2),
    BAD("SQ04", "PRI * HTTP/2.0\r\n", "\r\nSM\r\n\r\n", 505),
    BAD("SQ05", "\x16", "\x03\x01\x02\x00\x01\x00\x01\xfc", 400),
    GOOD("SQ07",
         "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
         "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 3\r\n\r\nabc",
         1),
    BAD("SQ12", "CONNECT a:80 HTTP/1.1\r\n", "Host: a\r\n\r\n", 501),
    BAD("SQ12b", "TRACE / HTTP/1.1\r\n", "Host: a\r\n\r\n", 405),
    GOOD("SQ100 an empty line between two", G "\r\n\r\n" G "\r\n", 2),
    BAD_AFTER("SQ101 rubbish after a message", 1, G "\r\n(", "x", 400),
    GOOD("SQ102 a body that looks like a request",
         P "Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n" G "\r\n", 2),
    BAD_AFTER("SQ103 a hidden TE after a length", 1, P "Content-Length: 4\r\n\r\n0\r\n\r\r\n\r",
              "\n", 400),
    LAST("SQ104 close, then rubbish", G "Connection: close\r\n\r\n\x01\x02\x03", 1),
};

static char s_reference[H1_TRANSCRIPT_CAP], s_other[H1_TRANSCRIPT_CAP];

static trt_http_limits defaults(void) {
    trt_http_limits limits = {0};
    trt_http_limits_resolve(&limits);
    return limits;
}

static void check_outcome(const row* r, const h1_transcript* t) {
    if (t->status != r->status || t->num_answered != r->num_answered || t->closed != r->closed) {
        test_fail(r->id, 0, "status %u answered %u closed %d, expected %u %u %d:%s", t->status,
                  t->num_answered, t->closed, r->status, r->num_answered, r->closed, t->text);
    }
    if (t->unterminated) {
        test_fail(r->id, 0, "a slice has no NUL behind it:%s", t->text);
    }
}

static void check_same(const row* r, const h1_transcript* a, const h1_transcript* b,
                       const char* how, size_t at) {
    if (a->len != b->len || memcmp(a->text, b->text, a->len) != 0) {
        test_fail(r->id, 0, "%s %zu differs:%s\n---%s", how, at, a->text, b->text);
    }
}

static void run_row(const row* r, const trt_http_limits* limits) {
    size_t len = r->shown_len + r->rest_len;
    char* input = malloc(len + 1);
    memcpy(input, r->shown, r->shown_len);
    memcpy(input + r->shown_len, r->rest, r->rest_len);
    h1_transcript whole = {.text = s_reference}, other = {.text = s_other};
    h1_transcript_run(&whole, limits, input, len, 0, len, true, false);
    check_outcome(r, &whole);
    for (int relocate = 0; relocate < 2; relocate++) {
        h1_transcript_run(&other, limits, input, len, 0, 1, relocate, false);
        check_same(r, &whole, &other, "byte by byte", (size_t)relocate);
        if (r->status != 0 && other.fed != r->shown_len) {
            test_fail(r->id, 0, "verdict after %zu bytes, expected after %zu", other.fed,
                      r->shown_len);
        }
        for (size_t cut = 1; cut < len; cut++) {
            h1_transcript_run(&other, limits, input, len, cut, len, relocate, false);
            check_same(r, &whole, &other, "cut at", cut);
        }
    }
    free(input);
}

TEST(h1_conn__every_row_of_the_table__same_verdict_however_it_is_cut) {
    trt_http_limits limits = defaults();
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_rows); i++) {
        run_row(&s_rows[i], &limits);
    }
    printf("h1 %zu/%zu rows\n", TRT_ARRAY_LEN(s_rows), TRT_ARRAY_LEN(s_rows));
}

TEST(h1_conn__end_of_stream_inside_a_message__is_400) {
    static const row rows[] = {
        GOOD("SQ13", P "Content-Length: 10\r\n\r\nabc", 0),
        GOOD("CH15", CHK "5\r\nhello\r\n", 0),
        GOOD("CH15b", CHK "5\r\nhel", 0),
        GOOD("head", G "X: y\r\n", 0),
        GOOD("line", "GE", 0),
        GOOD("trailer", CHK "0\r\nX: y\r\n", 0),
    };
    trt_http_limits limits = defaults();
    for (size_t i = 0; i < TRT_ARRAY_LEN(rows); i++) {
        h1_transcript whole = {.text = s_reference};
        h1_transcript_run(&whole, &limits, rows[i].shown, rows[i].shown_len, 0, rows[i].shown_len,
                          true, true);
        if (whole.status != 400 || whole.num_answered != 0) {
            test_fail(rows[i].id, 0, "status %u answered %u", whole.status, whole.num_answered);
        }
    }
}

TEST(h1_conn__end_of_stream_between_messages__closes_silently) {
    trt_http_limits limits = defaults();
    h1_transcript whole = {.text = s_reference};
    h1_transcript_run(&whole, &limits, G "\r\n", sizeof(G "\r\n") - 1, 0, 9, true, true);
    EXPECT_EQ(whole.status, 0);
    EXPECT_EQ(whole.num_answered, 1);
    EXPECT(strstr(whole.text, "CLOSE") != NULL);
}
