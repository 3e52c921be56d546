"""`make check-page`: checking before sending as a page, for people who have no command line. Nothing of what they send is kept."""
