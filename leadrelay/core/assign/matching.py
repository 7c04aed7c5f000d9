"""Whether a lead and an account are the same company: the domain of its web site or e-mail, and its name made plain."""

from __future__ import annotations

from leadrelay.core.clean.companies import company
from leadrelay.core.clean.web import company_domain
from leadrelay.core.clean.web import domain_of as domain

__all__ = ["company", "company_domain", "domain"]
