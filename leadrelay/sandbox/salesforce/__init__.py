"""A strict local imitation of Salesforce: where the real one refuses, this one refuses with the same status and body."""
