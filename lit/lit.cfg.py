# lit configuration of the hooks' tests: lit/hooks (IR in, IR or records out), lit/exec (programs that
# run), lit/tool (the command line), lit/tmlc (TML source). Loaded by the site file that the build makes.
#
#   %tmlc          the reference front end
#   %tmlcg         the tool               %cc            the C compiler, with the sanitizers of the build
#   %tmlrt_link    flags and libraries that link a program with the static runtime
#   %sanitize      the sanitizers alone, for tmlcg build
#   %tls_files     writes certificates to the working folder
#   %include       -I flags of the ABI and the embedder's headers
#   FileCheck, not, llvm-link, opt and the other tools of LLVM are found by name.
import os
import platform
import shutil

import lit.formats

config.name = "tmlrt"
config.suffixes = [".ll", ".c", ".test", ".tml"]
config.excludes = ["Inputs"]
config.test_format = lit.formats.ShTest(execute_external=False)
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = os.path.join(config.tmlrt_build, "lit", "out")
config.environment["PATH"] = config.llvm_bindir + os.pathsep + os.environ.get("PATH", "")
config.environment["TMLRT_LIBDIR"] = config.tmlrt_build
config.environment["CC"] = config.cc
config.environment["TMLRT_WATCHDOG_MS"] = "0"  # what a busy machine delays is not a test's output

include = " ".join("-I" + os.path.join(config.tmlrt_source, d)
                   for d in ("abi/include", "rt/include", "std/http/include"))
cc = " ".join([config.cc, config.sanitize_flags]).strip()
config.substitutions += [
    ("%tmlcg", config.tmlcg),
    ("%tmlc", config.tmlc),
    ("%cc", cc),
    ("%include", include),
    ("%tmlrt_link", " ".join([config.tmlrt_static, config.ffi_library, "-Wl,--as-needed", "-lnghttp2", "-lssl", "-lcrypto", "-lpthread"])),
    ("%tmlrt_shared", config.tmlrt_shared),
    ("%sanitize", config.sanitize_flags),
    ("%tls_files", config.tls_files),
]

for linker in ("ld.bfd", "ld.gold", "ld.lld"):
    if shutil.which(linker, path=config.environment["PATH"]):
        config.available_features.add(linker)
libc, version = platform.libc_ver()
if platform.machine() == "x86_64" and libc == "glibc" and [int(n) for n in version.split(".")[:2]] >= [2, 36]:
    config.available_features.add("relr")
if shutil.which("gdb"):
    config.available_features.add("gdb")
if config.sanitizer:
    config.available_features.add("sanitizer=" + config.sanitizer)
else:
    config.available_features.add("plain")
