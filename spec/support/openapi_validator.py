#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds an OpenAPI document (standard input) against the official schema of OpenAPI 3.1
(spec/fixtures/openapi-3.1.json, from spec.openapis.org, Apache-2.0), and each schema in it against
JSON Schema 2020-12. Says what is wrong, and nothing where nothing is."""

import json
import sys

from jsonschema import Draft202012Validator


def schemas_of(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "schema":
                yield inner
            else:
                yield from schemas_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas_of(inner)


def main():
    document = json.load(sys.stdin)
    with open("spec/fixtures/openapi-3.1.json", encoding="utf-8") as file:
        official = Draft202012Validator(json.load(file))
    for fault in official.iter_errors(document):
        print("/".join(str(part) for part in fault.absolute_path), fault.message[:300])
    named = document["components"]["schemas"]
    for schema in list(named.values()) + list(schemas_of(document["paths"])):
        try:
            Draft202012Validator.check_schema(schema)
        except Exception as fault:  # pylint: disable=broad-except
            print(str(fault)[:300])


main()
