"""What runs: the one loop, its outbox and its clock."""
