// SPDX-License-Identifier: Apache-2.0
//! hyper over a current-thread Tokio, answering one path with one body: the Rust peer of the HTTP benches.
//! Port, path and body come from PEER_PORT, PEER_PATH and PEER_BODY.
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderValue, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;

fn answer(request: &Request<Incoming>, path: &str, body: &Bytes) -> Response<Full<Bytes>> {
    if request.uri().path() != path {
        let mut missing = Response::new(Full::new(Bytes::new()));
        *missing.status_mut() = StatusCode::NOT_FOUND;
        return missing;
    }
    let mut found = Response::new(Full::new(body.clone()));
    found
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    found
}

async fn serve(port: u16, path: &'static str, body: Bytes) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let response = answer(&request, path, &body);
                async move { Ok::<_, Infallible>(response) }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .pipeline_flush(true)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn main() -> std::io::Result<()> {
    let read = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let port = read("PEER_PORT").parse().expect("PEER_PORT is a port number");
    let path: &'static str = Box::leak(read("PEER_PATH").into_boxed_str());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, serve(port, path, Bytes::from(read("PEER_BODY"))))
}
