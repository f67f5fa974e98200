"""Files and archives: sources in, cubes on disk, exports out. Sibling of `analysis`; neither imports the other."""
