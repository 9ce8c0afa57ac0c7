"""What customers solve alone, and the answers that agents keep at hand."""
