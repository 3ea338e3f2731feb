//! The beginning of a connection: both sides prove that they know the token without saying it, and who they are.
//!
//! ```text
//! server   "RelaiRep", version u32, challenge 32 bytes
//! client   "RelaiRep", version u32, challenge 32 bytes, own number u64, number that is meant u64 (0: whoever it is),
//!          proof 32 bytes
//! server   verdict u8 (0 welcome, 1 another token, 2 another number), own number u64, proof 32 bytes
//! ```
//! A proof is HMAC-SHA-256 with the token as its key over who speaks, both challenges and the numbers. What follows
//! is not encrypted.

use std::{io, time::Duration};

use relaismq_options::Secret;
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use super::carrier::Stream;

/// What all brokers of a cluster know.
#[derive(Clone)]
pub(crate) struct Token(hmac::Key);

impl Token {
    /// Without one, everybody is taken for one of them.
    pub(crate) fn new(secret: Option<&Secret>) -> Self {
        let secret = secret.map_or("", Secret::expose);
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    fn proof(&self, parts: &[&[u8]]) -> [u8; PROOF] {
        let tag = hmac::sign(&self.0, &parts.concat());
        std::array::from_fn(|n| tag.as_ref().get(n).copied().unwrap_or(0))
    }

    fn is_proved(&self, parts: &[&[u8]], proof: &[u8]) -> bool {
        hmac::verify(&self.0, &parts.concat(), proof).is_ok()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// This broker's number.
    pub(crate) id: u64,
    pub(crate) token: Token,
}

impl Own {
    /// Introduces this broker to another one, and returns that one's number, which is `meant` unless that is 0.
    pub(super) async fn greet(&self, stream: &mut dyn Stream, meant: u64) -> io::Result<u64> {
        within(async {
            let theirs = read_beginning(stream).await?;
            let ours = challenge()?;
            let (own, meant) = (self.id.to_be_bytes(), meant.to_be_bytes());
            let proof = self.token.proof(&[CLIENT, &theirs, &ours, &own, &meant]);
            let hello = [&beginning(ours)[..], &own, &meant, &proof].concat();
            stream.write_all(&hello).await?;
            let mut verdict = [0; 1 + 8 + PROOF];
            stream.read_exact(&mut verdict).await?;
            let [verdict, rest @ ..] = verdict;
            let (id, proof) = rest.split_at(8);
            match verdict {
                WELCOME if self.token.is_proved(&[SERVER, &ours, &theirs, id], proof) => {}
                OTHER_NUMBER => {
                    return Err(refused("the broker there is another one, or has lost its disk"));
                }
                _ => return Err(refused("it has another security token")),
            }
            Ok(u64::from_be_bytes(id.try_into().unwrap_or_default()))
        })
        .await
    }

    /// Hears who wants to speak to this broker.
    pub(super) async fn receive(&self, stream: &mut dyn Stream) -> io::Result<u64> {
        within(async {
            let ours = challenge()?;
            stream.write_all(&beginning(ours)).await?;
            let theirs = read_beginning(stream).await?;
            let mut rest = [0; 8 + 8 + PROOF];
            stream.read_exact(&mut rest).await?;
            let (numbers, proof) = rest.split_at(16);
            let (id, meant) = numbers.split_at(8);
            let own = self.id.to_be_bytes();
            let verdict = if !self.token.is_proved(&[CLIENT, &ours, &theirs, id, meant], proof) {
                OTHER_TOKEN
            } else if meant != [0; 8] && meant != own {
                OTHER_NUMBER
            } else {
                WELCOME
            };
            let proof = match verdict {
                OTHER_TOKEN => [0; PROOF],
                _ => self.token.proof(&[SERVER, &theirs, &ours, &own]),
            };
            stream.write_all(&[&[verdict][..], &own, &proof].concat()).await?;
            match verdict {
                WELCOME => Ok(u64::from_be_bytes(id.try_into().unwrap_or_default())),
                OTHER_NUMBER => Err(io::Error::other("it means another broker")),
                _ => Err(refused("it has another security token")),
            }
        })
        .await
    }
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn read_beginning(stream: &mut dyn Stream) -> io::Result<[u8; 32]> {
    let mut bytes = [0; 8 + 4 + 32];
    stream.read_exact(&mut bytes).await?;
    let (head, challenge) = bytes.split_at(12);
    if head != beginning([0; 32]).get(..12).unwrap_or_default() {
        return Err(refused("it is no broker of this kind, or of another release"));
    }
    Ok(std::array::from_fn(|n| challenge.get(n).copied().unwrap_or(0)))
}

fn beginning(challenge: [u8; 32]) -> Vec<u8> {
    [&b"RelaiRep"[..], &VERSION.to_be_bytes(), &challenge].concat()
}

fn challenge() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| io::Error::other("the system has no random numbers"))?;
    Ok(bytes)
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

const VERSION: u32 = 1;
const PROOF: usize = 32;
const CLIENT: &[u8] = b"client";
const SERVER: &[u8] = b"server";
const WELCOME: u8 = 0;
const OTHER_TOKEN: u8 = 1;
const OTHER_NUMBER: u8 = 2;
/// Whoever says nothing for so long is no broker.
const PATIENCE: Duration = Duration::from_secs(3);
