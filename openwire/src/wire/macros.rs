//! One field list per wire type. The order on the page is the order on the wire; from it follow
//! the struct, both encodings, both directions and all versions.
//!
//! ```text
//! wire_struct! {
//!     /// What it is.
//!     #[derive(Clone, Debug, Default)]
//!     ConnectionInfo = 3 "ConnectionInfo" since 1 {
//!         /// What it means.
//!         connection_id: cached(ConnectionId) = "connectionId";
//!         client_ip: text = "clientIp", since 8;
//!     }
//! }
//! ```

/// The Rust type of a field kind.
macro_rules! field_type {
    (boolean) => { bool };
    (byte) => { i8 };
    (int) => { i32 };
    (long) => { i64 };
    (text) => { Option<$crate::text::Text> };
    (bytes) => { Option<bytes::Bytes> };
    (fixed) => { [u8; 8] };
    (throwable) => { Option<$crate::command::Throwable> };
    (nested($of:ty)) => { Option<$of> };
    (cached($of:ty)) => { Option<$of> };
    (array($of:ty)) => { Option<Vec<Option<$of>>> };
}

/// Passes one field to a sink.
macro_rules! write_field {
    ($sink:ident, $name:literal, $value:expr, text) => {
        $sink.text($name, $value.as_ref())
    };
    ($sink:ident, $name:literal, $value:expr, bytes) => {
        $sink.bytes($name, $value.as_ref())
    };
    ($sink:ident, $name:literal, $value:expr, fixed) => {
        $sink.fixed($name, &$value)
    };
    ($sink:ident, $name:literal, $value:expr, throwable) => {
        $sink.throwable($name, $value.as_ref())
    };
    ($sink:ident, $name:literal, $value:expr, nested($of:ty)) => {
        $sink.nested::<$of>($name, $value.as_ref())
    };
    ($sink:ident, $name:literal, $value:expr, cached($of:ty)) => {
        $sink.cached::<$of>($name, $value.as_ref())
    };
    ($sink:ident, $name:literal, $value:expr, array($of:ty)) => {
        $sink.array::<$of>($name, $value.as_deref())
    };
    ($sink:ident, $name:literal, $value:expr, $kind:ident) => {
        $sink.$kind($name, $value)
    };
}

/// Takes one field from a source.
macro_rules! read_field {
    ($source:ident, nested($of:ty)) => {
        $source.nested::<$of>()
    };
    ($source:ident, cached($of:ty)) => {
        $source.cached::<$of>()
    };
    ($source:ident, array($of:ty)) => {
        $source.array::<$of>()
    };
    ($source:ident, $kind:ident) => {
        $source.$kind()
    };
}

/// Whether a field exists in a version.
macro_rules! in_version {
    ($version:expr) => {
        true
    };
    ($version:expr, since $since:literal) => {
        $version >= $since
    };
    ($version:expr, until $until:literal) => {
        $version <= $until
    };
}

/// Declares a structure: its type byte, its name in ActiveMQ, the version it appeared in, its fields.
/// What follows `plus` is kept beside the wire fields and never sent.
macro_rules! wire_struct {
    (
        $(#[$doc:meta])*
        $type:ident = $code:literal $name:literal since $type_since:literal {
            $(
                $(#[$field_doc:meta])*
                $field:ident : $kind:ident $(($of:ty))? = $wire:literal $(, $when:ident $bound:literal)? ;
            )*
        }
        $(plus { $( $(#[$plus_doc:meta])* $plus:ident : $plus_type:ty; )* })?
    ) => {
        $(#[$doc])*
        #[doc = concat!("\n\nActiveMQ's `", $name, "`.")]
        pub struct $type {
            $(
                $(#[$field_doc])*
                #[doc = concat!("\n\nWire field `", $wire, "`", $(", ", stringify!($when), " version ", stringify!($bound),)? ".")]
                pub $field: $crate::wire::macros::field_type!($kind $(($of))?),
            )*
            $($(
                $(#[$plus_doc])*
                pub $plus: $plus_type,
            )*)?
        }

        impl $crate::wire::Structure for $type {
            const CODE: u8 = $code;
            const NAME: &'static str = $name;
            const SINCE: u8 = $type_since;

            #[allow(unused_variables, reason = "a structure may have no fields")]
            fn write<S: $crate::wire::Sink>(
                &self,
                sink: &mut S,
            ) -> Result<(), $crate::error::EncodeError> {
                $(
                    if $crate::wire::macros::in_version!(sink.version() $(, $when $bound)?) {
                        $crate::wire::macros::write_field!(sink, $wire, self.$field, $kind $(($of))?)?;
                    }
                )*
                Ok(())
            }

            #[allow(unused_variables, reason = "a structure may have no fields")]
            fn fill<S: $crate::wire::Source>(
                &mut self,
                source: &mut S,
            ) -> Result<(), $crate::error::DecodeError> {
                $(
                    if $crate::wire::macros::in_version!(source.version() $(, $when $bound)?) {
                        self.$field = $crate::wire::macros::read_field!(source, $kind $(($of))?)
                            .map_err(|error| error.within($name, $wire))?;
                    }
                )*
                Ok(())
            }
        }
    };
}

pub(crate) use {field_type, in_version, read_field, wire_struct, write_field};
