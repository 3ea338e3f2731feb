//! Distinguished names in words.

use crate::der::Reader;

/// A distinguished name in short, with its outer sequence: `CN=broker, O=Example`.
#[must_use]
pub fn short_name(der: &[u8]) -> String {
    short(Reader::new(der).within(SEQUENCE).map(Reader::rest).unwrap_or_default())
}

/// The contents of a distinguished name: of what people call by a letter.
pub(crate) fn short(contents: &[u8]) -> String {
    let parts = sets(contents).into_iter().flatten().filter_map(|it| {
        let letter = match it.kind {
            [0x55, 4, 3] => "CN",
            [0x55, 4, 10] => "O",
            [0x55, 4, 11] => "OU",
            _ => return None,
        };
        // Whoever made the certificate wrote this: nothing that a terminal obeys, and not too much.
        let value: String = it.text()?.escape_debug().take(MOST_CHARACTERS).collect();
        Some(format!("{letter}={value}"))
    });
    let shown = parts.collect::<Vec<_>>().join(", ");
    if shown.is_empty() { "no name".to_owned() } else { shown }
}

/// The contents of a distinguished name, all of it, as Java's `X500Principal` prints them: the last part
/// first, and in quotation marks what could be mistaken.
pub(crate) fn as_java(contents: &[u8]) -> String {
    let sets = sets(contents);
    let one = |set: &Vec<Part<'_>>| set.iter().map(Part::as_java).collect::<Vec<_>>().join(" + ");
    let name = sets.iter().rev().map(one).collect::<Vec<_>>().join(", ");
    // A user's name, and no novel.
    name.chars()
        .map(|it| if it.is_control() { '\u{fffd}' } else { it })
        .take(MOST_OF_NAME)
        .collect()
}

/// One attribute of a name.
struct Part<'a> {
    kind: &'a [u8],
    form: u8,
    value: &'a [u8],
}

fn sets(contents: &[u8]) -> Vec<Vec<Part<'_>>> {
    let mut reader = Reader::new(contents);
    let mut found = Vec::new();
    while let Some(mut attributes) = reader.within(SET) {
        let mut parts = Vec::new();
        while let Some(mut attribute) = attributes.within(SEQUENCE) {
            let (Some((_, kind)), Some((form, value))) = (attribute.next(), attribute.next())
            else {
                continue;
            };
            parts.push(Part { kind, form, value });
        }
        found.push(parts);
    }
    found
}

impl Part<'_> {
    fn text(&self) -> Option<String> {
        match self.form {
            UTF8 | PRINTABLE | IA5 | NUMERIC => {
                Some(String::from_utf8_lossy(self.value).into_owned())
            }
            TELETEX => Some(self.value.iter().map(|byte| char::from(*byte)).collect()),
            BMP => {
                let pairs = self.value.chunks_exact(2);
                let pairs = pairs.map(|it| it.iter().fold(0, |all, it| all << 8 | u16::from(*it)));
                Some(String::from_utf16_lossy(&pairs.collect::<Vec<u16>>()))
            }
            _ => None,
        }
    }

    fn as_java(&self) -> String {
        let keyword = KEYWORDS.iter().find(|(kind, _)| *kind == self.kind);
        let keyword =
            keyword.map_or_else(|| format!("OID.{}", dotted(self.kind)), |(_, it)| (*it).into());
        let value =
            self.text().map_or_else(|| hexadecimal(self.form, self.value), |it| quoted(&it));
        format!("{keyword}={value}")
    }
}

/// In quotation marks if it could be mistaken.
fn quoted(value: &str) -> String {
    let special = |it: char| ",+=\n<>#;\\\"".contains(it);
    let white = |it: char| matches!(it, ' ' | '\n');
    let odd = value.contains(special)
        || value.contains("  ")
        || value.starts_with(white)
        || value.ends_with(white);
    if !odd {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn hexadecimal(form: u8, value: &[u8]) -> String {
    let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    let digits = [form, length].into_iter().chain(value.iter().copied());
    digits.fold("#".to_owned(), |all, byte| all + &format!("{byte:02x}"))
}

/// `1.2.840`
fn dotted(kind: &[u8]) -> String {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number = 0_u64;
    for byte in kind {
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.extend([first, number - first * 40]);
            } else {
                numbers.push(number);
            }
            number = 0;
        }
    }
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// What Java calls by a word when it prints a name.
const KEYWORDS: &[(&[u8], &str)] = &[
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 4], "SURNAME"),
    (&[0x55, 4, 5], "SERIALNUMBER"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "STREET"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 12], "T"),
    (&[0x55, 4, 42], "GIVENNAME"),
    (&[0x55, 4, 43], "INITIALS"),
    (&[0x55, 4, 44], "GENERATION"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "EMAILADDRESS"),
    (&[9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
    (&[9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const UTF8: u8 = 0x0c;
const NUMERIC: u8 = 0x12;
const PRINTABLE: u8 = 0x13;
const TELETEX: u8 = 0x14;
const IA5: u8 = 0x16;
const BMP: u8 = 0x1e;
const MOST_CHARACTERS: usize = 64;
const MOST_OF_NAME: usize = 1024;

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use crate::Certificate;

    fn name(parts: &[(DnType, &str)]) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in parts {
            params.distinguished_name.push(kind.clone(), *value);
        }
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Certificate::read(&der).unwrap().distinguished_name
    }

    #[test]
    fn a_name_is_written_as_java_does() {
        let parts = [
            (DnType::CountryName, "CH"),
            (DnType::OrganizationName, "Acme, Inc."),
            (DnType::OrganizationalUnitName, "R&D"),
            (DnType::CommonName, "billing"),
        ];
        assert_eq!(name(&parts), "CN=billing, OU=R&D, O=\"Acme, Inc.\", C=CH");
        let odd = [
            (DnType::CustomDnType(vec![1, 3, 6, 1, 4, 1, 311, 60]), "x"),
            (DnType::CustomDnType(vec![0, 9, 2342, 19_200_300, 100, 1, 1]), "u  1"),
        ];
        assert_eq!(name(&odd), "UID=\"u  1\", OID.1.3.6.1.4.1.311.60=x");
    }
}
