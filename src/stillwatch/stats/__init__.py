"""Statistics on arrays: rarity, intervals, e-values, false discovery."""
