"""What must survive a crash: cursors, intents, runs, last written values."""
