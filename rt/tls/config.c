// SPDX-License-Identifier: Apache-2.0
// TLS options, configurations and their holder. A configuration is a copy of the options and what
// the TLS library made of it: nothing in it changes, connections count it, and a reload makes
// another one from the same sources. The holder is one pointer under a lock that is held for a
// count; a configuration that could not be made never gets there.
#include "rt/tls/config.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/os/thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_IDENTITIES = 4096, MAX_SOURCE = 16 << 20 };

struct tmlrt_tls_holder {
    trt_mutex lock; ///< guards `config`
    tmlrt_tls_config* config;
};

tmlrt_status trt_tls_explain(const trt_tls_why* why, tmlrt_status status, const char* format, ...) {
    if (why != NULL && why->text != NULL && why->cap != 0) {
        va_list list;
        va_start(list, format);
        vsnprintf(why->text, why->cap, format, list);
        va_end(list);
        trt_log_plain(why->text);
    }
    return status;
}

// ---- options ------------------------------------------------------------------------------------

static void source_fini(trt_tls_source* source) {
    if (source->text != NULL) {
        trt_free(source->text, source->len + 1);
        *source = (trt_tls_source){0};
    }
}

static tmlrt_status source_copy(trt_tls_source* out, const char* text, size_t len, bool is_file) {
    char* copy = trt_alloc(len + 1);
    if (copy == NULL) {
        return TMLRT_E_NOMEM;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    *out = (trt_tls_source){copy, len, is_file};
    return TMLRT_OK;
}

// PEM, or else a path.
static tmlrt_status source_init(trt_tls_source* out, const char* text) {
    size_t len = text == NULL ? 0 : strnlen(text, MAX_SOURCE + 1);
    if (len == 0 || len > MAX_SOURCE) {
        return len == 0 ? TMLRT_E_INVAL : TMLRT_E_OVERFLOW;
    }
    return source_copy(out, text, len, strstr(text, "-----BEGIN") == NULL);
}

static void identity_fini(trt_tls_identity* identity) {
    source_fini(&identity->chain);
    source_fini(&identity->key);
    source_fini(&identity->ocsp);
}

static void options_fini(tmlrt_tls_options* options) {
    for (uint32_t i = 0; i < options->num_identities; i++) {
        identity_fini(&options->identities[i]);
    }
    trt_free(options->identities, options->cap_identities * sizeof(*options->identities));
    source_fini(&options->trust);
}

tmlrt_tls_options* tmlrt_tls_options_new(int32_t role) {
    tmlrt_tls_options* options = trt_alloc_zero(sizeof(*options));
    if (options != NULL) {
        options->role = role == TMLRT_TLS_CLIENT ? TMLRT_TLS_CLIENT : TMLRT_TLS_SERVER;
        options->min_version = TMLRT_TLS_1_2;
        options->max_version = TMLRT_TLS_1_3;
    }
    return options;
}

void tmlrt_tls_options_free(tmlrt_tls_options* options) {
    if (options != NULL) {
        options_fini(options);
        trt_free(options, sizeof(*options));
    }
}

static tmlrt_status grow(tmlrt_tls_options* options) {
    uint32_t cap = options->cap_identities == 0 ? 2 : options->cap_identities * 2;
    if (options->num_identities < options->cap_identities) {
        return TMLRT_OK;
    }
    if (cap > MAX_IDENTITIES) {
        return TMLRT_E_FULL;
    }
    trt_tls_identity* fresh = trt_realloc(
        options->identities, options->cap_identities * sizeof(*fresh), cap * sizeof(*fresh));
    if (fresh == NULL) {
        return TMLRT_E_NOMEM;
    }
    options->identities = fresh;
    options->cap_identities = cap;
    return TMLRT_OK;
}

int32_t tmlrt_tls_options_identity(tmlrt_tls_options* options, const char* chain, const char* key,
                                   const char* ocsp_path) {
    trt_tls_identity identity = {0};
    TRT_TRY(grow(options));
    tmlrt_status status = source_init(&identity.chain, chain);
    if (status == TMLRT_OK) {
        status = source_init(&identity.key, key);
    }
    if (status == TMLRT_OK && ocsp_path != NULL && *ocsp_path != '\0') {
        status = source_copy(&identity.ocsp, ocsp_path, strlen(ocsp_path), true);
    }
    if (status != TMLRT_OK) {
        identity_fini(&identity);
        return status;
    }
    options->identities[options->num_identities++] = identity;
    return TMLRT_OK;
}

int32_t tmlrt_tls_options_trust(tmlrt_tls_options* options, const char* roots) {
    trt_tls_source fresh;
    TRT_TRY(source_init(&fresh, roots));
    source_fini(&options->trust);
    options->trust = fresh;
    return TMLRT_OK;
}

int32_t tmlrt_tls_options_alpn(tmlrt_tls_options* options, const char* names) {
    return names == NULL ? TMLRT_E_INVAL : trt_tls_alpn_parse(&options->alpn, names);
}

int32_t tmlrt_tls_options_client_auth(tmlrt_tls_options* options, int32_t mode) {
    if (options->role != TMLRT_TLS_SERVER || mode < TMLRT_TLS_AUTH_NONE ||
        mode > TMLRT_TLS_AUTH_REQUIRED) {
        return TMLRT_E_INVAL;
    }
    options->client_auth = mode;
    return TMLRT_OK;
}

int32_t tmlrt_tls_options_versions(tmlrt_tls_options* options, int32_t least, int32_t most) {
    if (least < TMLRT_TLS_1_2 || most > TMLRT_TLS_1_3 || least > most) {
        return TMLRT_E_INVAL;
    }
    options->min_version = least;
    options->max_version = most;
    return TMLRT_OK;
}

void tmlrt_tls_options_dangerously_trust_anyone(tmlrt_tls_options* options) {
    trt_log(TMLRT_LOG_WARN, "tls",
            "certificates are NOT verified with these options: anyone may read and change what is "
            "sent (tmlrt_tls_options_dangerously_trust_anyone)");
    options->trusts_anyone = true;
}

static tmlrt_status source_dup(trt_tls_source* out, const trt_tls_source* from) {
    return from->text == NULL ? TMLRT_OK : source_copy(out, from->text, from->len, from->is_file);
}

// On failure *out holds what was copied so far.
static tmlrt_status options_dup(tmlrt_tls_options* out, const tmlrt_tls_options* from) {
    *out = *from;
    out->trust = (trt_tls_source){0};
    out->identities = NULL;
    out->num_identities = out->cap_identities = 0;
    TRT_TRY(source_dup(&out->trust, &from->trust));
    if (from->num_identities == 0) {
        return TMLRT_OK;
    }
    out->identities = trt_alloc_array(from->num_identities, sizeof(*out->identities));
    if (out->identities == NULL) {
        return TMLRT_E_NOMEM;
    }
    out->cap_identities = from->num_identities;
    for (uint32_t i = 0; i < from->num_identities; i++) {
        trt_tls_identity* identity = &out->identities[out->num_identities++];
        *identity = (trt_tls_identity){0};
        TRT_TRY(source_dup(&identity->chain, &from->identities[i].chain));
        TRT_TRY(source_dup(&identity->key, &from->identities[i].key));
        TRT_TRY(source_dup(&identity->ocsp, &from->identities[i].ocsp));
    }
    return TMLRT_OK;
}

// ---- configurations -----------------------------------------------------------------------------

static tmlrt_status check(const tmlrt_tls_options* options, const trt_tls_why* why) {
    if (options->role == TMLRT_TLS_SERVER && options->num_identities == 0) {
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "a server needs a certificate and its key: give an identity");
    }
    if (options->role == TMLRT_TLS_CLIENT && options->num_identities > 1) {
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "a client has at most one identity, there are %u",
                               options->num_identities);
    }
    if (options->role == TMLRT_TLS_SERVER && options->trusts_anyone) {
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "a server that trusts anyone does not ask for client certificates: "
                               "leave client_auth off");
    }
    if (options->client_auth != TMLRT_TLS_AUTH_NONE && options->trust.text == NULL) {
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "client certificates are asked for: name the roots that sign them "
                               "with trust, the system's are not taken for that");
    }
    return TMLRT_OK;
}

