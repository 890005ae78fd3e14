// SPDX-License-Identifier: Apache-2.0
//! The router of axum under the workload of ../../framework/route.c: `matchit-peer ROUTES REQUESTS ROUNDS` prints the
//! sum of (index of the route + 1), 0 for a miss, and the nanoseconds per request. As in axum a path has one entry
//! with a place per method.
use std::{collections::BTreeMap, fs, hint::black_box, time::Instant};

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

fn rows(name: &str) -> Vec<(usize, String)> {
    let text = fs::read_to_string(name).expect(name);
    text.lines()
        .map(|line| {
            let (method, path) = line.split_once(' ').expect("METHOD /path");
            let method = METHODS.iter().position(|m| *m == method).expect("a method");
            (method, path.to_string())
        })
        .collect()
}

/// `/:id/*rest` as matchit writes it.
fn translate(pattern: &str) -> String {
    let segments: Vec<String> = pattern
        .split('/')
        .map(|segment| match segment.chars().next() {
            Some(':') => format!("{{{}}}", &segment[1..]),
            Some('*') => format!("{{{segment}}}"),
            _ => segment.to_string(),
        })
        .collect();
    segments.join("/")
}

#[inline(never)]
fn run(router: &matchit::Router<[u32; 7]>, requests: &[(usize, String)], rounds: u32) -> u64 {
    let mut sum = 0;
    for _ in 0..rounds {
        for (method, path) in requests {
            if let Ok(found) = router.at(black_box(path)) {
                sum += u64::from(found.value[*method]);
                black_box(&found.params);
            }
        }
    }
    sum
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (routes, requests) = (rows(&arguments[1]), rows(&arguments[2]));
    let rounds: u32 = arguments[3].parse().expect("a number of rounds");
    let mut paths: BTreeMap<String, [u32; 7]> = BTreeMap::new();
    for (index, (method, pattern)) in routes.iter().enumerate() {
        paths.entry(translate(pattern)).or_default()[*method] = index as u32 + 1;
    }
    let mut router = matchit::Router::new();
    for (path, methods) in paths {
        router.insert(path, methods).expect("a route");
    }
    let from = Instant::now();
    let sum = run(&router, &requests, rounds);
    let ns = from.elapsed().as_nanos() as f64 / (requests.len() as f64 * f64::from(rounds.max(1)));
    println!("{} {ns:.3}", sum / u64::from(rounds.max(1)));
}
