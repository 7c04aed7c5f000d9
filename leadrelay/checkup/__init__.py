"""The examination behind `check`: a configuration held against what is known of its CRMs."""
