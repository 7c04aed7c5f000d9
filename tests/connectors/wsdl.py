"""Salesforce's own schema of its metadata, out of the WSDL that simple-salesforce brings: does a file keep to it?"""

from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import simple_salesforce

_XSD = "{http://www.w3.org/2001/XMLSchema}"
NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
_SIMPLE = {
    "xsd:boolean": lambda text: text in {"true", "false"},
    "xsd:int": lambda text: text.lstrip("-").isdigit(),
    "xsd:string": lambda _: True,
    "xsd:double": lambda text: text.replace(".", "", 1).isdigit(),
}


@cache
def types():
    """By name, every complex and simple type."""
    tree = ET.parse(Path(simple_salesforce.__file__).with_name("metadata.wsdl"))  # noqa: S314 - as installed
    return {node.get("name"): node for node in tree.iter() if node.tag in {f"{_XSD}complexType", f"{_XSD}simpleType"}}


def elements(name):
    """The elements of a type in order, those of its base first: (name, type, least, several)."""
    node = types()[name]
    extension = node.find(f".//{_XSD}extension")
    base = elements(extension.get("base").partition(":")[2]) if extension is not None else []
    own = [
        (one.get("name"), one.get("type"), int(one.get("minOccurs", "1")), one.get("maxOccurs") == "unbounded")
        for one in node.iter(f"{_XSD}element")
    ]
    return [*base, *own]


def problems(text):
    """Everything in a file that the schema does not have so."""
    root = ET.fromstring(text)  # noqa: S314 - our own text
    name = root.tag.removeprefix(NAMESPACE)
    return list(_problems(root, name, name)) if name in types() else [f"no type {name}"]


def _problems(node, kind, path):
    if kind in _SIMPLE:
        if len(node) or not _SIMPLE[kind](node.text or ""):
            yield f"{path}: {node.text!r} is no {kind}"
        return
    name = kind.partition(":")[2] or kind
    found = types()[name]
    if found.tag == f"{_XSD}simpleType":
        if node.text not in {one.get("value") for one in found.iter(f"{_XSD}enumeration")}:
            yield f"{path}: {node.text!r} is no {name}"
        return
    known = elements(name)
    order = [one[0] for one in known]
    children = [child.tag.removeprefix(NAMESPACE) for child in node]
    yield from (f"{path}: no {child} in {name}" for child in children if child not in order)
    places = [order.index(child) for child in children if child in order]
    if places != sorted(places):
        yield f"{path}: {children} are not in the order of {name}"
    for element, type_, least, several in known:
        given = [child for child in node if child.tag == f"{NAMESPACE}{element}"]
        if len(given) < least or (len(given) > 1 and not several):
            yield f"{path}: {len(given)} times {element}"
        for child in given:
            yield from _problems(child, type_, f"{path}/{element}")
