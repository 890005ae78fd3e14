// SPDX-License-Identifier: Apache-2.0

// The Go peer of the HTTP benches: net/http, one path, one body, from PEER_PORT, PEER_PATH and PEER_BODY.
package main

import (
	"log"
	"net/http"
	"os"
	"strconv"
)

func main() {
	body := []byte(os.Getenv("PEER_BODY"))
	length := strconv.Itoa(len(body))
	http.HandleFunc(os.Getenv("PEER_PATH"), func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header["Content-Type"] = []string{"application/json"}
		header["Content-Length"] = []string{length}
		_, _ = w.Write(body)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PEER_PORT"), nil))
}
