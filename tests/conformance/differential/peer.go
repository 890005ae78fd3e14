// SPDX-License-Identifier: Apache-2.0

// The Go peer of the differential test, and what haproxy stands in front of: net/http, every request that is well-formed
// answered with 200, X-Seen: method and length of the body. Prints its port.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
)

func answer(w http.ResponseWriter, r *http.Request) {
	size, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Seen", r.Method+" "+strconv.FormatInt(size, 10))
	w.Header().Set("Content-Length", "0")
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := http.Server{
		Handler:                      http.HandlerFunc(answer),
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0),
	}
	log.Fatal(server.Serve(listener))
}
