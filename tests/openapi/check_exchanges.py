"""Holds what the services answered the tests (support/exchanges.hpp) against proto/*.yaml, in both directions.

    check_exchanges.py DIRECTORY      of the *.jsonl files

Every answer is documented: its status, headers and body, and no member besides. And every path and status that is
documented was answered, apart from those in unseen.yaml.
"""
import json
import pathlib
import sys

import jsonschema
import yaml

from contract import APIS, FRAMING, codes_of, load, mistakes_in

UNSEEN = pathlib.Path(__file__).with_name("unseen.yaml")


def read(directory):
    """(file, exchange), each that says the same only once."""
    lines = {}
    for path in sorted(pathlib.Path(directory).glob("*.jsonl")):
        for line in path.read_text().splitlines():
            exchange = json.loads(line)
            lines.setdefault(signature(exchange), exchange)
    return list(lines.values())


def signature(exchange):
    volatile = {"date", "x-request-id"}
    headers = [header for header in exchange["headers"] if header[0].lower() not in volatile]
    body = exchange.get("json")
    if isinstance(body, dict) and isinstance(body.get("request_id"), str):
        body = {**body, "request_id": "r-1"}
    parts = [exchange["api"], exchange["method"], exchange["path"], exchange["status"], headers, body]
    return json.dumps(parts, sort_keys=True)


def documented(contract, exchange):
    """(where it is documented, the response); None if it is nowhere."""
    method, path, status = exchange["method"], exchange["path"], str(exchange["status"])
    refused = contract.refused()
    template = contract.template_of(path) if method else None
    operation = contract.operation_of(method, template)
    every = contract.document["x-every-path"]
    if operation:
        where, responses = f"{operation[0]} {template}", operation[1]["responses"]
    elif not method:
        where, responses = "", {}
    elif template or path == "*":
        where = "OPTIONS" if method == "OPTIONS" else "other_method"
        responses = every[where]
    else:
        where, responses = "unknown_path", every["unknown_path"]
    if status in responses:
        return f"{where} {status}", responses[status]
    if contract.may_be_absent(template) and status in every["unknown_path"]:
        return f"unknown_path {status}", every["unknown_path"][status]
    if exchange.get("json", {}).get("error_code") in refused["x-statuses"].get(status, []):
        return f"default {status}", refused
    return None


def header_mistakes(contract, response, headers):
    sent = {name.lower() for name, _ in headers}
    for name in contract.required_headers(response):
        if name.lower() not in sent:
            yield f"the header {name} is missing"
    for name, value in headers:
        header = contract.header_of(response, name)
        if header is None:
            if name.lower() not in FRAMING:
                yield f"the header {name} is not documented"
            continue
        schema = header["schema"]
        if schema.get("type") == "integer":
            value = int(value) if value.lstrip("-").isdigit() else value
        for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
            yield f"the header {name}: {error.message[:200]}"


def body_mistakes(response, exchange):
    content = response.get("content", {})
    kind = next((value for name, value in exchange["headers"] if name.lower() == "content-type"), "").split(";")[0]
    if not content:
        if exchange["body_bytes"]:
            yield "a body that is not documented"
    elif exchange["method"] == "HEAD":
        if exchange["body_bytes"]:
            yield "an answer to HEAD has a body"
    elif kind not in content:
        yield f"Content-Type {kind or '(none)'} is not documented"
    elif kind == "application/json":
        if "json" not in exchange:
            yield "the body is no JSON"
        else:
            yield from mistakes_in(content[kind]["schema"], exchange["json"])
    elif not exchange["body_bytes"]:
        yield "there is no body"


def allow_mistakes(contract, exchange):
    """The methods of an Allow header are those that the contract has."""
    allow = next((value for name, value in exchange["headers"] if name == "Allow"), None)
    template = contract.template_of(exchange["path"])
    if allow is None or template is None:
        return
    methods = contract.methods_of(template)
    wanted = methods | ({"HEAD"} if "GET" in methods else set()) | {"OPTIONS"}
    if set(allow.split(", ")) != wanted:
        yield f"Allow is {allow}, and the contract has {sorted(wanted)}"


def answered_wrongly(contracts, exchanges, seen):
    for exchange in exchanges:
        contract = contracts[exchange["api"]]
        title = f"{contract.api}: {exchange['method'] or '(no request line)'} {exchange['path']} {exchange['status']}"
        found = documented(contract, exchange)
        if not found:
            yield f"{title} is not documented: {json.dumps(exchange.get('json'))[:200]}"
            continue
        where, response = found
        if exchange["method"] != "HEAD":
            seen.add(f"{contract.api} {where}")
        code = (exchange.get("json") or {}).get("error_code")
        if code:
            seen.add(f"{contract.api} {code}")
        for mistakes in (header_mistakes(contract, response, exchange["headers"]), body_mistakes(response, exchange),
                         allow_mistakes(contract, exchange)):
            for mistake in mistakes:
                yield f"{title}: {mistake}"


def documented_everywhere(contract):
    """All that is to be seen: each response by where it is documented, and each error code."""
    for where, status, response in contract.every_response():
        yield f"{contract.api} {where} {status}"
        for code in codes_of(response):
            yield f"{contract.api} {code}"
    for status in contract.refused()["x-statuses"]:
        yield f"{contract.api} default {status}"


def differences(contracts, exchanges, unseen):
    if not exchanges:
        yield "no exchange was written down"
        return
    seen = set()
    yield from answered_wrongly(contracts, exchanges, seen)
    wanted = {name for contract in contracts.values() for name in documented_everywhere(contract)}
    for name in sorted(wanted - seen - unseen.keys()):
        yield f"{name} is documented, and no test was answered so"
    for name in sorted(unseen.keys() & seen):
        yield f"unseen.yaml has {name}, which was seen"
    for name in sorted(unseen.keys() - wanted):
        yield f"unseen.yaml has {name}, which is not documented"


def main():
    contracts = {api: load(api) for api in APIS}
    exchanges = read(sys.argv[1])
    wrong = sorted(set(differences(contracts, exchanges, yaml.safe_load(UNSEEN.read_text()))))
    print("".join(f"openapi: {line}\n" for line in wrong), end="")
    if wrong:
        sys.exit(1)
    print(f"openapi: {len(exchanges)} different answers, all as documented; and all that is documented was answered")


if __name__ == "__main__":
    main()
