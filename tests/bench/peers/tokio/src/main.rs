// SPDX-License-Identifier: Apache-2.0
//! The rows of docs/bench/runtime.md over Tokio: `tokio-peer ROW FLAVOUR COUNT` prints a checksum and the nanoseconds of
//! one operation. FLAVOUR: current, or multi (2 workers). Allocator, settings and channels are Tokio's defaults.
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{broadcast, mpsc, oneshot, Mutex, Notify};
use tokio::task::{consume_budget, yield_now, JoinSet};
use tokio::time::sleep;

fn runtime(flavour: &str) -> Runtime {
    match flavour {
        "current" => Builder::new_current_thread().enable_all().build(),
        _ => Builder::new_multi_thread().worker_threads(2).enable_all().build(),
    }
    .unwrap()
}

async fn spawn_join(n: u64) -> u64 {
    let mut sum = 0;
    for i in 0..n {
        sum += tokio::spawn(async move { i }).await.unwrap();
    }
    sum
}

async fn spawn_many(n: u64) -> u64 {
    let (mut sum, mut tasks) = (0, Vec::with_capacity(1000));
    for _ in 0..n / 1000 {
        for i in 0..1000 {
            tasks.push(tokio::spawn(async move { i }));
        }
        while let Some(task) = tasks.pop() {
            sum += task.await.unwrap();
        }
    }
    sum
}

async fn join_set(n: u64) -> u64 {
    let (mut sum, mut set) = (0, JoinSet::new());
    for _ in 0..n / 1000 {
        for i in 0..1000 {
            set.spawn(async move { i });
        }
        while let Some(value) = set.join_next().await {
            sum += value.unwrap();
        }
    }
    sum
}

fn link(left: u64, end: oneshot::Sender<u64>) {
    if left == 0 {
        end.send(1).unwrap();
    } else {
        tokio::spawn(async move { link(left - 1, end) });
    }
}

async fn chained(n: u64) -> u64 {
    let mut sum = 0;
    for _ in 0..n / 1000 {
        let (send, receive) = oneshot::channel();
        link(1000, send);
        sum += receive.await.unwrap();
    }
    sum
}

async fn ping_pong(n: u64) -> u64 {
    let mut sum = 0;
    for i in 0..n {
        let (ping, pinged) = oneshot::channel();
        let (pong, ponged) = oneshot::channel();
        tokio::spawn(async move { pong.send(pinged.await.unwrap() + 1u64).unwrap() });
        ping.send(i).unwrap();
        sum += ponged.await.unwrap();
    }
    sum
}

async fn yields(n: u64) -> u64 {
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            tokio::spawn(async move {
                for _ in 0..n / 200 {
                    yield_now().await;
                }
                n / 200
            })
        })
        .collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    sum
}

async fn mpsc_five(n: u64) -> u64 {
    let (send, mut receive) = mpsc::channel(1000);
    for _ in 0..5 {
        let send = send.clone();
        tokio::spawn(async move {
            for i in 0..n / 5 {
                send.send(i).await.unwrap();
            }
        });
    }
    drop(send);
    let mut sum = 0;
    while let Some(i) = receive.recv().await {
        sum += i;
    }
    sum
}

// One operation is one delivery: 8 receivers, rounds of 500 messages, each round acknowledged.
async fn broadcast_eight(n: u64) -> u64 {
    let (send, _) = broadcast::channel(1024);
    let (ack, mut acked) = mpsc::channel(8);
    let rounds = n / (8 * 500);
    for _ in 0..8 {
        let (mut receive, ack) = (send.subscribe(), ack.clone());
        tokio::spawn(async move {
            for _ in 0..rounds {
                let mut sum = 0u64;
                for _ in 0..500 {
                    sum += receive.recv().await.unwrap();
                }
                ack.send(sum).await.unwrap();
            }
        });
    }
    let mut sum = 0;
    for _ in 0..rounds {
        for i in 0..500u64 {
            send.send(i).unwrap();
        }
        for _ in 0..8 {
            sum += acked.recv().await.unwrap();
        }
    }
    sum
}

async fn mutex_free(n: u64) -> u64 {
    let mutex = Mutex::new(0u64);
    for i in 0..n {
        *mutex.lock().await += i;
    }
    mutex.into_inner()
}

