"""Makes the one OpenAPI document of its parts: openapi/openapi.json, and what each room beside it adds.

A part has "paths", "tags" and "components" like the whole. Nothing may be said twice.
usage: merge_openapi.py OUT BASE PART...
"""
import json
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def add(into, more, where):
    for name, value in more.items():
        if name not in into:
            into[name] = value
        elif isinstance(value, dict) and where != "paths":
            add(into[name], value, f"{where}/{name}")
        else:
            sys.exit(f"{where}/{name} is described twice")


def main():
    out, base, *parts = sys.argv[1:]
    whole = read(base)
    for path in sorted(parts):
        part = read(path)
        whole["tags"] += part.pop("tags", [])
        add(whole["paths"], part.pop("paths", {}), "paths")
        for kind, members in part.pop("components", {}).items():
            into = whole["components"].setdefault(kind, {})
            twice = into.keys() & members.keys()
            if twice:
                sys.exit(f"{path}: components/{kind} has these twice: {', '.join(sorted(twice))}")
            into.update(members)
        if part:
            sys.exit(f"{path}: a part has no {', '.join(part)}")
    with open(out, "w", encoding="utf-8") as file:
        json.dump(whole, file, ensure_ascii=False, indent=1)
        file.write("\n")


main()
