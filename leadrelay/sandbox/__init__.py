"""A Salesforce and a HubSpot on localhost. Shares no code with the connectors it judges."""
