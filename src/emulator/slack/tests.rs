//! The emulator as a whole, driven over its wire.
