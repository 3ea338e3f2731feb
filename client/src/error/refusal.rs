//! What a broker says when it refuses.

use std::fmt;

use relaismq_openwire::Throwable;

/// A broker's refusal: the Java exception it answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    class: String,
    message: String,
}

/// What a [`Refusal`] is about, from the class of its exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// Wrong user name or password, or no permission for this destination
    /// (`java.lang.SecurityException` and JMS's `JMSSecurityException`).
    Security,
    /// Another connection uses the client id (`InvalidClientIDException`).
    InvalidClientId,
    /// The selector is malformed (`InvalidSelectorException`).
    InvalidSelector,
    /// There is no such destination, or it cannot be used so (`InvalidDestinationException`).
    InvalidDestination,
    /// The broker is out of memory, store or temporary space (`ResourceAllocationException`).
    ResourceExhausted,
    /// The broker rolled the transaction back (`TransactionRolledBackException`).
    TransactionRolledBack,
    /// The broker is being stopped, or still starting.
    BrokerStopped,
    /// A frame is larger than the broker accepts (`MaxFrameSizeExceededException`).
    FrameTooLarge,
    /// Anything else; see [`Refusal::class`].
    Other,
}

impl Refusal {
    pub(crate) fn new(throwable: Option<&Throwable>) -> Self {
        let text = |text: Option<&relaismq_openwire::Text>| {
            text.map(|text| text.as_str().to_owned()).unwrap_or_default()
        };
        Self {
            class: text(throwable.and_then(|it| it.class.as_ref())),
            message: text(throwable.and_then(|it| it.message.as_ref())),
        }
    }

    /// Name of the Java class, such as `javax.jms.InvalidSelectorException`.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The broker's explanation.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> RefusalKind {
        let name = self.class.rsplit('.').next().unwrap_or_default();
        match name {
            "SecurityException" | "JMSSecurityException" => RefusalKind::Security,
            "InvalidClientIDException" => RefusalKind::InvalidClientId,
            "InvalidSelectorException" => RefusalKind::InvalidSelector,
            "InvalidDestinationException" | "DestinationDoesNotExistException" => {
                RefusalKind::InvalidDestination
            }
            "ResourceAllocationException" => RefusalKind::ResourceExhausted,
            "TransactionRolledBackException" => RefusalKind::TransactionRolledBack,
            "BrokerStoppedException" => RefusalKind::BrokerStopped,
            "MaxFrameSizeExceededException" => RefusalKind::FrameTooLarge,
            _ => RefusalKind::Other,
        }
    }

    /// The same request may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind(),
            RefusalKind::ResourceExhausted
                | RefusalKind::BrokerStopped
                | RefusalKind::InvalidClientId
                | RefusalKind::TransactionRolledBack
        )
    }

    fn advice(&self) -> Option<&'static str> {
        Some(match self.kind() {
            RefusalKind::Security => "check user, password and permissions",
            RefusalKind::InvalidClientId => {
                "close the other connection or choose another client id"
            }
            RefusalKind::InvalidSelector => "check the selector's syntax",
            RefusalKind::ResourceExhausted => {
                "consume messages or raise the broker's limits, then try again"
            }
            RefusalKind::TransactionRolledBack => "repeat the whole transaction",
            RefusalKind::BrokerStopped => "try again on another broker",
            RefusalKind::FrameTooLarge => {
                "send less, or raise the broker's wireFormat.maxFrameSize"
            }
            RefusalKind::InvalidDestination | RefusalKind::Other => return None,
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the broker refused: {}", self.message)?;
        if !self.class.is_empty() {
            write!(f, " ({})", self.class)?;
        }
        match self.advice() {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(class: &str, message: &str) -> Refusal {
        Refusal::new(Some(&Throwable::new(class, message)))
    }

    #[test]
    fn javax_and_jakarta_names_mean_the_same() {
        for package in ["javax.jms", "jakarta.jms"] {
            let refusal = refusal(&format!("{package}.InvalidSelectorException"), "a = =");
            assert_eq!(refusal.kind(), RefusalKind::InvalidSelector);
            assert!(!refusal.is_retryable());
        }
    }

    #[test]
    fn shows_the_text_the_class_and_what_to_do() {
        let refusal =
            refusal("java.lang.SecurityException", "User name [x] or password is invalid.");
        assert_eq!(
            refusal.to_string(),
            "the broker refused: User name [x] or password is invalid. \
             (java.lang.SecurityException); check user, password and permissions"
        );
    }

    #[test]
    fn a_missing_exception_is_still_a_refusal() {
        assert_eq!(Refusal::new(None).to_string(), "the broker refused: ");
        assert_eq!(Refusal::new(None).kind(), RefusalKind::Other);
    }
}
