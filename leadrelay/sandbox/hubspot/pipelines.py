"""The pipelines of deals and leads: one each, with their stages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadrelay.sandbox.hubspot.errors import Refusal
from leadrelay.sandbox.hubspot.objecttypes import object_type
from leadrelay.sandbox.store import Store
from leadrelay.sandbox.wire import Request, Response

_BORN = {"createdAt": "2024-02-05T09:00:00.114Z", "updatedAt": "2024-02-05T09:00:00.114Z", "archived": False}


def _pipeline(key: str, label: str, stages: list[tuple[str, str, dict[str, str]]]) -> dict[str, Any]:
    listed = [
        {"id": stage, "label": name, "displayOrder": order, "metadata": metadata, "writePermissions": "CRM_PERMISSIONS"}
        for order, (stage, name, metadata) in enumerate(stages)
    ]
    return {"id": key, "label": label, "displayOrder": 0, "stages": [{**stage, **_BORN} for stage in listed], **_BORN}


PIPELINES = {
    "deals": _pipeline(
        "default",
        "Sales Pipeline",
        [
            ("appointmentscheduled", "Appointment Scheduled", {"isClosed": "false", "probability": "0.2"}),
            ("qualifiedtobuy", "Qualified To Buy", {"isClosed": "false", "probability": "0.4"}),
            ("contractsent", "Contract Sent", {"isClosed": "false", "probability": "0.9"}),
            ("closedwon", "Closed Won", {"isClosed": "true", "probability": "1.0"}),
            ("closedlost", "Closed Lost", {"isClosed": "true", "probability": "0.0"}),
        ],
    ),
    "leads": _pipeline(
        "lead-pipeline-id",
        "Lead pipeline",
        [
            ("new-stage-id", "New", {"leadState": "NEW"}),
            ("attempting-stage-id", "Attempting", {"leadState": "IN_PROGRESS"}),
            ("connected-stage-id", "Connected", {"leadState": "IN_PROGRESS"}),
            ("qualified-stage-id", "Qualified", {"leadState": "QUALIFIED"}),
            ("unqualified-stage-id", "Disqualified", {"leadState": "UNQUALIFIED"}),
        ],
    ),
}
PIPELINE_IDS = {kind: (pipeline["id"],) for kind, pipeline in PIPELINES.items()}
STAGE_IDS = {kind: tuple(stage["id"] for stage in pipeline["stages"]) for kind, pipeline in PIPELINES.items()}


class PipelinesApi:
    """`/crm/v3/pipelines`, to read."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self) -> Iterable[tuple[str, str, Any]]:
        base = "/crm/v3/pipelines/{type}"
        return (
            ("GET", base, self.index),
            ("GET", base + "/{pipeline}", self.get),
            ("GET", base + "/{pipeline}/stages", self.stages),
            ("GET", base + "/{pipeline}/stages/{stage}", self.stage),
        )

    def index(self, request: Request) -> Response:
        found = PIPELINES.get(object_type(self.store, request.parts["type"]).name)
        return Response(200, {"results": [found] if found else []})

    def get(self, request: Request) -> Response:
        return Response(200, self._find(request))

    def stages(self, request: Request) -> Response:
        return Response(200, {"results": self._find(request)["stages"]})

    def stage(self, request: Request) -> Response:
        for stage in self._find(request)["stages"]:
            if stage["id"] == request.parts["stage"]:
                return Response(200, stage)
        raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")

    def _find(self, request: Request) -> dict[str, Any]:
        found = PIPELINES.get(object_type(self.store, request.parts["type"]).name)
        if not found or found["id"] != request.parts["pipeline"]:
            raise Refusal(404, "resource not found", "OBJECT_NOT_FOUND")
        return found
