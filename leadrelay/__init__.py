"""leadrelay: relays leads from lead generation to sales, inside Salesforce and HubSpot."""

__version__ = "0.1.0"
