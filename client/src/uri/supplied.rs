//! A broker's address as it stands in a list, where only the address counts.

use relaismq_options::{BrokerAddress, Source, UriError, UriErrorKind, address};

use super::scheme::{self, Meaning};

/// Reads a broker's address as brokers send it to their clients, or as it stands in a file; whether
/// options stood behind it is told, the options themselves are none of the sender's business.
pub(super) fn supplied(text: &str) -> Result<(BrokerAddress, bool), UriError> {
    let source = Source::new(text, |_| false);
    let whole = source.whole().trim();
    let (base, query) = whole.split_once('?').map_or((whole, None), |(base, q)| (base, Some(q)));
    let (name, rest) = base.split_once(':').unwrap_or((base, base));
    let Some(Meaning::Broker(scheme)) = scheme::meaning(name.text()) else {
        return Err(source.error(0, UriErrorKind::UnknownScheme(source.echo(name))));
    };
    Ok((address::parse(source, scheme, rest)?, query.is_some()))
}
