// SPDX-License-Identifier: Apache-2.0

// The rows of docs/bench/runtime.md over Go: `goroutines ROW FLAVOUR COUNT` prints a checksum and the nanoseconds of one
// operation. FLAVOUR: current (GOMAXPROCS 1) or multi (2). A task is a goroutine, its result comes over a channel.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func spawn(i uint64) chan uint64 {
	done := make(chan uint64, 1)
	go func() { done <- i }()
	return done
}

func spawnJoin(n uint64) (sum uint64) {
	for i := range n {
		sum += <-spawn(i)
	}
	return sum
}

func spawnMany(n uint64) (sum uint64) {
	tasks := make([]chan uint64, 0, 1000)
	for range n / 1000 {
		for i := range uint64(1000) {
			tasks = append(tasks, spawn(i))
		}
		for len(tasks) > 0 {
			sum += <-tasks[len(tasks)-1]
			tasks = tasks[:len(tasks)-1]
		}
	}
	return sum
}

// joinSet takes results in the order in which goroutines end: one channel for all of them.
func joinSet(n uint64) (sum uint64) {
	ended := make(chan uint64, 1000)
	for range n / 1000 {
		for i := range uint64(1000) {
			go func() { ended <- i }()
		}
		for range 1000 {
			sum += <-ended
		}
	}
	return sum
}

func link(left int, end chan uint64) {
	if left == 0 {
		end <- 1
	} else {
		go link(left-1, end)
	}
}

func chained(n uint64) (sum uint64) {
	for range n / 1000 {
		end := make(chan uint64, 1)
		link(1000, end)
		sum += <-end
	}
	return sum
}

func pingPong(n uint64) (sum uint64) {
	for i := range n {
		ping, pong := make(chan uint64, 1), make(chan uint64, 1)
		go func() { pong <- <-ping + 1 }()
		ping <- i
		sum += <-pong
	}
	return sum
}

func yields(n uint64) uint64 {
	var group sync.WaitGroup
	for range 200 {
		group.Add(1)
		go func() {
			for range n / 200 {
				runtime.Gosched()
			}
			group.Done()
		}()
	}
	group.Wait()
	return n
}

func mpsc(n uint64) (sum uint64) {
	messages := make(chan uint64, 1000)
	var group sync.WaitGroup
	for range 5 {
		group.Add(1)
		go func() {
			for i := range n / 5 {
				messages <- i
			}
			group.Done()
		}()
	}
	go func() { group.Wait(); close(messages) }()
	for i := range messages {
		sum += i
	}
	return sum
}

func mutexFree(n uint64) (sum uint64) {
	var mutex sync.Mutex
	for i := range n {
		mutex.Lock()
		sum += i
		mutex.Unlock()
	}
	return sum
}

func mutexContended(n uint64) (sum uint64) {
	var mutex sync.Mutex
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			for range n / 8 {
				mutex.Lock()
				sum++
				runtime.Gosched()
				mutex.Unlock()
			}
			group.Done()
		}()
	}
	group.Wait()
	return sum
}

func timer(n uint64) uint64 {
	for range n {
		time.NewTimer(30 * time.Second).Stop()
	}
	return n
}

func cpuNs() uint64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return uint64(usage.Utime.Nano() + usage.Stime.Nano())
}

func resident() uint64 {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.ParseUint(strings.Fields(string(text))[1], 10, 64)
	return pages * 4096
}

func million(n uint64) string {
	timers := make([]*time.Timer, 0, n)
	before := resident()
	start := time.Now()
	for i := range n {
		timers = append(timers, time.NewTimer(time.Duration(100000+i*7%600000)*time.Millisecond))
	}
	armed := time.Since(start)
	bytes := resident() - before
	cpu := cpuNs()
	time.Sleep(2 * time.Second)
	idle := cpuNs() - cpu
	start = time.Now()
	for _, timer := range timers {
		timer.Stop()
	}
	per := func(x int64) float64 { return float64(x) / float64(n) }
	return fmt.Sprintf("%.2f %.2f %.1f %.1f", per(armed.Nanoseconds()), per(time.Since(start).Nanoseconds()),
		per(int64(bytes)), float64(idle)/2e3)
}

// ticker: how late each tick of 10 ms is beside a loop that is always ready, and how long since the tick before the
// process did not run, in ns.
func ticker(n uint64) string {
	var stop atomic.Bool
	go func() {
		for !stop.Load() {
		}
	}()
	due, late := time.Now(), ""
	from, cpuFrom := due, cpuNs()
	for range n {
		due = due.Add(10 * time.Millisecond)
		time.Sleep(time.Until(due))
		now, cpu := time.Now(), cpuNs()
		late += fmt.Sprintf("%d %d ", now.Sub(due).Nanoseconds(), now.Sub(from).Nanoseconds()-int64(cpu-cpuFrom))
		from, cpuFrom = now, cpu
	}
	stop.Store(true)
	return late
}

func echo() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		stream, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer stream.Close()
			data := make([]byte, 1024)
			for {
				length, err := stream.Read(data)
				if err != nil {
					return
				}
				if _, err := stream.Write(data[:length]); err != nil {
					return
				}
			}
		}()
	}
}

func main() {
	n, err := strconv.ParseUint(os.Args[3], 10, 64)
	if err != nil {
		panic(err)
	}
	runtime.GOMAXPROCS(map[string]int{"current": 1, "multi": 2}[os.Args[2]])
	rows := map[string]func(uint64) uint64{
		"spawn_join": spawnJoin, "spawn_many": spawnMany, "join_set": joinSet, "chained": chained, "ping_pong": pingPong, "yield": yields,
		"mpsc": mpsc, "mutex_free": mutexFree, "mutex_contended": mutexContended, "timer": timer,
	}
	switch row := os.Args[1]; row {
	case "million":
		fmt.Println(million(n))
	case "ticker":
		fmt.Println(ticker(n))
	case "echo":
		echo()
	default:
		start := time.Now()
		sum := rows[row](n)
		fmt.Printf("%d %.3f\n", sum, float64(time.Since(start).Nanoseconds())/float64(n))
	}
}
