"""What the rules in force make of the whole catalogue, and jobs that apply a change."""
