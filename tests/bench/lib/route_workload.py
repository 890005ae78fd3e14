#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Routes of a large application and random requests for them, the same for ours and every peer.

A hundred resources with ten routes each: collections, items, items of items, a static neighbour of a parameter and a
wildcard. Of the requests three in four have a route; the others ask for a resource that is not there, for a longer or
shorter path than any route's, or with a method that the path does not have. Everything follows from the seed.
"""
import random

SHAPES = (
    ("GET", ""), ("POST", ""), ("GET", "/search"), ("GET", "/:id"), ("PUT", "/:id"), ("DELETE", "/:id"),
    ("GET", "/:id/{part}"), ("POST", "/:id/{part}"), ("GET", "/:id/{part}/:item"), ("GET", "/:id/files/*path"),
)
PREFIX = "/api/v1"


def words(rng, count):
    """So many different words of 4 to 12 letters."""
    parts = ("ac", "ber", "con", "der", "ent", "for", "gal", "hum", "int", "jo", "kel", "lum", "mon", "nor", "ord", "pay")
    made = {}
    while len(made) < count:
        made["".join(rng.choice(parts) for _ in range(rng.randint(2, 4))) + "s"] = True
    return list(made)


def routes(seed=1, count=1000):
    """[(method, pattern)]"""
    rng = random.Random(seed)
    resources = (count + len(SHAPES) - 1) // len(SHAPES)
    names, parts = words(rng, resources), words(rng, 40)
    made = [(method, f"{PREFIX}/{name}" + shape.format(part=parts[index % len(parts)]))
            for index, name in enumerate(names) for method, shape in SHAPES]
    rng.shuffle(made)
    return made[:count]


def fill(rng, pattern):
    """A path of a pattern."""
    out = []
    for segment in pattern.strip("/").split("/"):
        if segment[0] == ":":
            out.append(str(rng.randint(1, 10 ** rng.randint(1, 9))))
        elif segment[0] == "*":
            out += [f"f{rng.randint(0, 99)}.txt" for _ in range(rng.randint(1, 4))]
        else:
            out.append(segment)
    return "/" + "/".join(out)


def requests(of, seed=2, count=4096):
    """[(method, path)]"""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        method, pattern = rng.choice(of)
        path, kind = fill(rng, pattern), rng.randrange(16)
        segments = path.split("/")
        if kind == 0:
            segments[3] += "x"  # no such resource
        elif kind == 1:
            segments += ["nothing", "here", "either"]
        elif kind == 2:
            segments = segments[:3]
        elif kind == 3:
            method = "PATCH"
        made.append((method, "/".join(segments)))
    return made


def write(path, rows):
    path.write_text("".join(f"{method} {text}\n" for method, text in rows), encoding="ascii")
