"""What `serve` tells Prometheus: numbers by job, never a lead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from leadrelay.errors import ConfigError, Problem
from leadrelay.jobs.enriching.sources import money
from leadrelay.jobs.qualify import Summary

_LOOKUPS = ("hits", "misses", "failed", "kept", "saved_calls", "over_budget")
_ACCOUNTS = ("unchanged", "done", "pending", "parked")


class Metrics:
    """Counts of the runs of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._runs = Counter("leadrelay_runs", "Runs by how they ended", ["job", "outcome"], registry=self.registry)
        self._leads = Counter("leadrelay_leads", "Leads by account", ["job", "account"], registry=self.registry)
        self._calls = Counter("leadrelay_api_calls", "API calls made", ["job"], registry=self.registry)
        self._seconds = Gauge("leadrelay_run_seconds", "Length of the last run", ["job"], registry=self.registry)
        self._lookups = Counter(
            "leadrelay_lookups", "Look-ups by what came of them", ["job", "provider", "outcome"], registry=self.registry
        )
        self._spent = Counter(
            "leadrelay_lookups_spent",
            "Paid for look-ups, in the provider's unit",
            ["job", "provider"],
            registry=self.registry,
        )
        self._ended = Gauge("leadrelay_last_run_ended", "When the last good run ended", ["job"], registry=self.registry)

    def ended(self, summary: Summary) -> None:
        """A run came to its end."""
        self._runs.labels(summary.job, "attention" if summary.attention else "done").inc()
        for account in _ACCOUNTS:
            self._leads.labels(summary.job, account).inc(getattr(summary, account))
        for name, tally in summary.enrichment.items():
            for outcome in _LOOKUPS:
                self._lookups.labels(summary.job, name, outcome).inc(getattr(tally, outcome))
            self._spent.labels(summary.job, name).inc(money(tally.spent))
        self._calls.labels(summary.job).inc(summary.api_calls)
        self._seconds.labels(summary.job).set(summary.seconds)
        self._ended.labels(summary.job).set_to_current_time()

    def cut_short(self, job: str, outcome: Literal["failed", "held", "paused", "stopped"]) -> None:
        """A run did not come to its end.

        `paused`: at its share of the quota. `stopped`: somebody else runs the job, or a guard of ours said no.
        `held`: something is wrong with its configuration, or with the CRM for it.
        """
        self._runs.labels(job, outcome).inc()

    @contextmanager
    def served(self, port: int | None) -> Iterator[None]:
        """Offer them on http://127.0.0.1:PORT/metrics while the context is entered."""
        if port is None:
            yield
            return
        try:
            server, thread = start_http_server(port, "127.0.0.1", self.registry)
        except OSError as error:
            raise ConfigError([Problem("--metrics-port", f"port {port}: {error.strerror}.", "Name another.")]) from None
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
