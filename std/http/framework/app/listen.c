// SPDX-License-Identifier: Apache-2.0
// Places to listen on, from one line of text, which is copied and cut up. Pure; at start, one
// thread.
#include "std/http/framework/app/listen.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/framework/app/options.h"

#include <string.h>

typedef struct parser {
    trt_listen_list* list;
    const char *setting, *source;
    const trt_activated* sockets;
    uint32_t num_sockets;
    trt_text* message;
} parser;

/// Cuts the next word off *at; NULL: there is none. Words end at one of `ends`.
static char* next_word(char** at, const char* ends) {
    char* word = *at + strspn(*at, " \t,");
    size_t len = strcspn(word, ends);
    if (*word == '\0' || len == 0) {
        return NULL;
    }
    *at = word[len] != '\0' ? word + len + 1 : word + len;
    word[len] = '\0';
    return word;
}

/// Whether a literal has a port behind it: nobody means port 0 by leaving it out.
static bool has_port(const char* text) {
    const char* colon = strrchr(text, ':');
    return colon != NULL && (text[0] == '[' ? colon[-1] == ']' : colon == strchr(text, ':'));
}

static trt_http_listener* add(parser* p, const char* place) {
    if (p->list->num == TRT_LISTEN_MAX) {
        trt_app_complain(p->message, "`%s` in %s from %s is one too many: %d places at most", place,
                         p->setting, p->source, TRT_LISTEN_MAX);
        return NULL;
    }
    return &p->list->items[p->list->num++];
}

/// Those of the handed over sockets that have this name; NULL: all.
static void add_sockets(parser* p, const char* name, const char* place) {
    bool found = false;
    for (uint32_t i = 0; i < p->num_sockets; i++) {
        if (name == NULL || strcmp(p->sockets[i].name, name) == 0) {
            trt_http_listener* listener = add(p, place);
            found = true;
            if (listener != NULL) {
                listener->is_open = true;
                listener->handle = p->sockets[i].handle;
            }
        }
    }
    if (!found) {
        trt_app_complain(p->message,
                         "`%s` in %s from %s: the service manager has handed over no such "
                         "socket (LISTEN_FDS, LISTEN_FDNAMES)",
                         place, p->setting, p->source);
    }
}

/// Returns the listener if it takes options; NULL: it does not, or was complained about.
static trt_http_listener* read_place(parser* p, char* place) {
    trt_http_listener listener = {0};
    if (strcmp(place, "systemd") == 0 || strncmp(place, "systemd:", 8) == 0) {
        add_sockets(p, place[7] != '\0' ? place + 8 : NULL, place);
        return NULL;
    }
    if (strncmp(place, "unix:", 5) == 0 && place[5] != '\0') {
        listener.path = place + 5;
    } else if (!has_port(place) || trt_addr_parse(&listener.addr, place, 0) != TMLRT_OK) {
        trt_app_complain(p->message,
                         "`%s` in %s from %s is no place to listen on: write ADDRESS:PORT, "
                         "[ADDRESS]:PORT, unix:PATH, unix:@NAME or systemd",
                         place, p->setting, p->source);
        return NULL;
    }
    trt_http_listener* item = add(p, place);
    if (item != NULL) {
        *item = listener;
    }
    return item;
}

/// 0660, and the like: octal, not 0, at most 0777.
static bool read_mode(uint32_t* out, const char* text) {
    uint32_t mode = 0;
    size_t len = strspn(text, "01234567");
    if (len == 0 || len > 4 || text[len] != '\0') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        mode = mode << 3 | (uint32_t)(text[i] - '0');
    }
    *out = mode;
    return mode != 0 && mode <= 0777;
}

/// cert=, key= and client_ca=. False: it is another option.
static bool read_tls_option(const parser* p, trt_listen_tls* tls, const char* option) {
    static const char* const names[] = {"cert=", "key=", "client_ca="};
    enum { CERT, KEY, CLIENT_CA, NONE } which = CERT;
    while (which != NONE && strncmp(option, names[which], strlen(names[which])) != 0) {
        which++;
    }
    if (which == NONE) {
        return false;
    }
    const char* file = option + strlen(names[which]);
    if (file[0] == '\0') {
        trt_app_complain(p->message, "`%s` of %s in %s from %s is empty: a file must follow",
                         option, tls->place, p->setting, p->source);
    } else if (which == CLIENT_CA) {
        tls->client_ca = file;
    } else if (which == KEY && (tls->num == 0 || tls->key[tls->num - 1] != NULL)) {
        trt_app_complain(p->message,
                         "`%s` of %s in %s from %s belongs to no certificate: write cert=FILE in "
                         "front of it",
                         option, tls->place, p->setting, p->source);
    } else if (which == KEY) {
        tls->key[tls->num - 1] = file;
    } else if (tls->num == TRT_LISTEN_CERTS) {
        trt_app_complain(p->message,
                         "`%s` of %s in %s from %s is one too many: %d certificates at "
                         "most",
                         option, tls->place, p->setting, p->source, TRT_LISTEN_CERTS);
    } else {
        tls->cert[tls->num++] = file;
    }
    return true;
}

