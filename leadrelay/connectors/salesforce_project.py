"""What leadrelay owns, as a project in source format that an administrator deploys with Salesforce's own tool.

https://developer.salesforce.com/docs/atlas.en-us.sfdx_dev.meta/sfdx_dev/sfdx_dev_source_file_format.htm
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from leadrelay.connectors.customising import TASK, OwnField, is_ours
from leadrelay.connectors.salesforce_definitions import ACTIVITY, Definitions
from leadrelay.connectors.salesforce_guide import guide
from leadrelay.connectors.salesforce_page import Section, halves, page
from leadrelay.connectors.salesforce_shapes import SHORT, metadata
from leadrelay.errors import ConfigError, Problem

MANIFEST = "leadrelay-export.json"
"""Names our files, so that a later export knows them for its own."""

_SOURCE = "force-app/main/default"
_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_MOST_IN_COMPACT = 10
_FIRST = {"Lead": ("Name", "Company", "Title"), "Contact": ("Name", "AccountId", "Title")}
_CARD = ("score", "grade", "stage", "bant_score", "question", "band", "qualification")
_WHERE = ("score", "grade", "band", "stage", "qualification", "reengage_on", "recycle_reason")
_BUY = ("bant", "bant_score", "bant_budget", "bant_authority", "bant_need", "bant_timeline", "question", "gate_missing")
_WHY = ("reasons", "bant_evidence")

_KINDS: Mapping[str, tuple[str, bool]] = {
    ".flexipage-meta.xml": ("FlexiPage", False),
    ".permissionset-meta.xml": ("PermissionSet", False),
    ".compactLayout-meta.xml": ("CompactLayout", True),
    ".field-meta.xml": ("CustomField", True),
}
"""By the end of a file's name: what it is, and whether it is part of an object."""

Files = Mapping[str, str]
"""By path in the project."""


@dataclass(frozen=True, slots=True)
class Part:
    """One object with the fields that are to be made. `grants`: other fields that the user needs, by `Lead.Name__c`.

    Their value says whether they are to be edited too. A field that is there already is made what its file says.
    """

    object_type: str
    fields: tuple[OwnField, ...]
    grants: Mapping[str, bool] = field(default_factory=dict)


def project(parts: Sequence[Part], api_version: str) -> Files:
    """Every file of the project."""
    files = {"sfdx-project.json": _json(_project(api_version))}
    for part in parts:
        files |= _fields(part)
        files |= _layouts(part)
    files[f"{_SOURCE}/permissionsets/{Definitions.NAME}.permissionset-meta.xml"] = _permissions(parts)
    files |= _removal(files, api_version)
    files["README.md"] = guide([part.object_type for part in parts], [page_name(part.object_type) for part in parts])
    return files | {MANIFEST: _json({"made_by": "leadrelay setup --export", "files": sorted(files)})}


def page_name(object_type: str) -> str:
    """The record page of an object."""
    return f"Leadrelay_{object_type.removesuffix('__c').replace('__', '_')}_Record_Page"


def _project(api_version: str) -> dict[str, Any]:
    return {
        "packageDirectories": [{"path": "force-app", "default": True}],
        "name": "leadrelay",
        "namespace": "",
        "sfdcLoginUrl": "https://login.salesforce.com",
        "sourceApiVersion": api_version,
    }


def _json(value: Mapping[str, Any]) -> str:
    return f"{json.dumps(value, indent=2)}\n"


# -- fields and access -------------------------------------------------------------------------------------------------


def _fields(part: Part) -> Iterator[tuple[str, str]]:
    for one in part.fields:
        if one.name.lower().endswith("__c"):
            table = ACTIVITY if one.on == TASK else part.object_type
            root = _root("CustomField")
            _add(root, "fullName", one.name)
            for name, value in sorted(metadata(one).items()):
                _add(root, name, value)
            yield f"{_SOURCE}/objects/{table}/fields/{one.name}.field-meta.xml", _written(root)


def _permissions(parts: Sequence[Part]) -> str:
    """Of each field no more than it takes; a permission set lists fields of tasks under Task."""
    granted: dict[str, bool] = {}
    for part in parts:
        granted |= {f"{'Task' if one.on == TASK else part.object_type}.{one.name}": True for one in part.fields}
        granted |= {name: edit or granted.get(name, False) for name, edit in part.grants.items()}
    root = _root("PermissionSet")
    _add(root, "description", "What leadrelay reads and writes, and no more.")
    for name, edit in sorted(granted.items()):
        access = ET.SubElement(root, "fieldPermissions")
        _add(access, "editable", edit)
        _add(access, "field", name)
        _add(access, "readable", True)
    _add(root, "hasActivationRequired", False)
    _add(root, "label", Definitions.NAME)
    return _written(root)


