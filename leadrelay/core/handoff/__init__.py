"""What a hand-off tells the person who gets the lead: values, templates, and how they become text and HTML."""
