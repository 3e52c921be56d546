"""Workbooks that go out to the counties: templates to fill in, and feedback on what came back."""
