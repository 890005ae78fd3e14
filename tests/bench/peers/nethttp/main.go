// SPDX-License-Identifier: Apache-2.0

// The Go peer of the HTTP benches: net/http, one path, one body, from PEER_PORT, PEER_PATH and PEER_BODY, more fields of
// the answer from PEER_FIELDS (lines `name: value`), over HTTP/1.1 and over HTTP/2 by prior knowledge.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
)

type field struct{ name, value string }

func fields(lines string) (all []field) {
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		if name, value, found := strings.Cut(line, ": "); found {
			all = append(all, field{http.CanonicalHeaderKey(name), value})
		}
	}
	return all
}

func main() {
	body := []byte(os.Getenv("PEER_BODY"))
	more := fields(os.Getenv("PEER_FIELDS"))
	length := strconv.Itoa(len(body))
	http.HandleFunc(os.Getenv("PEER_PATH"), func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
		}
		header := w.Header()
		header["Content-Type"] = []string{"application/json"}
		header["Content-Length"] = []string{length}
		for _, one := range more {
			header.Set(one.name, one.value)
		}
		_, _ = w.Write(body)
	})
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := http.Server{Addr: "127.0.0.1:" + os.Getenv("PEER_PORT"), Protocols: protocols}
	log.Fatal(server.ListenAndServe())
}
