//! What a message has, as the subcommands say it.

use clap::Args;

use crate::{
    arguments::{self, Property},
    produce::Stamp,
};

/// Headers and properties.
#[derive(Args, Debug)]
pub(super) struct Content {
    /// Send MESSAGE, the file or each line in a bytes message; it need not be text then
    #[arg(long)]
    pub(super) bytes: bool,
    /// A property: NAME=VALUE for a text, else NAME:TYPE=VALUE, such as count:int=5; TYPE is boolean,
    /// byte, short, int, long, float or double. May be given several times
    #[arg(long = "property", value_name = "NAME[:TYPE]=VALUE", allow_hyphen_values = true)]
    properties: Vec<Property>,
    /// JMSCorrelationID
    #[arg(long, value_name = "ID", value_parser = arguments::some_text)]
    correlation_id: Option<String>,
    /// JMSType
    #[arg(long = "type", value_name = "NAME", value_parser = arguments::some_text)]
    message_type: Option<String>,
    /// JMSXGroupID: messages of a group go to one consumer
    #[arg(long, value_name = "ID", value_parser = arguments::some_text)]
    group: Option<String>,
}

impl Content {
    pub(super) fn stamp(self, reply_to: Option<relaismq::Destination>) -> Stamp {
        Stamp {
            group: self.group,
            correlation_id: self.correlation_id,
            reply_to,
            message_type: self.message_type,
            properties: self.properties,
        }
    }
}
