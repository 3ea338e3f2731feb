//! What a certificate says of itself, for error messages and for certificates that are trusted
//! themselves. Chains and names are the business of rustls.

use super::date;
use super::der::Reader;

/// The parts of a certificate that people ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// Who it is for, such as `CN=broker, O=Example`.
    pub(super) subject: String,
    /// Who signed it.
    pub(super) issuer: String,
    /// Both are the same.
    pub(super) is_self_signed: bool,
    /// First second of its validity, since 1970.
    pub(super) not_before: u64,
    /// Last second of its validity, since 1970.
    pub(super) not_after: u64,
}

impl Certificate {
    /// Reads a certificate in DER. `None` if it is none.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let mut certificate = Reader::new(der).within(SEQUENCE)?;
        let mut body = certificate.within(SEQUENCE)?;
        // The version is only there if it is not 1.
        if body.peek() == Some(VERSION) {
            body.next()?;
        }
        let _serial_number = body.next()?;
        let _algorithm = body.next()?;
        let (_, issuer) = body.next()?;
        let mut validity = body.within(SEQUENCE)?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        let (_, subject) = body.next()?;
        Some(Self {
            subject: name(subject),
            issuer: name(issuer),
            is_self_signed: subject == issuer,
            not_before,
            not_after,
        })
    }
}

/// The contents of a distinguished name in words.
fn name(contents: &[u8]) -> String {
    let mut sets = Reader::new(contents);
    let mut parts = Vec::new();
    while let Some(mut attributes) = sets.within(SET) {
        while let Some(mut attribute) = attributes.within(SEQUENCE) {
            parts.extend(part(&mut attribute));
        }
    }
    let shown = parts.join(", ");
    if shown.is_empty() { "no name".to_owned() } else { shown }
}

/// A distinguished name in words, with its outer sequence.
pub(super) fn name_of(der: &[u8]) -> String {
    name(Reader::new(der).within(SEQUENCE).map(Reader::rest).unwrap_or_default())
}

/// `CN=broker`, of what people call by a letter.
fn part(attribute: &mut Reader<'_>) -> Option<String> {
    let (_, kind) = attribute.next()?;
    let (_, value) = attribute.next()?;
    let letter = match kind {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        _ => return None,
    };
    // Whoever made the certificate wrote this: nothing that a terminal obeys, and not too much.
    let value = String::from_utf8_lossy(value);
    let value: String = value.escape_debug().take(MOST_CHARACTERS).collect();
    Some(format!("{letter}={value}"))
}

fn time(validity: &mut Reader<'_>) -> Option<u64> {
    let (kind, text) = validity.next()?;
    let text = std::str::from_utf8(text).ok()?;
    match kind {
        UTC_TIME => {
            let year: u64 = text.get(..2)?.parse().ok()?;
            date::seconds(if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME => date::seconds(text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => None,
    }
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const MOST_CHARACTERS: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn der() -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["broker.example".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "bro\nker");
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        params.not_before = date_time_ymd(1999, 12, 31);
        params.not_after = date_time_ymd(2050, 1, 1);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_is_described_for_people() {
        let certificate = Certificate::read(&der()).unwrap();
        assert_eq!(certificate.subject, "CN=bro\\nker, O=Example");
        assert!(certificate.is_self_signed);
        assert_eq!(date::text(certificate.not_before), "1999-12-31 00:00 UTC");
        assert_eq!(date::text(certificate.not_after), "2050-01-01 00:00 UTC");
    }

    proptest! {
        #[test]
        fn a_spoilt_certificate_is_none_or_another_one(at in 0..400_usize, byte: u8, cut in 0..400_usize) {
            let mut spoilt = der();
            let at = at % spoilt.len();
            spoilt[at] = byte;
            spoilt.truncate(spoilt.len() - cut.min(spoilt.len()));
            let _ = Certificate::read(&spoilt);
        }

        #[test]
        fn anything_may_be_read(bytes: Vec<u8>) {
            let _ = (Certificate::read(&bytes), name(&bytes));
        }
    }
}
