"""Hot loops, arrays in, arrays out, no domain words; each with a naive twin in the tests."""
