//! Whole files, and each trap in them.
