"""What the returns desk sends out and looks at: templates, feedback on what came back, and the board of what is owed."""
