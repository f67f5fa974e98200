"""From arrays to pictures on a web map: where each screen pixel lies on the ground, and the bytes of its color."""
