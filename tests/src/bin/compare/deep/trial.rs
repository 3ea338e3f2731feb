//! What is done to a broker with a deep queue.

use std::time::Duration;

use anyhow::Result;

use super::{Column, client, figures::Figures, resident::Resident, subject::Subject};
use crate::progress;

/// Longer than KahaDB takes to remove files (30 s), and PostgreSQL to look after a table (60 s).
pub(super) const AT_REST: Duration = Duration::from_secs(75);

/// A subject, and what was found so far.
#[derive(Debug)]
pub(super) struct Trial {
    subject: Subject,
    pub(super) figures: Figures,
}

impl Trial {
    pub(super) fn new(subject: Subject, messages: u64) -> Self {
        Self { subject, figures: Figures { messages, ..Figures::default() } }
    }

    pub(super) async fn run(&mut self) -> Result<()> {
        self.fill().await?;
        self.restart().await?;
        self.drain().await
    }

    async fn fill(&mut self) -> Result<()> {
        self.subject.start().await?;
        self.figures.disk.empty = self.subject.room()?;
        let url = self.subject.url()?;
        let begin = client::now();
        client::fill(&url, self.figures.messages).await?;
        self.figures.filling = begin.elapsed();
        let resident = Resident::of(self.subject.server()?)?;
        (self.figures.filled_bytes, self.figures.filling_bytes) = (resident.now, resident.most);
        self.say("filled")
    }

    /// At once, in the middle of whatever the broker and the system still have to write.
    async fn restart(&mut self) -> Result<()> {
        self.figures.disk.filled = self.subject.room()?;
        let begin = client::now();
        self.subject.kill().await?;
        self.subject.start().await?;
        self.figures.ready = begin.elapsed();
        client::look(&self.subject.url()?).await?;
        self.figures.served = begin.elapsed();
        self.figures.restarted_bytes = Resident::of(self.subject.server()?)?.now;
        self.say("started again")
    }

    async fn drain(&mut self) -> Result<()> {
        let url = self.subject.url()?;
        self.figures.draining = client::drain(&url, self.figures.messages).await?;
        self.figures.draining_bytes = Resident::of(self.subject.server()?)?.most;
        self.figures.disk.drained = self.subject.room()?;
        self.say("drained")
    }

    /// After a while of rest.
    pub(super) async fn end(mut self) -> Result<Column> {
        self.figures.disk.at_rest = self.subject.room()?;
        self.subject.stop().await?;
        Ok(Column { name: self.subject.name(), figures: self.figures })
    }

    fn say(&self, what: &str) -> Result<()> {
        progress(&format!("{}: {what}", self.subject.name()));
        Ok(())
    }
}
