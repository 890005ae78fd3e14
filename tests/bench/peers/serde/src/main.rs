// SPDX-License-Identifier: Apache-2.0
// The serde_json peer of the bind bench: reads one order from a file into the same structs that bind_ours.c
// fills, `count` times, unknown fields denied. usage: serde-peer FILE COUNT; prints the nanoseconds per read.
use serde::Deserialize;
use std::hint::black_box;
use std::time::Instant;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Address {
    street: String,
    city: String,
    zip: String,
    lat: f64,
    lon: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Customer {
    id: u64,
    name: String,
    email: String,
    phone: Option<String>,
    address: Address,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Item {
    sku: String,
    title: String,
    quantity: u32,
    price: f64,
    gift: bool,
    tags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Order {
    id: u64,
    customer: Customer,
    items: Vec<Item>,
    notes: Option<String>,
    coupons: Vec<String>,
    scores: Vec<i32>,
    express: bool,
    total: f64,
}

// Not inlined, so that a profile can count what is inside.
#[inline(never)]
#[no_mangle]
fn bind_once(text: &[u8]) -> Order {
    serde_json::from_slice(text).expect("the text fits")
}

#[inline(never)]
#[no_mangle]
fn bind_round(text: &[u8]) {
    drop(black_box(bind_once(black_box(text))));
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let text = std::fs::read(&arguments[1]).expect("a file");
    let count: u64 = arguments[2].parse().expect("a count");
    bind_round(&text);
    let start = Instant::now();
    for _ in 0..count {
        bind_round(&text);
    }
    println!("{}", start.elapsed().as_nanos() as f64 / count as f64);
}
