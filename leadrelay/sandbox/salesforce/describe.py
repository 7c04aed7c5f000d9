"""What the API says of its object types and their fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leadrelay.sandbox.salesforce import fields, objects
from leadrelay.sandbox.salesforce.errors import not_found
from leadrelay.sandbox.salesforce.objects import ObjectType
from leadrelay.sandbox.salesforce.org import Org
from leadrelay.sandbox.store import Column
from leadrelay.sandbox.wire import Request, Response, Router

Described = dict[str, Any]

_SOAP = {
    "address": "urn:address",
    "boolean": "xsd:boolean",
    "currency": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "double": "xsd:double",
    "id": "tns:ID",
    "int": "xsd:int",
    "percent": "xsd:double",
    "reference": "tns:ID",
}
_NAME_PARTS = {"FirstName", "LastName", "Salutation"}
_ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "Country")
_CHILDREN = {"AccountId", "WhatId", "WhoId"}
_WITH_LAYOUT = {"Account", "Contact", "Event", "Lead", "Opportunity", "Task", "User"}


def add_routes(router: Router, org: Org) -> None:
    """The list of objects, one object in short, one object in full; handlers raise SalesforceError."""
    base = "/services/data/v{version}/sobjects"
    router.add("GET HEAD", base, lambda request: Response(200, _everything(org, request.parts["version"])))
    router.add("GET HEAD", base + "/{object}", lambda request: Response(200, _short(org, request)))
    router.add("GET HEAD", base + "/{object}/describe", lambda request: Response(200, _full(org, request)))


def _everything(org: Org, version: str) -> Described:
    kinds = [_summary(org, kind, version) for kind in objects.every(org.store) if org.sees(kind.name)]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": kinds}


def _short(org: Org, request: Request) -> Described:
    return {"objectDescribe": _summary(org, _kind(org, request), request.parts["version"]), "recentItems": []}


def _full(org: Org, request: Request) -> Described:
    kind, version = _kind(org, request), request.parts["version"]
    summary = _summary(org, kind, version)
    details = {
        "actionOverrides": [],
        "childRelationships": list(_children(org, kind)),
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(kind, column) for column in org.visible(kind.name).values()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [_master_record_type(kind, version)],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {kind.plural.lower()}", "name": "everything"}],
    }
    urls = {**summary["urls"], **_pages(org, kind)}
    return dict(sorted({**summary, **details, "urls": urls}.items()))


def _kind(org: Org, request: Request) -> ObjectType:
    kind = objects.find(org.store, request.parts["object"])
    if kind is None:
        raise not_found()
    return kind


def _summary(org: Org, kind: ObjectType, version: str) -> Described:
    path = f"/services/data/v{version}/sobjects/{kind.name}"
    has_layout = kind.custom or kind.name in _WITH_LAYOUT
    has_bin = "isdeleted" in org.visible(kind.name)
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": kind.writable,
        "custom": kind.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": kind.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": has_layout,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": kind.prefix,
        "label": kind.label,
        "labelPlural": kind.plural,
        "layoutable": has_layout,
        "mergeable": kind.name in {"Account", "Contact", "Lead"},
        "mruEnabled": has_layout,
        "name": kind.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": has_layout,
        "triggerable": has_layout,
        "undeletable": has_bin,
        "updateable": kind.writable,
        "urls": {"describe": f"{path}/describe", "rowTemplate": f"{path}/{{ID}}", "sobject": path},
    }


def _pages(org: Org, kind: ObjectType) -> dict[str, str]:
    host = org.url_of()
    return {
        "uiDetailTemplate": f"{host}/{{ID}}",
        "uiEditTemplate": f"{host}/{{ID}}/e",
        "uiNewRecord": f"{host}/{kind.prefix}/e",
    }


def _children(org: Org, kind: ObjectType) -> Iterator[Described]:
    for child in objects.every(org.store):
        for column in org.visible(child.name).values():
            if kind.name in column.meta["referenceTo"]:
                yield {
                    "cascadeDelete": False,
                    "childSObject": child.name,
                    "deprecatedAndHidden": False,
                    "field": column.name,
                    "junctionIdListNames": [],
                    "junctionReferenceTo": [],
                    "relationshipName": child.plural if column.name in _CHILDREN else None,
                    "restrictedDelete": False,
                }


def _master_record_type(kind: ObjectType, version: str) -> Described:
    key = "012000000000000AAA"
    path = f"/services/data/v{version}/sobjects/{kind.name}/describe/layouts/{key}"
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": key,
        "urls": {"layout": path},
    }


# -- fields -----------------------------------------------------------------------------------------------------------


def _field(kind: ObjectType, column: Column) -> Described:
    kept = {key: column.meta[key] for key in _AS_KEPT}
    return dict(sorted({**_UNUSED, **_uses(kind, column), **_form(kind, column), **kept}.items()))


def _uses(kind: ObjectType, column: Column) -> Described:
    """What a field is for, and what may be done with it."""
    meta, type_ = column.meta, column.meta["type"]
    several = len(meta["referenceTo"]) > 1
    return {
        "aggregatable": type_ not in {"address", "boolean", "multipicklist"} and not fields.is_long_text(column),
        "idLookup": type_ == "id" or meta["externalId"] or column.name == "Email",
        "nameField": column.name == ("Subject" if kind.name in {"Task", "Event"} else "Name"),
        "namePointing": several,
        "permissionable": (meta["createable"] and meta["nillable"] and type_ != "boolean") or meta["custom"],
        "polymorphicForeignKey": several,
        "searchPrefilterable": type_ == "reference",
    }


def _form(kind: ObjectType, column: Column) -> Described:
    """What a field is called, and what it may hold."""
    meta, type_ = column.meta, column.meta["type"]
    text = column.kind == "text" and type_ not in {"id", "reference", "address"}
    return {
        "byteLength": meta["length"] * (3 if text else 1),
        "compoundFieldName": _compound(kind, column),
        "defaultValue": meta["defaultValue"] if type_ == "boolean" else None,
        "extraTypeInfo": "plaintextarea" if type_ == "textarea" else None,
        "name": column.name,
        "picklistValues": [_picklist_value(column, value) for value in meta["picklistValues"]],
        "soapType": _SOAP.get(type_, "xsd:string"),
        "type": type_,
    }


_OFF = (
    *("aiPredictionField", "autoNumber", "cascadeDelete", "caseSensitive", "dependentPicklist", "deprecatedAndHidden"),
    *("displayLocationInDecimal", "encrypted", "formulaTreatNullNumberAsZero", "highScaleNumber", "htmlFormatted"),
    *("queryByDistance", "restrictedDelete", "writeRequiresMasterRead"),
)
_NONE = (
    *("calculatedFormula", "controllerName", "defaultValueFormula", "filteredLookupInfo", "inlineHelpText", "mask"),
    *("maskType", "referenceTargetField", "relationshipOrder"),
)
_UNUSED: Described = {**dict.fromkeys(_OFF, False), **dict.fromkeys(_NONE)}
"""What no field of the org makes use of."""
_AS_KEPT = (
    *("calculated", "createable", "custom", "defaultedOnCreate", "digits", "externalId", "filterable", "groupable"),
    *("label", "length", "nillable", "precision", "referenceTo", "relationshipName", "restrictedPicklist", "scale"),
    *("sortable", "unique", "updateable"),
)


def _picklist_value(column: Column, value: str) -> Described:
    default = value == column.meta["defaultValue"]
    return {"active": True, "defaultValue": default, "label": value, "validFor": None, "value": value}


def _compound(kind: ObjectType, column: Column) -> str | None:
    if column.name in _NAME_PARTS and kind.name in {"Contact", "Lead", "User"}:
        return "Name"
    prefix = {"Account": "Billing", "Contact": "Mailing", "Lead": ""}.get(kind.name)
    if prefix is not None and column.name in {prefix + part for part in _ADDRESS_PARTS}:
        return f"{prefix}Address"
    return None
