//! Who may change something: whoever knows what the broker has said in its log.

use std::fmt::{self, Write as _};

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header::AUTHORIZATION, request::Parts},
};
use relaismq_options::Secret;

use super::{Admin, failure::Failure};

/// What has to be known.
pub(super) struct Token {
    text: String,
    made: bool,
}

/// Whoever asks knows the token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed;

impl Token {
    /// The given one, or one that nobody can guess.
    pub(super) fn new(given: Option<&Secret>) -> Self {
        match given {
            Some(given) => Self { text: given.expose().to_owned(), made: false },
            None => Self { text: random(), made: true },
        }
    }

    /// If it was made here, and nobody knows it yet.
    pub(super) fn made(&self) -> Option<&str> {
        self.made.then_some(self.text.as_str())
    }

    /// Takes as long for a wrong one as for another wrong one of the same length.
    fn is(&self, said: &str) -> bool {
        let (known, said) = (self.text.as_bytes(), said.as_bytes());
        let differences = known.iter().zip(said).fold(0, |all, (one, other)| all | (one ^ other));
        known.len() == said.len() && std::hint::black_box(differences) == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// 128 bits of the system's. Without them nobody is allowed: the text is empty then, and never said.
fn random() -> String {
    let mut bytes = [0; 16];
    let mut text = String::new();
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "no token could be made: --admin-token gives one");
        return text;
    }
    for byte in bytes {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl FromRequestParts<Admin> for Allowed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, admin: &Admin) -> Result<Self, Failure> {
        let said = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let said = said.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        match said.filter(|said| !said.is_empty()) {
            Some(said) if admin.token.is(said) => Ok(Self),
            Some(_) => Err(refused("this is not the token")),
            None => Err(refused("this needs the token: Authorization: Bearer TOKEN")),
        }
    }
}

fn refused(error: &str) -> Failure {
    let hint = "the broker logs it when it starts, or was given it with --admin-token";
    Failure::new(StatusCode::UNAUTHORIZED, error, hint)
}
