# SPDX-License-Identifier: Apache-2.0
"""The other servers of the differential test, each started on a free port so that every well-formed request reaches an
answer: nginx and apache2 answer by themselves, haproxy has the Go peer behind it, node and Go say in X-Seen what they
saw."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import tools

HERE = pathlib.Path(__file__).resolve().parent


def nginx(program, work, _peers):
    port = tools.free_port()
    conf = work / "nginx.conf"
    conf.write_text(f"""daemon off;
master_process off;
pid {work}/nginx.pid;
error_log {work}/nginx-error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {work}; proxy_temp_path {work}; fastcgi_temp_path {work};
  uwsgi_temp_path {work}; scgi_temp_path {work};
  server {{ listen 127.0.0.1:{port}; location / {{ return 200; }} }}
}}
""")
    return tools.Process([program, "-p", work, "-c", conf], work / "nginx.log", port)


def haproxy(program, work, peers):
    port = tools.free_port()
    conf = work / "haproxy.conf"
    conf.write_text(f"""global
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 8s
  timeout server 8s
frontend in
  bind 127.0.0.1:{port}
  default_backend out
backend out
  server go 127.0.0.1:{peers["go"].port}
""")
    return tools.Process([program, "-db", "-q", "-f", conf], work / "haproxy.log", port)


def apache2(program, work, _peers):
    port = tools.free_port()
    listed = subprocess.run(["dpkg-query", "-L", "apache2-bin"], stdout=subprocess.PIPE, text=True, check=True).stdout
    modules = {os.path.basename(line): line for line in listed.splitlines() if line.endswith(".so")}
    load = "\n".join(f"LoadModule {name}_module {modules[f'mod_{name}.so']}"
                     for name in ("mpm_event", "authz_core", "alias"))
    conf = work / "apache2.conf"
    conf.write_text(f"""ServerRoot {work}
ServerName localhost
Listen 127.0.0.1:{port}
{load}
User www-data
PidFile {work}/apache2.pid
ErrorLog {work}/apache2-error.log
LogLevel crit
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
KeepAlive On
RedirectMatch 204 .
""")
    return tools.Process([program, "-DFOREGROUND", "-f", conf], work / "apache2.log", port)


def node(program, work, _peers):
    return tools.Process([program, HERE / "peer.js"], work / "node.log")


def go(program, work, _peers):
    return tools.Process([program], work / "go.log", environment={"GOMAXPROCS": "1"})


# Order: haproxy stands in front of go.
PEERS = {"go": ("differential-go", go), "haproxy": ("haproxy", haproxy), "nginx": ("nginx", nginx),
         "apache2": ("apache2", apache2), "node": ("node", node)}
