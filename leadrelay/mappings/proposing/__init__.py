"""Which CRM field may fill which lead field, with reasons: proposed from a live schema and a sample, for a person to pick."""

from leadrelay.mappings.proposing.proposals import Candidate, Proposal, propose

__all__ = ["Candidate", "Proposal", "propose"]
