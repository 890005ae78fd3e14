// SPDX-License-Identifier: Apache-2.0
// Ticket keys (RFC 5077, RFC 8446 4.6.1): what a server encrypts its session tickets with. One
// store is shared by all workers and by all configurations that a reload makes of one another.
#ifndef TRT_TLS_TICKETS_H
#define TRT_TLS_TICKETS_H

#include <stdbool.h>
#include <stdint.h>

enum { TRT_TLS_TICKET_NAME = 16, TRT_TLS_TICKET_SECRET = 32 };

/// TRT_TLS_TICKET_ROTATE_NS is how long a key makes tickets: 12 hours. It reads them 12 hours more.
#define TRT_TLS_TICKET_ROTATE_NS (12ull * 3600 * 1000000000)

/// trt_tls_ticket_key is one key; plain data.
typedef struct trt_tls_ticket_key {
    uint8_t name[TRT_TLS_TICKET_NAME];
    uint8_t cipher[TRT_TLS_TICKET_SECRET], mac[TRT_TLS_TICKET_SECRET];
} trt_tls_ticket_key;

typedef struct trt_tls_tickets trt_tls_tickets;
typedef uint64_t (*trt_tls_clock_fn)(void);

/// trt_tls_tickets_new makes a store with one fresh key; `clock` gives monotonic nanoseconds, NULL
/// is the system's. NULL without memory.   Owns: counted, one reference.
trt_tls_tickets* trt_tls_tickets_new(trt_tls_clock_fn clock);
/// trt_tls_tickets_ref takes one more reference and returns the store.   Thread: any.
trt_tls_tickets* trt_tls_tickets_ref(trt_tls_tickets* tickets);
/// trt_tls_tickets_unref gives one up, the last wipes the keys; takes NULL.   Thread: any.
void trt_tls_tickets_unref(trt_tls_tickets* tickets);
/// trt_tls_tickets_current copies the key that makes tickets now, a fresh one when the last one's
/// time is over.   Thread: any.   Cost: a lock, and every 12 hours random bytes.
void trt_tls_tickets_current(trt_tls_tickets* tickets, trt_tls_ticket_key* out);
/// trt_tls_tickets_find copies the key of that name. False: no such key, or its time is over.
/// *out_is_old: the ticket should be replaced.   Thread: any.
bool trt_tls_tickets_find(trt_tls_tickets* tickets, const uint8_t* name, trt_tls_ticket_key* out,
                          bool* out_is_old);

#endif
