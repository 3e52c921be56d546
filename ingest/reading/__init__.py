"""From the bytes of a document to tables of text: sniffing, opening each kind of file, finding the form and its rows."""