# -- what people look at -----------------------------------------------------------------------------------------------


def _layouts(part: Part) -> Iterator[tuple[str, str]]:
    ours = [one for one in part.fields if one.on != TASK]
    if not ours:
        return
    compact = f"{_SOURCE}/objects/{part.object_type}/compactLayouts/{Definitions.NAME}.compactLayout-meta.xml"
    yield compact, _compact(part.object_type, ours)
    name = page_name(part.object_type)
    root = _root("FlexiPage")
    page(root, part.object_type, name.replace("_", " "), _sections(ours))
    yield f"{_SOURCE}/flexipages/{name}.flexipage-meta.xml", _written(root)


def _compact(object_type: str, fields: Sequence[OwnField]) -> str:
    """The highlights of a record; a long text cannot be one."""
    short = [one for one in fields if (one.length or 0) <= SHORT]
    names = [*_FIRST.get(object_type, ("Name",)), *_of(short, _CARD)]
    root = _root("CompactLayout")
    _add(root, "fullName", Definitions.NAME)
    for name in names[:_MOST_IN_COMPACT]:
        _add(root, "fields", name)
    _add(root, "label", Definitions.NAME)
    return _written(root)


def _sections(fields: Sequence[OwnField]) -> list[Section]:
    """Where the lead stands and what is left to ask; why; all else that is ours."""
    where, buy, why = _of(fields, _WHERE), _of(fields, _BUY), _of(fields, _WHY)
    named = {*where, *buy, *why}
    rest = [one.name for one in fields if one.name not in named]
    return [
        Section(Definitions.NAME, [where, buy]),
        Section(f"{Definitions.NAME}: why", [why]),
        Section(f"{Definitions.NAME}: more", list(halves(rest))),
    ]


def _of(fields: Sequence[OwnField], sources: Sequence[str]) -> list[str]:
    """The fields that these outputs go into, in the order of the outputs."""
    return [one.name for source in sources for one in fields if one.source == source]


# -- taking it away again ----------------------------------------------------------------------------------------------


def _removal(files: Files, api_version: str) -> Files:
    """What the tool is to delete, one by one: the folder of an object, named as a whole, would mean the object.

    A field that is ours by use, but not by name, stays.
    """
    package, gone = _root("Package"), _root("Package")
    named: dict[str, list[str]] = {}
    for path in files:
        folder, _, name = path.removeprefix(f"{_SOURCE}/").rpartition("/")
        for suffix, (kind, parent) in _KINDS.items():
            if name.endswith(suffix):
                own, owner = name.removesuffix(suffix), f"{folder.split('/')[1]}." if parent else ""
                named.setdefault(kind, []).extend([f"{owner}{own}"] if is_ours(f"{own}_") else [])
    for kind, members in named.items():
        types = ET.SubElement(gone, "types")
        for member in members:
            _add(types, "members", member)
        _add(types, "name", kind)
    for root in (package, gone):
        _add(root, "version", api_version)
    return {"remove/package.xml": _written(package), "remove/destructiveChanges.xml": _written(gone)}


# -- XML ---------------------------------------------------------------------------------------------------------------


def _root(name: str) -> ET.Element:
    return ET.Element(name, xmlns=_NAMESPACE)


def _add(parent: ET.Element, name: str, value: str | int | bool) -> None:
    ET.SubElement(parent, name).text = str(value).lower() if isinstance(value, bool) else str(value)


def _written(root: ET.Element) -> str:
    ET.indent(root, space="    ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


# -- the folder --------------------------------------------------------------------------------------------------------


def save(folder: Path, files: Files) -> None:
    """Write the project: all of it, or nothing. Files of an earlier export are replaced, all others stay.

    Raises `ConfigError` for a folder that holds anything and is none of ours, and for one that cannot be written.
    """
    before = _earlier(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Everything is on the disk before the first file is put in its place.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".leadrelay-") as place:
            staged = [_stage(Path(place), number, text) for number, text in enumerate(files.values())]
            for name, path in zip(files, staged, strict=True):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                path.replace(folder / name)
        for name in before - files.keys():
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror}."
        raise ConfigError([Problem("--export", message, "Name another folder.")]) from None


def _stage(place: Path, number: int, text: str) -> Path:
    path = place / str(number)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return path


def _earlier(folder: Path) -> set[str]:
    """The files of an earlier export, below the folder."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return set()
    try:
        names = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        inside = [name for name in names if (folder / name).resolve().is_relative_to(folder.resolve())]
    except (OSError, ValueError, KeyError, TypeError):
        message = f"{folder} is not empty, and no earlier export."
        raise ConfigError([Problem("--export", message, "Name a new folder.")]) from None
    return {*inside, MANIFEST}
