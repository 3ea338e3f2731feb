//! Our client and our broker together, without Java.
