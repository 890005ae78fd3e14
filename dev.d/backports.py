#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds the backports suite of a Debian release to the machine's apt sources.

The source is derived from the one the machine already has for that release: same format, mirror, options
and key; only the suite differs. Prints the path of the file it wrote, nothing when the suite is there
already. Exit code 1: no source of that release was found.

usage: backports.py CODENAME [APT_DIRECTORY]
"""
import pathlib
import re
import sys


def stanzas(text):
    """The deb822 stanzas of a .sources file, each a list of (field, value) with folded values joined."""
    for block in re.split(r"\n\s*\n", text):
        fields = []
        for line in block.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0] in " \t" and fields:
                fields[-1][1] += "\n" + line
            elif ":" in line:
                name, value = line.split(":", 1)
                fields.append([name.strip(), value.strip()])
        if fields:
            yield fields


def from_deb822(text, codename):
    """A stanza for the backports suite, "" when the file has it already, None when the release is not here."""
    found = None
    for fields in stanzas(text):
        by_name = {name.lower(): value for name, value in fields}
        if by_name.get("enabled", "yes").lower() == "no" or "deb" not in by_name.get("types", "").split():
            continue
        suites = by_name.get("suites", "").split()
        if codename + "-backports" in suites:
            return ""
        if codename in suites and found is None:
            own = {"types": "deb", "suites": codename + "-backports"}
            found = "".join(f"{n}: {own.get(n.lower(), v)}\n" for n, v in fields)
    return found


def from_list(text, codename):
    """The same for a one-line-style .list file."""
    found = None
    for line in text.splitlines():
        match = re.match(r"deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$", line.strip())
        if not match:
            continue
        options, uri, suite, components = match.groups()
        if suite == codename + "-backports":
            return ""
        if suite == codename and found is None:
            components = components.split("#")[0].strip()
            found = f"deb {options or ''}{uri} {suite}-backports {components}\n"
    return found


def main():
    codename = sys.argv[1]
    apt = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "/etc/apt")
    parts = apt / "sources.list.d"
    files = [apt / "sources.list", *sorted(parts.glob("*.list")), *sorted(parts.glob("*.sources"))]
    derived = None
    for path in files:
        if not path.is_file():
            continue
        read = from_deb822 if path.suffix == ".sources" else from_list
        found = read(path.read_text(), codename)
        if found == "":
            return 0
        if found and derived is None:
            derived = (path.suffix if path.suffix == ".sources" else ".list", found)
    if derived is None:
        print(f"no source of {codename} in {apt}", file=sys.stderr)
        return 1
    target = parts / f"{codename}-backports{derived[0]}"
    parts.mkdir(exist_ok=True)
    target.write_text(derived[1])
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