/// What a place has of TLS, whole and without a contradiction, to each of its listeners.
static void give_tls(const parser* p, uint32_t from, trt_listen_tls* tls) {
    bool plain = from < p->list->num && p->list->plain[from];
    for (uint32_t i = 0; i < tls->num; i++) {
        if (tls->key[i] == NULL) {
            trt_app_complain(
                p->message, "`cert=%s` of %s in %s from %s needs its key: write key=FILE behind it",
                tls->cert[i], tls->place, p->setting, p->source);
        }
    }
    if (plain && (tls->num != 0 || tls->client_ca != NULL)) {
        trt_app_complain(p->message,
                         "`plain` of %s in %s from %s cannot be had with cert=, key= or client_ca=",
                         tls->place, p->setting, p->source);
    }
    tls->first = from;
    for (uint32_t i = from; i < p->list->num; i++) {
        p->list->own[i] = *tls;
    }
}

/// `from`: the first listener of this place; `listener`: it, when it is one that has options.
static void read_option(const parser* p, uint32_t from, trt_http_listener* listener,
                        const char* option, const char* place) {
    if (strcmp(option, "plain") == 0) {
        for (uint32_t i = from; i < p->list->num; i++) {
            p->list->plain[i] = true;
        }
    } else if (strcmp(option, "v6only") == 0) {
        if (listener == NULL || listener->path != NULL || listener->addr.family != 6) {
            trt_app_complain(p->message, "`v6only` of %s in %s from %s: that is no IPv6 address",
                             place, p->setting, p->source);
        } else {
            listener->v6_only = true;
        }
    } else if (strncmp(option, "mode=", 5) == 0) {
        if (listener == NULL || listener->path == NULL || listener->path[0] == '@') {
            trt_app_complain(p->message, "`%s` of %s in %s from %s: that is no socket file", option,
                             place, p->setting, p->source);
        } else if (!read_mode(&listener->mode, option + 5)) {
            trt_app_complain(p->message,
                             "`%s` of %s in %s from %s must be octal, from 0001 to 0777", option,
                             place, p->setting, p->source);
        }
    } else {
        trt_app_complain(p->message,
                         "`%s` of %s in %s from %s is no option of a place; there are v6only, "
                         "mode=0660, plain, cert=FILE with key=FILE, and client_ca=FILE",
                         option, place, p->setting, p->source);
    }
}

tmlrt_status trt_listen_parse(trt_listen_list* out, const char* setting, const char* text,
                              const char* source, const trt_activated* sockets,
                              uint32_t num_sockets, trt_text* message) {
    trt_listen_list list = {.size = strlen(text) + 1};
    parser p = {&list, setting, source, sockets, num_sockets, message};
    size_t errors = message->len;
    *out = (trt_listen_list){0};
    list.text = trt_alloc(list.size);
    if (list.text == NULL) {
        return TMLRT_E_NOMEM;
    }
    memcpy(list.text, text, list.size);
    char *at = list.text, *item, *word;
    while ((item = next_word(&at, ",")) != NULL) {
        char* place = next_word(&item, " \t");
        uint32_t from = list.num;
        trt_listen_tls tls = {.place = place};
        trt_http_listener* listener = place != NULL ? read_place(&p, place) : NULL;
        size_t told = message->len;
        while (place != NULL && (word = next_word(&item, " \t")) != NULL) {
            if (listener == NULL && told != errors) {
                continue; // of what is no place one error is enough
            }
            if (!read_tls_option(&p, &tls, word)) {
                read_option(&p, from, listener, word, place);
            }
        }
        give_tls(&p, from, &tls);
    }
    if (list.num == 0 && message->len == errors) {
        trt_app_complain(message, "%s from %s is empty: a value must follow", setting, source);
    }
    if (message->len != errors || message->failed) {
        trt_listen_fini(&list);
        return message->failed ? TMLRT_E_NOMEM : TMLRT_E_INVAL;
    }
    *out = list;
    return TMLRT_OK;
}

bool trt_listen_has_certs(const trt_listen_list* list) {
    uint32_t i = 0;
    while (i < list->num && list->own[i].num == 0) {
        i++;
    }
    return i < list->num;
}

void trt_listen_fini(trt_listen_list* list) {
    trt_free(list->text, list->size);
    *list = (trt_listen_list){0};
}
