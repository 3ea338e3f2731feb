//! Answers.

use super::Command;
use crate::wire::macros::wire_struct;

wire_struct! {
    /// Done.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    Response = 30 "Response" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// `command_id` of the command answered.
        correlation_id: int = "correlationId";
    }
}

wire_struct! {
    /// Refused.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ExceptionResponse = 31 "ExceptionResponse" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// `command_id` of the command answered.
        correlation_id: int = "correlationId";
        /// What went wrong.
        exception: throwable = "exception";
    }
}

wire_struct! {
    /// Done, with a structure.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    DataResponse = 32 "DataResponse" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// `command_id` of the command answered.
        correlation_id: int = "correlationId";
        /// The structure.
        data: nested(Box<Command>) = "data";
    }
}

wire_struct! {
    /// Done, with structures.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    DataArrayResponse = 33 "DataArrayResponse" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// `command_id` of the command answered.
        correlation_id: int = "correlationId";
        /// The structures.
        data: array(Command) = "data";
    }
}

wire_struct! {
    /// Done, with a number.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    IntegerResponse = 34 "IntegerResponse" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// `command_id` of the command answered.
        correlation_id: int = "correlationId";
        /// The answer.
        result: int = "result";
    }
}
