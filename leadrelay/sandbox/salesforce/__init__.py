"""A strict local imitation of Salesforce: it refuses what the real one refuses, in the same words."""
