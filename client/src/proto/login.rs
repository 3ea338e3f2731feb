//! The first commands on a link.

use relaismq_openwire::{
    ConnectionControl, ConnectionId, ConnectionInfo, EncodeError, Preferences, WireFormatInfo,
};

use crate::options::{ConnectOptions, Endpoint, Identity, WireFormatOptions};

/// What we would like to agree on.
pub(crate) fn preferences(endpoint: &Endpoint) -> Preferences {
    let wanted: &WireFormatOptions = &endpoint.options.wire_format;
    let mut preferences = Preferences::client(endpoint.virtual_host());
    preferences.version = wanted.version;
    preferences.stack_traces = wanted.stack_trace_enabled;
    preferences.tcp_no_delay = wanted.tcp_no_delay_enabled;
    preferences.cache = wanted.cache_enabled;
    preferences.cache_slots = wanted.cache_size;
    preferences.tight = wanted.tight_encoding_enabled;
    preferences.max_frame_bytes = wanted.max_frame_size;
    preferences.max_inactivity = wanted.max_inactivity_duration.unwrap_or_default();
    preferences.initial_delay = wanted.max_inactivity_duration_initial_delay;
    preferences
}

pub(crate) fn introduction(endpoint: &Endpoint) -> Result<WireFormatInfo, EncodeError> {
    preferences(endpoint).to_info()
}

/// Comes before the login, as ActiveMQ's failover transport sends it.
pub(crate) fn fault_tolerant() -> ConnectionControl {
    ConnectionControl { fault_tolerant: true, ..ConnectionControl::default() }
}

pub(crate) fn connection_info(
    options: &ConnectOptions,
    connection: &ConnectionId,
    client_id: &str,
    reconnect: bool,
) -> ConnectionInfo {
    let Identity { user_name, password, .. } = &options.identity;
    ConnectionInfo {
        connection_id: Some(connection.clone()),
        client_id: Some(client_id.into()),
        user_name: user_name.as_deref().map(Into::into),
        password: password.as_ref().map(|password| password.expose().into()),
        manageable: true,
        client_master: true,
        fault_tolerant: true,
        failover_reconnect: reconnect,
        ..ConnectionInfo::default()
    }
}
