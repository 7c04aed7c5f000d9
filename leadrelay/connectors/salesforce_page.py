"""A record page with leadrelay's fields on it, as Salesforce's source format has pages.

https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_flexipage.htm
A section of fields is three facets deep: the section names its columns, each column its fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_TEMPLATE = "flexipage:recordHomeTemplateDesktop"
_WITH_ACTIVITIES = frozenset({"Lead", "Contact", "Account", "Opportunity"})
_BEFORE = "Leadrelay"


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading, in one column or two."""

    label: str
    columns: Sequence[Sequence[str]]


def page(root: ET.Element, object_type: str, label: str, sections: Sequence[Section]) -> None:
    """Fill `root` with the page: highlights, our sections above the details, what hangs on the record beside them."""
    _region(root, "header", [_component("force:highlightsPanel")])
    shown = [section for section in sections if any(section.columns)]
    for number, section in enumerate(shown, 1):
        _facets(root, number, section)
    ours = [_section(number, section) for number, section in enumerate(shown, 1)]
    _region(root, "main", [*ours, _component("force:detailPanel")])
    beside = ["runtime_sales_activities:activityPanel"] if object_type in _WITH_ACTIVITIES else []
    _region(root, "sidebar", [_component(name) for name in (*beside, "force:relatedListContainer")])
    _text(root, "masterLabel", label)
    _text(root, "sobjectType", object_type)
    _text(ET.SubElement(root, "template"), "name", _TEMPLATE)
    _text(root, "type", "RecordPage")


def _facets(root: ET.Element, number: int, section: Section) -> None:
    columns = [column for column in section.columns if column]
    for place, names in enumerate(columns, 1):
        _region(root, f"{_facet(number)}-column{place}", [_field(name) for name in names], "Facet")
    named = [
        _component("flexipage:column", f"{_BEFORE}_{number}_column{place}", {"body": f"{_facet(number)}-column{place}"})
        for place in range(1, len(columns) + 1)
    ]
    _region(root, _facet(number), named, "Facet")


def _section(number: int, section: Section) -> ET.Element:
    told = {"columns": _facet(number), "horizontalAlignment": "false", "label": section.label}
    return _component("flexipage:fieldSection", f"{_BEFORE}_{number}_section", told)


def _facet(number: int) -> str:
    return f"Facet-{_BEFORE}-{number}"


def _field(name: str) -> ET.Element:
    item = ET.Element("fieldInstance")
    told = ET.SubElement(item, "fieldInstanceProperties")
    _text(told, "name", "uiBehavior")
    _text(told, "value", "readonly")
    _text(item, "fieldItem", f"Record.{name}")
    _text(item, "identifier", f"Record{name.replace('__', '_')}Field")
    return item


def _component(name: str, identifier: str = "", properties: Mapping[str, str] | None = None) -> ET.Element:
    item = ET.Element("componentInstance")
    for key, value in (properties or {}).items():
        told = ET.SubElement(item, "componentInstanceProperties")
        _text(told, "name", key)
        _text(told, "value", value)
    _text(item, "componentName", name)
    _text(item, "identifier", identifier or name.replace(":", "_"))
    return item


def _region(root: ET.Element, name: str, items: Sequence[ET.Element], kind: str = "Region") -> None:
    region = ET.SubElement(root, "flexiPageRegions")
    for item in items:
        ET.SubElement(region, "itemInstances").append(item)
    _text(region, "name", name)
    _text(region, "type", kind)


def _text(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, name).text = value


def halves(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Two columns, the first of which is never the shorter one."""
    middle = (len(names) + 1) // 2
    yield names[:middle]
    yield names[middle:]
