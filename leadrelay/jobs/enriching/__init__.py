"""What others know of a page's leads: from the journal, from tables here, and, where it can matter, bought."""
