"""Holds proto/*.yaml and proto/golden against the code's own tables, in both directions.

    check_tables.py TABLES      TABLES: the program of tables.cpp
"""
import json
import re
import subprocess
import sys

from contract import APIS, PROTO, REST, all_golden, codes_of, load, mistakes_in

# Messages whose golden file has another name than they.
NAMED_OTHERWISE = {"RevokeRequest": "revoke_tokens_request", "RevokeSessions": "revoke_sessions_one",
                   "ImportedAccount": "account_import"}
# The golden file of the shape that all failures have: an example of this code.
FAILURE = "RATE_LIMIT_EXCEEDED"


def tables_of(program):
    return json.loads(subprocess.run([program], check=True, capture_output=True, text=True).stdout)


def without_names(path):
    return re.sub(r"\{[^/}*]*\}", "{}", path.replace(REST, "{*}"))


def compare_routes(contract, rows):
    documented = {(method, without_names(path)): operation for (method, path), operation in contract.operations.items()}
    routed = {(row["method"], row["path"]): row["scope"] for row in rows}
    for method, path in sorted(routed.keys() - documented.keys()):
        yield f"{contract.api}: the code has {method} {path}, which the contract lacks"
    for method, path in sorted(documented.keys() - routed.keys()):
        yield f"{contract.api}: the contract has {method} {path}, which the code lacks"
    for (method, path), scope in sorted(routed.items()):
        if scope and (method, path) in documented:
            yield from compare_scope(contract, documented[method, path], f"{method} {path}", scope)


def compare_scope(contract, operation, where, scope):
    security = operation.get("security", contract.document["security"])
    wanted = [{"credential": [] if scope == "any" else [scope]}]
    if security != wanted:
        yield f"{contract.api}: {where} needs {scope}, and says {security}"


def compare_codes(contracts, rows):
    statuses = {row["name"]: row["status"] for row in rows}
    named = set()
    for contract in contracts.values():
        schema = contract.document["components"]["schemas"]["ErrorCode"]
        named |= set(schema["enum"])
        if set(schema["enum"]) != schema["x-statuses"].keys():
            yield f"{contract.api}: ErrorCode's enum and its x-statuses differ"
        for code, status in schema["x-statuses"].items():
            if statuses.get(code) != status:
                yield f"{contract.api}: {code} is {status} in the contract and {statuses.get(code)} in the code"
        yield from compare_used_codes(contract, schema)
    for code in sorted(statuses.keys() - named):
        yield f"no contract has {code}"


def compare_used_codes(contract, schema):
    used = {code for _, status, response in contract.every_response() for code in codes_of(response)}
    for where, status, response in contract.every_response():
        for code in codes_of(response):
            if str(schema["x-statuses"].get(code)) != status:
                yield f"{contract.api}: {where} has {code} under {status}"
    refused = contract.refused()
    for status, codes in refused["x-statuses"].items():
        used |= set(codes)
        for code in codes:
            if str(schema["x-statuses"].get(code)) != status:
                yield f"{contract.api}: default has {code} under {status}"
    if {code for codes in refused["x-statuses"].values() for code in codes} != set(codes_of(refused)):
        yield f"{contract.api}: default's schema and its x-statuses differ"
    for code in sorted(set(schema["enum"]) - used):
        yield f"{contract.api}: no response has {code}"


def every_body(contract):
    """(where, the error codes, schema and examples) of every body that is documented."""
    for where, status, response in [*contract.every_response(), ("any path", "default", contract.refused())]:
        for kind, media in response.get("content", {}).items():
            yield f"{where} {status}", codes_of(response) if kind == "application/json" else [], kind, media
    for (method, path), operation in contract.operations.items():
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{method} {path}'s request", [], kind, media


def compare_examples(contract, rows, golden, used):
    messages = {row["name"]: row for row in rows}
    for where, codes, kind, media in every_body(contract):
        where = f"{contract.api}: {where}"
        examples = media.get("examples", {})
        if kind == "application/json" and not examples:
            yield f"{where} has no example"
        for code in sorted(set(codes) - {example["value"].get("error_code") for example in examples.values()}):
            yield f"{where} has no example of {code}"
        for name, example in examples.items():
            for mistake in mistakes_in(media["schema"], example["value"]):
                yield f"{where}, example {name}: {mistake}"
            used.add("failure" if name == FAILURE else name)
            if name in golden or name == FAILURE:
                if example["value"] != golden.get("failure" if name == FAILURE else name):
                    yield f"{where}: the example {name} is not golden/{name}.json"
            elif name not in messages:
                yield f"{where}: the example {name} has no file in golden/"
            elif example["value"]["error_code"] != name or example["value"]["message"] != messages[name]["message"]:
                yield f"{where}: the example {name} is not what error_code.cpp says"


def compare_golden(golden, used):
    for name in sorted(golden.keys() - used):
        yield f"golden/{name}.json is no example of a contract"
    for header in sorted(PROTO.glob("*.hpp")):
        for message in re.findall(r"\bto_json\(const (\w+)&", header.read_text()):
            name = NAMED_OTHERWISE.get(message) or re.sub(r"(?<!^)(?=[A-Z])", "_", message).lower()
            if name not in golden:
                yield f"{header.name} writes {message}, and there is no golden/{name}.json"


def differences(contracts, tables, golden):
    used = set()
    for api, contract in contracts.items():
        yield from compare_routes(contract, tables[api])
        yield from compare_examples(contract, tables["error_codes"], golden, used)
    yield from compare_codes(contracts, tables["error_codes"])
    yield from compare_golden(golden, used)


def main():
    contracts = {api: load(api) for api in APIS}
    wrong = sorted(set(differences(contracts, tables_of(sys.argv[1]), all_golden())))
    print("".join(f"openapi: {line}\n" for line in wrong), end="")
    if wrong:
        sys.exit(1)
    operations = sum(len(contract.operations) for contract in contracts.values())
    print(f"openapi: {operations} operations, {len(all_golden())} golden files: the code and the contracts agree")


if __name__ == "__main__":
    main()
