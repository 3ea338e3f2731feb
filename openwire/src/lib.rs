//! The OpenWire protocol: bytes to commands and back, without I/O.
