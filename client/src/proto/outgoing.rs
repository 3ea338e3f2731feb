//! What leaves: commands, answers, news. Everything else stands on this.

use relaismq_openwire::Command;

use super::{
    Client,
    event::Event,
    io::{Answer, Failure, Output, RequestId},
};

impl Client {
    pub(super) fn notify(&mut self, event: Event) {
        self.statistics.noticed(&event);
        self.outputs.push_back(Output::Notify(event));
    }

    pub(super) fn answer(&mut self, request: Option<RequestId>, answer: Result<Answer, Failure>) {
        if let Some(request) = request {
            self.statistics.answered(&answer);
            self.ledger.clear_deadline(request);
            self.outputs.push_back(Output::Answer(request, answer));
        }
    }

    /// Writes on the current link.
    pub(super) fn write(&mut self, command: impl Into<Command>) {
        let command = command.into();
        self.link.heartbeat.wrote(self.now.instant);
        self.statistics.wrote(&command);
        // A sign of life answers a question for one.
        if command.response_required() && !matches!(command, Command::KeepAliveInfo(_)) {
            self.link.answers.asked(command.command_id().unwrap_or_default(), self.now.instant);
        }
        self.outputs.push_back(Output::Send(self.link.epoch, command));
    }

    /// Writes with a command id of its own; nobody waits.
    pub(super) fn write_one_way(&mut self, command: impl Into<Command>) {
        let mut command = command.into();
        command.set_request(self.ledger.command_id(), false);
        self.write(command);
    }

    pub(super) fn answer_all(&mut self, requests: Vec<RequestId>, outcome: &Result<(), Failure>) {
        for request in requests {
            self.answer(Some(request), outcome.clone().map(|()| Answer::Done));
        }
    }
}
