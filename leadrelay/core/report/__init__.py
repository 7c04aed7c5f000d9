"""How lead generation does, from what became of the leads: response, conversion, accuracy, meetings, fairness, age."""