// A configuration with these options and tickets.   Owns: `owned_tickets` moves in, always.
static tmlrt_status config_new(tmlrt_tls_config** out, const tmlrt_tls_options* options,
                               trt_tls_tickets* owned_tickets, const trt_tls_why* why) {
    tmlrt_status status = TMLRT_E_NOMEM;
    tmlrt_tls_config* config = trt_alloc_zero(sizeof(*config));
    if (config == NULL) {
        trt_tls_tickets_unref(owned_tickets);
        return trt_tls_explain(why, TMLRT_E_NOMEM, "out of memory");
    }
    trt_atomic_init(&config->refs, 1);
    config->tickets = owned_tickets;
    status = options_dup(&config->options, options);
    if (status == TMLRT_OK) {
        status = trt_tls_vendor_new(&config->vendor, config, why);
    }
    if (status != TMLRT_OK) {
        tmlrt_tls_config_unref(config);
        return status == TMLRT_E_NOMEM ? trt_tls_explain(why, status, "out of memory") : status;
    }
    *out = config;
    return TMLRT_OK;
}

tmlrt_status trt_tls_config_make(tmlrt_tls_config** out, const tmlrt_tls_options* options,
                                 trt_tls_clock_fn clock, const trt_tls_why* why) {
    trt_tls_tickets* tickets = NULL;
    TRT_TRY(check(options, why));
    if (options->role == TMLRT_TLS_SERVER) {
        tickets = trt_tls_tickets_new(clock);
        if (tickets == NULL) {
            return trt_tls_explain(why, TMLRT_E_NOMEM, "out of memory");
        }
    }
    return config_new(out, options, tickets, why);
}

