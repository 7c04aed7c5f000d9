"""The sandbox's data providers: four vendors that are asked about companies and people, and a ledger of every call."""
