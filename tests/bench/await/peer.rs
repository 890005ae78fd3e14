// SPDX-License-Identifier: Apache-2.0
// The chain of await.py in Rust: `peer N ready|pend inlined|opaque` prints its value and ns per operation.
// Opaque: each future is polled through a wrapper whose poll is never inlined.
use std::future::Future;
use std::hint::black_box;
use std::pin::{pin, Pin};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

struct Once(bool);

impl Future for Once {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

struct Opaque<F>(F);

impl<F: Future> Future for Opaque<F> {
    type Output = F::Output;
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        unsafe { self.map_unchecked_mut(|o| &mut o.0) }.poll(cx)
    }
}

fn same<F>(f: F) -> F {
    f
}

macro_rules! chain {
    ($module:ident, $wrap:path, $wait:expr) => {
        mod $module {
            use super::*;
            async fn leaf(x: i64) -> i64 {
                $wait;
                x.wrapping_mul(-7046029254386353131) ^ ((x as u64 >> 29) as i64)
            }
            async fn inner(x: i64) -> i64 {
                $wrap(leaf(x.wrapping_add(1))).await.wrapping_add(x)
            }
            async fn middle(x: i64) -> i64 {
                $wrap(inner(x.wrapping_add(3))).await ^ x
            }
            async fn outer(x: i64) -> i64 {
                $wrap(middle(x.wrapping_add(5))).await.wrapping_add(x)
            }
            pub async fn bench(n: i64) -> i64 {
                let mut s = 1i64;
                for i in 0..n {
                    s = $wrap(outer(s.wrapping_add(i))).await;
                }
                s
            }
        }
    };
}

chain!(ready_inlined, same, ());
chain!(ready_opaque, Opaque, ());
chain!(pend_inlined, same, Once(false).await);
chain!(pend_opaque, Opaque, Once(false).await);

fn run<F: Future<Output = i64>>(f: F) -> i64 {
    let mut f = pin!(f);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(v) = f.as_mut().poll(&mut cx) {
            return v;
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n = black_box(args[1].parse::<i64>().unwrap());
    let start = Instant::now();
    let value = match (args[2].as_str(), args[3].as_str()) {
        ("ready", "inlined") => run(ready_inlined::bench(n)),
        ("ready", "opaque") => run(ready_opaque::bench(n)),
        ("pend", "inlined") => run(pend_inlined::bench(n)),
        _ => run(pend_opaque::bench(n)),
    };
    println!("{} {:.4}", value, start.elapsed().as_nanos() as f64 / n as f64);
}