int32_t tmlrt_tls_config_new(tmlrt_tls_config** out, const tmlrt_tls_options* options, char* why,
                             uint64_t cap) {
    const trt_tls_why reason = {why, cap};
    return trt_tls_config_make(out, options, NULL, &reason);
}

int32_t tmlrt_tls_config_reload(tmlrt_tls_config** out, const tmlrt_tls_config* old, char* why,
                                uint64_t cap) {
    const trt_tls_why reason = {why, cap};
    trt_tls_tickets* tickets = old->tickets != NULL ? trt_tls_tickets_ref(old->tickets) : NULL;
    return config_new(out, &old->options, tickets, &reason);
}

tmlrt_tls_config* tmlrt_tls_config_ref(tmlrt_tls_config* config) {
    // Relaxed: whoever gives a reference has one.
    trt_atomic_add(&config->refs, 1, TRT_RELAXED);
    return config;
}

void tmlrt_tls_config_unref(tmlrt_tls_config* config) {
    // Release orders our use before the last one's free, acquire the others' before ours.
    if (config != NULL && trt_atomic_sub(&config->refs, 1, TRT_ACQ_REL) == 1) {
        trt_tls_vendor_free(config->vendor);
        trt_tls_tickets_unref(config->tickets);
        options_fini(&config->options);
        trt_free(config, sizeof(*config));
    }
}

// ---- holder -------------------------------------------------------------------------------------

int32_t tmlrt_tls_holder_new(tmlrt_tls_holder** out, tmlrt_tls_config* owned_config) {
    tmlrt_tls_holder* holder = trt_alloc_zero(sizeof(*holder));
    if (holder == NULL) {
        return TMLRT_E_NOMEM;
    }
    holder->config = owned_config;
    *out = holder;
    return TMLRT_OK;
}

void tmlrt_tls_holder_free(tmlrt_tls_holder* holder) {
    if (holder != NULL) {
        tmlrt_tls_config_unref(holder->config);
        trt_free(holder, sizeof(*holder));
    }
}

tmlrt_tls_config* tmlrt_tls_holder_get(tmlrt_tls_holder* holder) {
    trt_mutex_lock(&holder->lock);
    tmlrt_tls_config* config = tmlrt_tls_config_ref(holder->config);
    trt_mutex_unlock(&holder->lock);
    return config;
}

void tmlrt_tls_holder_swap(tmlrt_tls_holder* holder, tmlrt_tls_config* owned_config) {
    trt_mutex_lock(&holder->lock);
    tmlrt_tls_config* old = holder->config;
    holder->config = owned_config;
    trt_mutex_unlock(&holder->lock);
    tmlrt_tls_config_unref(old);
}

int32_t tmlrt_tls_holder_reload(tmlrt_tls_holder* holder, char* why, uint64_t cap) {
    char text[TMLRT_TLS_WHY];
    tmlrt_tls_config *old = tmlrt_tls_holder_get(holder), *fresh = NULL;
    tmlrt_status status = tmlrt_tls_config_reload(&fresh, old, text, sizeof(text));
    tmlrt_tls_config_unref(old);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "tls", "reload: %s; the configuration before stays", text);
        const trt_tls_why reason = {why, cap};
        return trt_tls_explain(&reason, status, "%s", text);
    }
    tmlrt_tls_holder_swap(holder, fresh);
    trt_log(TMLRT_LOG_INFO, "tls", "reload: the configuration was replaced");
    return TMLRT_OK;
}
