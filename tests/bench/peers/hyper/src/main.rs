// SPDX-License-Identifier: Apache-2.0
//! hyper over a current-thread Tokio, answering one path with one body: the Rust peer of the HTTP benches.
//! Port, path and body come from PEER_PORT, PEER_PATH and PEER_BODY, more fields of the answer from PEER_FIELDS (lines
//! `name: value`); PEER_PROTOCOL=h2 speaks HTTP/2 by prior knowledge.
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;

/// What every answer has, made once: names and values are static, as in a program that has them as constants.
fn static_fields(lines: String) -> HeaderMap {
    let mut fields = HeaderMap::new();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for line in lines.lines() {
        let (name, value) = line.split_once(": ").expect("PEER_FIELDS has lines `name: value`");
        let name: &'static str = Box::leak(name.to_ascii_lowercase().into_boxed_str());
        let value: &'static str = Box::leak(value.to_string().into_boxed_str());
        fields.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    fields
}

async fn answer(
    request: Request<Incoming>,
    path: &str,
    fields: &HeaderMap,
    body: Bytes,
) -> Response<Full<Bytes>> {
    if request.uri().path() != path {
        let mut missing = Response::new(Full::new(Bytes::new()));
        *missing.status_mut() = StatusCode::NOT_FOUND;
        return missing;
    }
    if !request.body().is_end_stream() && request.into_body().collect().await.is_err() {
        let mut broken = Response::new(Full::new(Bytes::new()));
        *broken.status_mut() = StatusCode::BAD_REQUEST;
        return broken;
    }
    let mut found = Response::new(Full::new(body));
    *found.headers_mut() = fields.clone();
    found
}

async fn serve(
    port: u16,
    path: &'static str,
    fields: &'static HeaderMap,
    body: Bytes,
    h2: bool,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let body = body.clone();
                async move { Ok::<_, Infallible>(answer(request, path, fields, body).await) }
            });
            if h2 {
                let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            } else {
                let _ = hyper::server::conn::http1::Builder::new()
                    .pipeline_flush(true)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            }
        });
    }
}

fn main() -> std::io::Result<()> {
    let read = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let port = read("PEER_PORT").parse().expect("PEER_PORT is a port number");
    let path: &'static str = Box::leak(read("PEER_PATH").into_boxed_str());
    let fields: &'static HeaderMap = Box::leak(Box::new(static_fields(read("PEER_FIELDS"))));
    let h2 = std::env::var("PEER_PROTOCOL").is_ok_and(|name| name == "h2");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, serve(port, path, fields, Bytes::from(read("PEER_BODY")), h2))
}
