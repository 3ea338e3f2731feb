//! How settings are read, whether they come from a broker URI, an XML file or a command line.
//!
//! ```text
//! span, source, query   the text, its pieces and its pairs of keys and values
//! row, value            tables of options, and how their values are read
//! address, tls          where a broker is, and what of TLS it may use
//! suggest, error        what to say if something is wrong
//! secret                what no log shows
//! ```
//!
//! A [`Row`] names a field of a structure; the table it stands in drives reading, suggestions and
//! documentation.
//!
//! ```
//! use relaismq_options::{Kind, Refusal, Row, closest, find};
//!
//! #[derive(Default)]
//! struct Wishes {
//!     sugar: u32,
//! }
//!
//! const WISHES: &[Row<Wishes>] = &[Row {
//!     name: "sugarLumps",
//!     kind: Kind::Count(0, 4, |wishes, lumps| wishes.sugar = lumps),
//!     default: "0",
//!     doc: "Lumps of sugar in the tea.",
//! }];
//!
//! let mut wishes = Wishes::default();
//! let (_, row) = find(WISHES, "sugarLumps").unwrap();
//! assert_eq!(row.kind.apply(&mut wishes, "2"), Ok(None));
//! assert_eq!(wishes.sugar, 2);
//! let refused = row.kind.apply(&mut wishes, "9");
//! assert_eq!(refused, Err(Refusal::Bad("a whole number from 0 to 4".to_owned())));
//! assert_eq!(closest("sugarLump", WISHES.iter().map(|row| row.name)), Some("sugarLumps"));
//! ```

pub mod address;
mod error;
pub mod query;
mod row;
mod secret;
mod source;
mod span;
mod suggest;
mod tls;
mod value;

pub use self::{
    address::{BrokerAddress, Scheme},
    error::{UriError, UriErrorKind},
    row::{Kind, Row, Standing, find},
    secret::Secret,
    source::Source,
    span::Span,
    suggest::closest,
    tls::{CipherSuite, TlsVersion, UnknownName, tls_names},
    value::{Refusal, bytes},
};
