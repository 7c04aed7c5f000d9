"""The line to the providers: as that to a CRM, but every answer may take a while."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from leadrelay.sandbox.control import PREFIX
from leadrelay.sandbox.dialects import PROVIDER
from leadrelay.sandbox.faults import Hit
from leadrelay.sandbox.line import Line
from leadrelay.sandbox.provider.app import STRANGER, Provider
from leadrelay.sandbox.wire import Delivery, Request

_SHORT = 1.0


class ProviderLine(Line):
    """Adds the latency of the settings, and the fault of which only providers take notice."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.handle, provider.control, provider.store, PROVIDER)
        self._provider = provider

    @property
    def quiet(self) -> bool:
        """Whether requests pass as if the line were not there."""
        return super().quiet and self._provider.directory.built and not self._provider.settings.latency_ms

    async def carry(self, request: Request) -> Delivery:
        """What was asked is carried out at once, and answered after the latency."""
        if request.path.startswith(PREFIX):
            return await super().carry(request)
        await self._provider.ready()
        delivery = Delivery(self._provider.handle(request)) if super().quiet else await super().carry(request)
        await self._pause(self._provider.settings.latency_ms / 1000)
        return delivery

    def _signed_in(self, request: Request, hit: Hit) -> Request:
        asked = super()._signed_in(request, hit)
        return replace(asked, actor=STRANGER) if hit.first("stranger") else asked

    async def _pause(self, seconds: float) -> None:
        # A short sleep is cheaper than a wait that the server's end may interrupt, and ends soon enough by itself.
        await (asyncio.sleep(seconds) if seconds <= _SHORT else self._wait(seconds))
