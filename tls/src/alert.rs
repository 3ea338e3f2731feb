//! What a peer that ends TLS says.

use rustls::AlertDescription;

/// `UnknownCA` as `unknown ca`.
#[must_use]
pub fn spelt(alert: AlertDescription) -> String {
    let name = format!("{alert:?}");
    let mut words = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && after_small {
            words.push(' ');
        }
        after_small = letter.is_ascii_lowercase();
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_spelt_as_words() {
        assert_eq!(spelt(AlertDescription::UnknownCA), "unknown ca");
        assert_eq!(spelt(AlertDescription::CertificateExpired), "certificate expired");
    }
}
