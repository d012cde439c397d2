"""One OpenAPI document of proto/, as the checks of this folder need it: resolved, and strict about what we answer."""
import json
import pathlib
import re

import jsonschema
import yaml

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
APIS = ("gateway", "session")
METHODS = ("get", "put", "post", "delete", "patch")
# The path parameter that takes all that follows, slashes included.
REST = "{rest}"
# A response's headers of framing, which no contract names (RFC 9112).
FRAMING = {"content-type", "content-length", "connection"}


def load(api):
    return Contract(api, yaml.safe_load((PROTO / f"{api}.v1.yaml").read_text()))


def all_golden():
    return {path.stem: json.loads(path.read_text()) for path in PROTO.glob("golden/*.json")}


class Contract:
    def __init__(self, api, document):
        self.api = api
        self.document = self.resolve(document, document)
        # What a path with x-any-method has as GET is the operation "ANY".
        self.operations = {("ANY" if item.get("x-any-method") else method.upper(), path): operation
                           for path, item in self.document["paths"].items()
                           for method, operation in item.items() if method in METHODS}

    def resolve(self, node, root):
        """`node` with every $ref replaced by what it names. No schema of ours refers to itself."""
        if isinstance(node, list):
            return [self.resolve(one, root) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            target = root
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            return self.resolve(target, root)
        return {key: self.resolve(value, root) for key, value in node.items()}

    def template_of(self, path):
        """The documented path that `path` is one of; a written one before one with parameters."""
        for template in sorted(self.document["paths"], key=lambda template: template.count("{")):
            pattern = re.escape(template).replace(re.escape(REST), ".+")
            if re.fullmatch(re.sub(r"\\{[^/]*?\\}", "[^/]+", pattern), path):
                return template
        return None

    def operation_of(self, method, template):
        """(its method as it is documented, the operation); None if there is none. HEAD is answered as GET."""
        for known in ("ANY", "GET" if method == "HEAD" else method):
            if (known, template) in self.operations:
                return known, self.operations[known, template]
        return None

    def may_be_absent(self, template):
        return "x-absent-with" in self.document["paths"].get(template, {})

    def methods_of(self, template):
        return {method for method, path in self.operations if path == template}

    def every_response(self):
        """(where, status, response) of all that is documented, `default` apart."""
        for (method, path), operation in self.operations.items():
            for status, response in operation["responses"].items():
                if status != "default":
                    yield f"{method} {path}", status, response
        for situation, responses in self.document["x-every-path"].items():
            for status, response in responses.items():
                yield situation, status, response

    def refused(self):
        """What the HTTP server refuses on any path: the one `default` of all operations."""
        defaults = [operation["responses"].get("default") for operation in self.operations.values()]
        if any(default != defaults[0] for default in defaults) or not defaults[0]:
            raise ValueError(f"{self.api}: every operation has the same `default`")
        return defaults[0]

    def header_of(self, response, name):
        """The documented header of that name; None if there is none."""
        for headers in (response.get("headers", {}), self.document["x-every-response"]["headers"]):
            for documented, header in headers.items():
                if documented.lower() == name.lower():
                    return header
        return None

    def required_headers(self, response):
        headers = {**self.document["x-every-response"]["headers"], **response.get("headers", {})}
        return [name for name, header in headers.items() if header.get("required")]


def codes_of(response):
    """The error codes that a failure's schema admits: those that all of its parts do."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    enums = [set(part["properties"]["error_code"]["enum"])
             for part in schema.get("allOf", []) if "error_code" in part.get("properties", {})]
    return sorted(set.intersection(*enums)) if enums else []


def strict(schema, whole=True):
    """Clients ignore members that they do not know; what we answer ourselves has only those that are documented."""
    if isinstance(schema, list):
        return [strict(one, whole) for one in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {}
    for key, value in schema.items():
        if key == "properties":
            copy[key] = {name: strict(member) for name, member in value.items()}
        elif key in ("allOf", "oneOf", "anyOf"):
            copy[key] = strict(value, whole=key != "allOf" and whole)
        else:
            copy[key] = strict(value) if key in ("items", "additionalProperties") else value
    if whole and not {"oneOf", "anyOf", "additionalProperties"} & copy.keys():
        copy["unevaluatedProperties"] = False
    return copy


def innermost(error):
    """Of a value that fits no alternative: what the one that it fits best says."""
    if not error.context:
        return [error]
    alternatives = {}
    for inner in error.context:
        alternatives.setdefault(inner.schema_path[0], []).extend(innermost(inner))
    return min(alternatives.values(), key=len)


def mistakes_in(schema, value):
    validator = jsonschema.Draft202012Validator(strict(schema))
    for error in validator.iter_errors(value):
        for inner in innermost(error):
            where = ".".join(str(step) for step in inner.absolute_path) or "the body"
            yield f"{where}: {inner.message[:200]}"
