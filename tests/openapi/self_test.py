"""Shows that each kind of difference between the code and the contracts is found, in both directions: plants one at a time.

    self_test.py TABLES      TABLES: the program of tables.cpp
"""
import copy
import sys

import check_exchanges
import check_tables
from contract import APIS, all_golden, load

CHECK = ("GET", "/auth/check")


LOADED = {api: load(api) for api in APIS}


def contracts():
    return copy.deepcopy(LOADED)


def remove_path(those, tables, golden):
    del those["gateway"].operations[CHECK]


def add_path(those, tables, golden):
    those["session"].operations["GET", "/v1/planted/{id}"] = those["session"].operations["GET", "/v1/users/{id}"]


def add_route(those, tables, golden):
    tables["session"].append({"method": "PUT", "path": "/v1/users/{}", "scope": "admin"})


def change_scope(those, tables, golden):
    tables["session"][0]["scope"] = "admin"


def add_code(those, tables, golden):
    tables["error_codes"].append({"name": "PLANTED", "status": 418, "message": ""})


def change_status(those, tables, golden):
    next(row for row in tables["error_codes"] if row["name"] == "FORBIDDEN")["status"] = 404


def change_golden(those, tables, golden):
    golden["login_answer"]["exp"] += 1


def add_golden(those, tables, golden):
    golden["planted"] = {}


def remove_golden(those, tables, golden):
    del golden["account"]


def remove_example(those, tables, golden):
    body = those["session"].operations["POST", "/v1/login"]["responses"]["200"]["content"]["application/json"]
    body["examples"] = {}


def remove_member(those, tables, golden):
    body = those["gateway"].operations[CHECK]["responses"]["200"]["content"]["application/json"]
    del body["schema"]["oneOf"][0]["properties"]["user"]["properties"]["role"]


TABLES = [
    (remove_path, "the code has GET /auth/check, which the contract lacks"),
    (add_path, "the contract has GET /v1/planted/{}, which the code lacks"),
    (add_route, "the code has PUT /v1/users/{}, which the contract lacks"),
    (change_scope, "POST /v1/sessions/introspect needs admin"),
    (add_code, "no contract has PLANTED"),
    (change_status, "FORBIDDEN is 403 in the contract and 404 in the code"),
    (change_golden, "the example login_answer is not golden/login_answer.json"),
    (add_golden, "golden/planted.json is no example of a contract"),
    (remove_golden, "there is no golden/account.json"),
    (remove_example, "POST /v1/login 200 has no example"),
    (remove_member, "'role' was unexpected"),
]


def checked(golden):
    """The answer of a gateway that is as documented."""
    headers = LOADED["gateway"].document["x-every-response"]["headers"]
    required = [[name, header["schema"].get("const", "r-1")] for name, header in headers.items() if header.get("required")]
    return {"api": "gateway", "method": "GET", "path": "/auth/check", "status": 200, "body_bytes": 1,
            "headers": [*required, ["Content-Type", "application/json"]], "json": copy.deepcopy(golden["check_answer"])}


def undocumented_member(those, exchange):
    exchange["json"]["user"]["shoe_size"] = 43


def forgotten_member(those, exchange):
    del exchange["json"]["csrf_token"]


def member_removed_from_schema(those, exchange):
    remove_member(those, None, None)


def other_type(those, exchange):
    exchange["json"]["user"]["user_id"] = "1"


def other_status(those, exchange):
    exchange["status"] = 402


def other_path(those, exchange):
    exchange["path"] = "/auth/whoami"


def missing_header(those, exchange):
    exchange["headers"] = [header for header in exchange["headers"] if header[0] != "X-Frame-Options"]


def other_header(those, exchange):
    exchange["headers"].append(["X-Powered-By", "C++"])


def other_value(those, exchange):
    for header in exchange["headers"]:
        if header[0] == "Cache-Control":
            header[1] = "public"


def no_body(those, exchange):
    del exchange["json"]


def other_type_of_body(those, exchange):
    exchange["headers"][-1][1] = "text/html"


def other_allow(those, exchange):
    exchange.update(method="PUT", status=405, json={})
    exchange["headers"].append(["Allow", "GET, OPTIONS"])


# Found in the examples first, and in what the services answer all the same.
EXCHANGES = [
    (undocumented_member, "('shoe_size' was unexpected)"),
    (forgotten_member, "'csrf_token' is a required property"),
    (member_removed_from_schema, "('role' was unexpected)"),
    (other_type, "'1' is not of type 'integer'"),
    (other_status, "GET /auth/check 402 is not documented"),
    (other_path, "GET /auth/whoami 200 is not documented"),
    (missing_header, "the header X-Frame-Options is missing"),
    (other_header, "the header X-Powered-By is not documented"),
    (other_value, "the header Cache-Control: 'no-store' was expected"),
    (no_body, "the body is no JSON"),
    (other_type_of_body, "Content-Type text/html is not documented"),
    (other_allow, "Allow is GET, OPTIONS, and the contract has"),
]


def must_be_found(what, wanted, lines):
    if not any(wanted in line for line in lines):
        sys.exit(f"openapi: planted and not found: {what.__name__}; said was {lines}")


def main():
    tables, golden = check_tables.tables_of(sys.argv[1]), all_golden()
    for plant, wanted in TABLES:
        those, planted_tables, planted_golden = contracts(), copy.deepcopy(tables), copy.deepcopy(golden)
        plant(those, planted_tables, planted_golden)
        must_be_found(plant, wanted, list(check_tables.differences(those, planted_tables, planted_golden)))

    those, exchange = contracts(), checked(golden)
    wrong = list(check_exchanges.answered_wrongly(those, [exchange], set()))
    if wrong:
        sys.exit(f"openapi: the self-test's own answer is refused: {wrong}")
    for plant, wanted in EXCHANGES:
        those, exchange = contracts(), checked(golden)
        plant(those, exchange)
        must_be_found(plant, wanted, list(check_exchanges.answered_wrongly(those, [exchange], set())))

    missing = list(check_exchanges.differences(contracts(), [checked(golden)], {}))
    must_be_found(check_exchanges.differences, "gateway GET /auth/check 503 is documented, and no test was answered so", missing)
    must_be_found(check_exchanges.differences, "no exchange", list(check_exchanges.differences(contracts(), [], {})))
    seen = {"gateway GET /auth/check 200": "never"}
    must_be_found(check_exchanges.differences, "which was seen", list(check_exchanges.differences(contracts(), [checked(golden)], seen)))
    print(f"openapi: each of {len(TABLES) + len(EXCHANGES) + 3} planted differences is found")


if __name__ == "__main__":
    main()
