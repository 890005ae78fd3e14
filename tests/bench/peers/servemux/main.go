// SPDX-License-Identifier: Apache-2.0

// The router of Go's net/http under the workload of ../../framework/route.c: `servemux ROUTES REQUESTS ROUNDS` prints
// the sum of (index of the route + 1), 0 for a miss, and the nanoseconds per request. Requests are made beforehand.
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

func rows(name string) (made [][2]string) {
	file, err := os.Open(name)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		method, path, _ := strings.Cut(lines.Text(), " ")
		made = append(made, [2]string{method, path})
	}
	return made
}

// translate writes `/:id/*rest` as ServeMux does.
func translate(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, ":") {
			segments[i] = "{" + segment[1:] + "}"
		} else if strings.HasPrefix(segment, "*") {
			segments[i] = "{" + segment[1:] + "...}"
		}
	}
	return strings.Join(segments, "/")
}

func main() {
	mux := http.NewServeMux()
	index := map[string]uint64{"": 0}
	for i, row := range rows(os.Args[1]) {
		pattern := row[0] + " " + translate(row[1])
		index[pattern] = uint64(i + 1)
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
	}
	var requests []*http.Request
	for _, row := range rows(os.Args[2]) {
		requests = append(requests, &http.Request{Method: row[0], Host: "localhost", URL: &url.URL{Path: row[1]}})
	}
	rounds, err := strconv.Atoi(os.Args[3])
	if err != nil {
		panic(err)
	}
	found := make([]string, len(requests))
	from := time.Now()
	for range rounds {
		for i, request := range requests {
			_, found[i] = mux.Handler(request)
		}
	}
	elapsed := time.Since(from)
	sum := uint64(0)
	for _, pattern := range found {
		sum += index[pattern]
	}
	fmt.Printf("%d %.3f\n", sum, float64(elapsed.Nanoseconds())/float64(max(rounds, 1)*len(requests)))
}
