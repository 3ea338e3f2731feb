//! Policies that come as data classes of Python.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyMapping;
use relaismq::Destination;
use relaismq::options::{RedeliveryPolicy, TlsOptions};

use crate::arguments::{destination, duration, limit};

/// From `relaismq.RedeliveryPolicy`.
pub(crate) fn redelivery(policy: &Bound<'_, PyAny>) -> PyResult<RedeliveryPolicy> {
    expect(policy, "RedeliveryPolicy", "a relaismq.RedeliveryPolicy")?;
    let time = |name: &str| -> PyResult<Duration> { duration(&policy.getattr(name)?, name) };
    Ok(RedeliveryPolicy::default()
        .maximum_redeliveries(policy.getattr("maximum_redeliveries")?.extract()?)
        .initial_redelivery_delay(time("initial_delay")?)
        .redelivery_delay(time("delay")?)
        .use_exponential_back_off(policy.getattr("exponential")?.extract()?)
        .back_off_multiplier(policy.getattr("multiplier")?.extract()?)
        .maximum_redelivery_delay(limit(Some(&policy.getattr("maximum_delay")?), "maximum_delay")?)
        .use_collision_avoidance(policy.getattr("jitter")?.extract()?))
}

/// From a mapping of destinations, which may be patterns, to policies.
pub(crate) fn redelivery_for(
    policies: &Bound<'_, PyAny>,
) -> PyResult<Vec<(Destination, RedeliveryPolicy)>> {
    let Ok(policies) = policies.cast::<PyMapping>() else {
        let found = policies.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "redelivery_for is a mapping such as {{\"orders.>\": RedeliveryPolicy(...)}}, not a {found}"
        )));
    };
    let pairs = policies.items()?;
    let pairs = pairs.iter().map(|pair| {
        let (pattern, policy): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
        Ok((destination(&pattern)?, redelivery(&policy)?))
    });
    pairs.collect()
}

/// From `relaismq.TLS`.
pub(crate) fn tls(options: &Bound<'_, PyAny>) -> PyResult<TlsOptions> {
    expect(options, "TLS", "relaismq.TLS(ca_file=..., cert_file=..., key_file=...)")?;
    let file = |name: &str| -> PyResult<Option<PathBuf>> { options.getattr(name)?.extract() };
    let mut tls = TlsOptions::new();
    if let Some(ca_file) = file("ca_file")? {
        tls = tls.ca_file(ca_file);
    }
    Ok(tls
        .certificate_file(file("cert_file")?)
        .key_file(file("key_file")?)
        .server_name(options.getattr("server_name")?.extract()?)
        .verify_host_name(options.getattr("verify_hostname")?.extract()?))
}

/// Only the class itself: what a context of the module `ssl` says cannot be carried over, for one.
fn expect(given: &Bound<'_, PyAny>, class: &str, wanted: &str) -> PyResult<()> {
    let module = given.py().import("relaismq._options")?;
    if given.is_instance(&module.getattr(class)?)? {
        return Ok(());
    }
    let found = given.get_type().name()?;
    Err(PyTypeError::new_err(format!("{wanted} is expected here, not a {found}")))
}
