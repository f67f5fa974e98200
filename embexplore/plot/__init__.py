"""Pictures: color ramps, and a page of maps that opens anywhere. Above the accessor; nothing here computes scores."""
