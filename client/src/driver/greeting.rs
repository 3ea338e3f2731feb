//! The first bytes of a peer, to recognise what is no OpenWire broker, or one of another kind.

/// First bytes of a peer that are kept.
const KEPT: usize = 16;

/// The first bytes that a peer has sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Greeting {
    bytes: [u8; KEPT],
    length: usize,
}

/// What a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    OpenWire,
    Tls,
    Amqp,
    Http,
    Stomp,
}

impl Greeting {
    /// Takes bytes that have come, if they are among the first.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        for (kept, byte) in self.bytes.iter_mut().skip(self.length).zip(bytes) {
            *kept = *byte;
            self.length += 1;
        }
    }

    /// Nothing has come yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What the peer seems to speak.
    pub(super) fn protocol(&self) -> Option<Protocol> {
        match self.bytes.get(..self.length)? {
            [0x14..=0x17, 3, ..] => Some(Protocol::Tls),
            [b'A', b'M', b'Q', b'P', ..] => Some(Protocol::Amqp),
            [b'H', b'T', b'T', b'P', b'/', ..] => Some(Protocol::Http),
            [b'E', b'R', b'R', b'O', b'R', ..] | [b'C', b'O', b'N', b'N', b'E', b'C', b'T', ..] => {
                Some(Protocol::Stomp)
            }
            // The length of a WireFormatInfo, its type, and the word that it begins with.
            [0, 0, _, _, 1, b'A', b'c', b't', b'i', ..] => Some(Protocol::OpenWire),
            _ => None,
        }
    }
}

impl Protocol {
    /// What to do about a peer that speaks something else than OpenWire.
    pub(super) const fn advice(self) -> Option<&'static str> {
        match self {
            Self::OpenWire => None,
            Self::Tls => Some("this port speaks TLS; use ssl:// instead of tcp://"),
            Self::Amqp => Some("this port speaks AMQP; OpenWire is usually on 61616 (ssl: 61617)"),
            Self::Http => Some("this port speaks HTTP; OpenWire is usually on 61616 (ssl: 61617)"),
            Self::Stomp => {
                Some("this port speaks STOMP; OpenWire is usually on 61616 (ssl: 61617)")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> Option<Protocol> {
        let mut greeting = Greeting::default();
        // In pieces, as a network may deliver them.
        bytes.chunks(3).for_each(|piece| greeting.hear(piece));
        greeting.protocol()
    }

    #[test]
    fn protocols_are_known_by_their_first_bytes() {
        assert_eq!(heard(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Some(Protocol::Http));
        assert_eq!(heard(b"CONNECTED\nversion:1.2\n\n\0"), Some(Protocol::Stomp));
        assert_eq!(heard(b"AMQP\x00\x01\x00\x00"), Some(Protocol::Amqp));
        assert_eq!(heard(b"\x15\x03\x03\x00\x02\x02\x50"), Some(Protocol::Tls));
        assert_eq!(heard(b"\x00\x00\x01\x45\x01ActiveMQ\x00\x00"), Some(Protocol::OpenWire));
        assert_eq!(heard(b""), None);
        assert_eq!(heard(b"220 mail ready"), None);
    }
}
