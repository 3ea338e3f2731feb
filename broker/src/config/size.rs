//! Numbers of bytes, with a unit or without.

use std::str::FromStr;

use super::error::ConfigError;

/// A number of bytes, as text with a unit or without: `500MB`, `10 gb`, `1048576`. Units are powers of
/// 1024, as in ActiveMQ's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        relaismq_options::bytes(text).map(Self).ok_or_else(|| {
            ConfigError::new("size", text, "write a number and KB, MB, GB or TB, like 500MB")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_with_and_without_units() {
        let sizes = [
            ("0", 0),
            ("1048576", 1 << 20),
            ("16MB", 16 << 20),
            ("10 gb", 10 << 30),
            ("2GiB", 2 << 30),
            ("7k", 7 << 10),
            ("1T", 1 << 40),
            ("512b", 512),
        ];
        for (text, bytes) in sizes {
            assert_eq!(text.parse::<ByteSize>().unwrap(), ByteSize(bytes), "{text}");
        }
        for text in ["", "MB", "1.5GB", "-1", "3 bananas", "99999999999TB", "1MBB MB"] {
            let refused = text.parse::<ByteSize>().unwrap_err().to_string();
            assert!(refused.contains("500MB"), "{refused}");
        }
    }
}
