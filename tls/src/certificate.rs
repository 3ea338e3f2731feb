//! What a certificate says of itself, for error messages and for certificates that are trusted
//! themselves. Chains and names are the business of rustls.

use std::time::Duration;

use rustls::{CertificateError, Error, pki_types::UnixTime};

use crate::{date, der::Reader, name};

/// The parts of a certificate that people ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// Who it is for, in short, such as `CN=broker, O=Example`.
    pub subject: String,
    /// Who signed it, in short.
    pub issuer: String,
    /// Who it is for, in full and as Java writes it: what ActiveMQ's files of users have.
    pub distinguished_name: String,
    /// Subject and issuer are the same.
    pub is_self_signed: bool,
    /// First second of its validity, since 1970.
    pub not_before: u64,
    /// Last second of its validity, since 1970.
    pub not_after: u64,
}

impl Certificate {
    /// Reads a certificate in DER. `None` if it is none.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
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
            subject: name::short(subject),
            issuer: name::short(issuer),
            distinguished_name: name::as_java(subject),
            is_self_signed: subject == issuer,
            not_before,
            not_after,
        })
    }

    /// The one thing that matters with a certificate that is trusted itself. That its owner has the key, too,
    /// is proven by the signature of the handshake.
    ///
    /// # Errors
    /// If it is none, or it is too early or too late for it.
    pub fn verify_validity(der: &[u8], now: UnixTime) -> Result<(), Error> {
        let known = Self::read(der).ok_or(CertificateError::BadEncoding)?;
        let second = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        if now.as_secs() > known.not_after {
            let not_after = second(known.not_after);
            return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
        }
        if now.as_secs() < known.not_before {
            let not_before = second(known.not_before);
            return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
        }
        Ok(())
    }
}

/// The public key of a certificate, as it is in there.
pub(crate) fn public_key(der: &[u8]) -> Option<&[u8]> {
    let mut body = Reader::new(der).within(SEQUENCE)?.within(SEQUENCE)?;
    if body.peek() == Some(VERSION) {
        body.next()?;
    }
    let before = ["serial number", "algorithm", "issuer", "validity", "subject"];
    for _ in before {
        body.next()?;
    }
    let mut info = body.within(SEQUENCE)?;
    let _algorithm = info.next()?;
    match info.next()? {
        // The first byte counts the bits that are left over at the end.
        (BIT_STRING, [0, key @ ..]) => Some(key),
        _ => None,
    }
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
const BIT_STRING: u8 = 0x03;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

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
        assert_eq!(certificate.distinguished_name, "O=Example, CN=\"bro\u{fffd}ker\"");
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
            let _ = (Certificate::read(&bytes), name::short(&bytes), name::as_java(&bytes), public_key(&bytes));
        }
    }
}
