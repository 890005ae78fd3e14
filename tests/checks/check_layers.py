#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: the folder rules of CONTRIBUTING.md.

A layer sees itself, the layers named in SEES and, of a folder with public headers, <tmlrt/...>. Beside the order:
operating-system headers only in rt/os/<platform>/, a library's headers only in the files made for it, nobody
includes tests/, includes are rooted, and a .c file includes its own header first.
"""
import re

from common import CODE_FOLDERS, ROOT, Report, arguments, files, lines_of

BELOW_EXEC = ["abi", "base", "os", "time", "reactor", "sync"]
BELOW_NET = BELOW_EXEC + ["exec", "fut", "io"]
BELOW_CORE = BELOW_NET + ["net", "tls", "quic"]
CODEC = ["abi", "base", "core"]
CODECS = ["h1", "h2", "h3", "ws", "sse"]
SEES = {
    "abi": [], "base": ["abi"], "os": ["abi", "base"],
    "time": ["abi", "base", "os"], "reactor": ["abi", "base", "os"], "sync": ["abi", "base", "os"],
    "exec": BELOW_EXEC, "fut": BELOW_EXEC + ["exec"], "io": BELOW_EXEC + ["exec"],
    "net": BELOW_NET, "tls": BELOW_NET + ["net"],
    "quic": ["abi", "base", "core"], "quic/endpoint": BELOW_NET + ["net", "tls", "core"],
    "core": ["abi", "base"],
    **{codec: CODEC for codec in CODECS},
    "server": BELOW_CORE + ["core", "service", "server-api"] + CODECS, "client": BELOW_CORE + ["core"] + CODECS,
    "server-api": BELOW_CORE + ["core", "service"],
    "framework": BELOW_CORE + ["core", "service", "server-api"],
    "hooks": ["abi"], "hooks-lower": ["abi", "hooks"], "hooks-meta": ["abi", "hooks"],
    "hooks-entry": ["abi", "hooks", "hooks-lower", "hooks-meta"], "hooks-tool": ["abi", "hooks"],
    "tmlc": ["abi", "hooks", "hooks-tool"],
}
LAYERS = [
    (r"abi/", "abi"), (r"rt/quic/endpoint\.", "quic/endpoint"), (r"rt/(\w+)/", None),
    (r"std/http/server/service\.h$", "service"),
    (r"std/http/server/(server|admin|access_options)\.h$", "server-api"), (r"std/http/(\w+)/", None),
    (r"codegen-hooks/tool/", "hooks-tool"), (r"codegen-hooks/tmlc/", "tmlc"), (r"codegen-hooks/src/(?:lower_module|print_interface)\.c$", "hooks-entry"),
    (r"codegen-hooks/src/lower/", "hooks-lower"), (r"codegen-hooks/src/meta/", "hooks-meta"), (r"codegen-hooks/", "hooks"),
]
PUBLIC = {"rt": "runtime headers", "http": "HTTP headers"}
C_STANDARD = set("""assert ctype errno float inttypes limits locale math setjmp signal stdalign stdarg stdatomic
    stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar""".split())
C_STANDARD |= {"emmintrin"}  # the compiler's own: SSE2 intrinsics, behind #if __SSE2__
C_STANDARD |= {"unwind"}  # the compiler's own: the unwinder of the Itanium ABI, behind TRT_LANDING_UNWINDS
# errno, time, signal and threads are the system's in disguise: the os layer hides them.
SYSTEM_IN_DISGUISE = {"errno.h", "time.h", "signal.h", "threads.h"}
LIBRARIES = [
    (r"llvm-c/|llvm/Config/", r"codegen-hooks/"),
    (r"ffi\.h$", r"std/http/framework/call/\w*ffi\w*\.c$"),
    (r"openssl/", r"rt/tls/\w*openssl\w*\.[ch]$|rt/quic/tls_ossl\.c$"),
    (r"gnutls/", r"rt/quic/tls_gnutls\.c$"),
    (r"ngtcp2/", r"rt/quic/"), (r"nghttp2/", r"std/http/h2/"), (r"nghttp3/", r"std/http/h3/"),
    (r"zlib\.h$|brotli/|zstd\.h$", r"std/http/\w+/\w*(compress|gzip|brotli|zstd)\w*\.c$"),
]
OS_FILE = re.compile(r"rt/os/\w+/|codegen-hooks/tool/|codegen-hooks/tmlc/(?:main|build)\.c$")


def layer_of(path):
    if re.match(r"rt/include/|std/http/include/", path):
        return "public"
    for pattern, name in LAYERS:
        match = re.match(pattern, path)
        if match:
            return name or match.group(1)
    return None


def resolve(path, name):
    """The repository file an include names, as a string, or None for one from outside."""
    for base in ("", "abi/include/", "rt/include/", "std/http/include/", "codegen-hooks/include/"):
        if (ROOT / (base + name)).is_file():
            return base + name
    beside = str((path.parent / name).as_posix())
    return beside if (ROOT / beside).is_file() else None


def check_outside(report, path, line, name):
    """An include of nothing in this repository: C standard, a library, or the system."""
    text = path.as_posix()
    for pattern, allowed in LIBRARIES:
        if re.match(pattern, name):
            if not re.search(allowed, text):
                report.problem(path, line, f"<{name}> is only for {allowed}")
            return
    if name.endswith(".h") and name[:-2] in C_STANDARD:
        if name in SYSTEM_IN_DISGUISE and text.startswith(("rt/", "std/")) and not OS_FILE.match(text):
            report.problem(path, line, f"<{name}>: errno, clocks and signals stay in rt/os/<platform>/")
        return
    if not OS_FILE.match(text):
        report.problem(path, line, f"system header <{name}> outside of rt/os/<platform>/")


def check_inside(report, path, line, name, target, quoted):
    own, other = layer_of(path.as_posix()), layer_of(target)
    if target.startswith("tests/"):
        report.problem(path, line, f'"{name}": nobody includes tests/')
    elif quoted and "/" not in name and (path.parent / name).as_posix() == target and own != "hooks-tool":
        report.problem(path, line, f'"{name}" is not rooted: write "{target}"')
    elif other == "public":
        if own in ("abi", "tmlc") or own.startswith("hooks"):
            report.problem(path, line, f"{own} sees only abi/, not <{name}>")
    elif other is None:
        report.problem(path, line, f'"{name}" is in no layer')
    elif own == "public":
        if other != "abi":
            report.problem(path, line, f'a public header shows the private "{name}"')
    elif own == "service":
        if other not in ("abi", "base", "core"):
            report.problem(path, line, f'service.h sees abi, base and http/core, not "{name}"')
    elif own != other and other not in SEES.get(own, []) and not (own == "server" and other == "service"):
        report.problem(path, line, f'{own} may not include {other}: "{name}"')


def check_order(report, path, includes):
    """Own header first (or <tmlrt/...> before it), then <tmlrt/...>, "...", and the system's, for .c files."""
    rank_before = 0
    for number, (line, name, quoted) in enumerate(includes):
        ours = name.startswith(("tmlrt/", "tmlcg/"))
        rank = 0 if number == 0 and quoted else 1 if ours else 2 if quoted else 3
        if rank < rank_before and not name.endswith(".def"):
            report.problem(path, line, f'order of includes: {name} (own, <tmlrt/..>, "...", system)')
        rank_before = max(rank, rank_before)


def main():
    arguments(__doc__.splitlines()[0])
    report = Report("check_layers")
    for path in files(".c", ".h", folders=CODE_FOLDERS):
        report.looked_at += 1
        includes, top = [], True
        for number, text in enumerate(lines_of(path), 1):
            match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', text)
            if not match:
                top = top and not re.match(r"[a-z#}]", text.replace("#include", ""))
                continue
            name, quoted = match.group(2), match.group(1) == '"'
            if top:
                includes.append((number, name, quoted))
            target = resolve(path, name)
            if target is None and name.startswith("tests/"):
                report.problem(path, number, f'"{name}": nobody includes tests/')
            elif target is None:
                check_outside(report, path, number, name)
            else:
                check_inside(report, path, number, name, target, quoted)
        if path.suffix == ".c":
            check_order(report, path, includes)
    report.finish()


if __name__ == "__main__":
    main()
