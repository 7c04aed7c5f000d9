"""Which CRM field may fill which lead field: proposed with reasons, from a live schema and a sample."""

from leadrelay.mappings.proposing.proposals import Candidate, Proposal, propose

__all__ = ["Candidate", "Proposal", "propose"]
