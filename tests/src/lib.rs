//! End-to-end, interoperability and crash tests.