// 8 tasks, each holding the lock across a yield.
async fn mutex_contended(n: u64) -> u64 {
    let mutex = Arc::new(Mutex::new(0u64));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let mutex = mutex.clone();
            tokio::spawn(async move {
                for _ in 0..n / 8 {
                    let mut value = mutex.lock().await;
                    *value += 1;
                    yield_now().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let value = *mutex.lock().await;
    value
}

// Arms a sleep of 30 s by its first poll and drops it.
async fn timer(n: u64) -> u64 {
    std::future::poll_fn(|cx| {
        for _ in 0..n {
            let sleep = std::pin::pin!(sleep(Duration::from_secs(30)));
            // A poll loop of its own has no budget to spend.
            let poll = std::pin::pin!(tokio::task::unconstrained(sleep)).poll(cx);
            assert!(poll.is_pending());
        }
        Poll::Ready(())
    })
    .await;
    n
}

fn cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

// Arms `n` sleeps of 100 to 700 s, is idle for two seconds, drops them: ns to arm and drop one, bytes of one, CPU time
// while idle in microseconds per second.
async fn million(n: u64) -> String {
    let mut sleeps: Vec<_> = Vec::with_capacity(n as usize);
    let before = resident();
    let start = Instant::now();
    for i in 0..n {
        sleeps.push(Box::pin(sleep(Duration::from_millis(100000 + i * 7 % 600000))));
        let mut cx = Context::from_waker(Waker::noop());
        let poll = std::pin::pin!(tokio::task::unconstrained(sleeps[i as usize].as_mut())).poll(&mut cx);
        assert!(poll.is_pending());
    }
    let armed = start.elapsed();
    let bytes = resident() - before;
    let cpu = cpu_ns();
    sleep(Duration::from_secs(2)).await;
    let idle = cpu_ns() - cpu;
    let start = Instant::now();
    drop(sleeps);
    let per = |ns: u128| ns as f64 / n as f64;
    format!("{:.2} {:.2} {:.1} {:.1}", per(armed.as_nanos()), per(start.elapsed().as_nanos()),
            bytes as f64 / n as f64, idle as f64 / 2e3)
}

// How late each of `n` ticks of 10 ms is beside a loop that is always ready, and how long since the tick before the
// process did not run, in ns.
async fn ticker(n: u64) -> String {
    let spinner = tokio::spawn(async {
        let mut i = 0u64;
        loop {
            i = std::hint::black_box(i + 1);
            consume_budget().await;
        }
    });
    let (mut due, mut late) = (Instant::now(), String::new());
    let (mut from, mut cpu_from) = (due, cpu_ns());
    for _ in 0..n {
        due += Duration::from_millis(10);
        tokio::time::sleep_until(due.into()).await;
        let (now, cpu) = (Instant::now(), cpu_ns());
        let stolen = (now - from).as_nanos() as i64 - (cpu - cpu_from) as i64;
        late += &format!("{} {stolen} ", (now - due).as_nanos());
        (from, cpu_from) = (now, cpu);
    }
    spinner.abort();
    late
}

// A plain thread wakes a waiting task, which answers by a store (and, when the thread sleeps, an unpark): ns until the
// task runs, when the thread sleeps until it is back.
fn wake(runtime: Runtime, n: u64, busy: bool) -> f64 {
    let (notify, seen) = (Arc::new(Notify::new()), Arc::new(AtomicU64::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let (begin, ran_ns) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let (notify2, seen2, stop2, ran_ns2) = (notify.clone(), seen.clone(), stop.clone(), ran_ns.clone());
    let main = std::thread::current();
    let worker = std::thread::spawn(move || {
        runtime.block_on(async move {
            let stop3 = stop2.clone();
            if busy {
                tokio::spawn(async move {
                    while !stop3.load(Relaxed) {
                        yield_now().await;
                    }
                });
            }
            let waiting = tokio::spawn(async move {
                for i in 1..=n {
                    notify2.notified().await;
                    if busy {
                        ran_ns2.store(begin.elapsed().as_nanos() as u64, Relaxed);
                    }
                    seen2.store(i, Release);
                    if !busy {
                        main.unpark();
                    }
                }
            });
            waiting.await.unwrap();
            stop2.store(true, Relaxed);
        })
    });
    std::thread::sleep(Duration::from_millis(50));
    let mut samples = Vec::with_capacity(n as usize);
    for i in 1..=n {
        let start_ns = begin.elapsed().as_nanos() as u64;
        notify.notify_one();
        while seen.load(Acquire) != i {
            if busy {
                std::hint::spin_loop();
            } else {
                std::thread::park();
            }
        }
        let end_ns = if busy { ran_ns.load(Relaxed) } else { begin.elapsed().as_nanos() as u64 };
        samples.push((end_ns - start_ns) as f64);
    }
    worker.join().unwrap();
    samples.sort_by(|a, b| a.total_cmp(b));
    samples[samples.len() / 2]
}

async fn echo() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        tokio::spawn(async move {
            let mut data = [0u8; 1024];
            loop {
                match stream.read(&mut data).await {
                    Ok(len) if len > 0 => {
                        if stream.write_all(&data[..len]).await.is_err() {
                            break;
                        }
                    }
                    _ => break,
                }
            }
        });
    }
}

fn measure<F: Future<Output = u64> + Send + 'static>(runtime: Runtime, n: u64, row: F) {
    let start = Instant::now();
    let sum = runtime.block_on(async { tokio::spawn(row).await.unwrap() });
    println!("{} {:.3}", sum, start.elapsed().as_nanos() as f64 / n as f64);
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (runtime, n) = (runtime(&args[2]), args[3].parse().unwrap());
    match args[1].as_str() {
        "spawn_join" => measure(runtime, n, spawn_join(n)),
        "join_set" => measure(runtime, n, join_set(n)),
        "spawn_many" => measure(runtime, n, spawn_many(n)),
        "chained" => measure(runtime, n, chained(n)),
        "ping_pong" => measure(runtime, n, ping_pong(n)),
        "yield" => measure(runtime, n, yields(n)),
        "mpsc" => measure(runtime, n, mpsc_five(n)),
        "broadcast" => measure(runtime, n, broadcast_eight(n)),
        "mutex_free" => measure(runtime, n, mutex_free(n)),
        "mutex_contended" => measure(runtime, n, mutex_contended(n)),
        "timer" => measure(runtime, n, timer(n)),
        "million" => println!("{}", runtime.block_on(async move { tokio::spawn(million(n)).await.unwrap() })),
        "ticker" => println!("{}", runtime.block_on(async move { tokio::spawn(ticker(n)).await.unwrap() })),
        "wake_busy" => println!("{n} {:.1}", wake(runtime, n, true)),
        "wake_parked" => println!("{n} {:.1}", wake(runtime, n, false)),
        "echo" => runtime.block_on(echo()),
        row => panic!("no row {row}"),
    }
}
