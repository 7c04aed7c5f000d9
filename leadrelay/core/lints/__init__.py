"""What `check` warns of: rules that never fire, that always do, that stand in the shadow of others."""
