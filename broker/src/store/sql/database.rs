//! The seam to the databases: one connection, in one dialect. Everything above it is the same for all
//! of them. SQL Server and Oracle would each be one more file in `dialects`.

use super::dialects::Dialect;
use super::sentence::Sentence;
use super::trouble::Result;
use super::value::{Kind, Row};

/// One connection. Calls block; none takes longer than the deadline of its options.
pub(super) trait Database: Send {
    /// How it speaks.
    fn dialect(&self) -> &'static Dialect;

    /// Asks, and reads the columns of the answer as these kinds.
    fn ask(&mut self, sentence: Sentence, kinds: &[Kind]) -> Result<Vec<Row>>;

    /// Tells, and returns how many rows it was about.
    fn tell(&mut self, sentence: Sentence) -> Result<u64>;

    /// Takes a sign of life under this name, which ends with the connection. False if another
    /// connection has it.
    fn sign(&mut self, name: &str) -> Result<bool> {
        let (before, after) = self.dialect().sign;
        let sign = Sentence::new(self.dialect(), before).give(name).say(after);
        let rows = self.ask(sign, &[Kind::Int])?;
        Ok(rows.first().map(|row| row.int(0)).transpose()?.flatten() == Some(1))
    }

    /// Gives it back.
    fn unsign(&mut self, name: &str) -> Result<()> {
        let (before, after) = self.dialect().unsign;
        let unsign = Sentence::new(self.dialect(), before).give(name).say(after);
        self.ask(unsign, &[Kind::Int]).map(drop)
    }

    /// Statements without values: of a transaction, or about tables.
    fn script(&mut self, text: &str) -> Result<()>;

    /// Begins a transaction with a question, if there is one, and a statement: whether the question found something,
    /// and how many rows the statement was about.
    fn begin(&mut self, question: Option<Sentence>, statement: Sentence) -> Result<(bool, u64)> {
        self.script(self.dialect().begin)?;
        if let Some(question) = question
            && self.ask(question, &[Kind::Int])?.is_empty()
        {
            return Ok((false, 0));
        }
        Ok((true, self.tell(statement)?))
    }

    /// The rest of a transaction, with its end.
    fn finish(&mut self, sentences: Vec<Sentence>) -> Result<()> {
        for sentence in sentences {
            self.tell(sentence)?;
        }
        self.script("COMMIT")
    }
}

/// Runs `work` as one transaction. None is open afterwards, whatever has failed: some databases leave one
/// open whose COMMIT finds no room, or a lock of another one.
pub(super) fn transaction<T>(
    database: &mut dyn Database,
    work: impl FnOnce(&mut dyn Database) -> Result<T>,
) -> Result<T> {
    all_or_nothing(database, |database| {
        database.script(database.dialect().begin)?;
        let value = work(database)?;
        database.script("COMMIT").map(|()| value)
    })
}

/// Runs `work`, which begins a transaction and ends it; likewise.
pub(super) fn all_or_nothing<T>(
    database: &mut dyn Database,
    work: impl FnOnce(&mut dyn Database) -> Result<T>,
) -> Result<T> {
    let outcome = work(database);
    if outcome.is_err() {
        // If this fails, too, nothing was open any more, or the connection is dropped, which undoes it as well.
        drop(database.script("ROLLBACK"));
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::dialects::sqlite;
    use crate::store::sql::trouble::Trouble;

    /// Does nothing, and notes what it was told; a COMMIT finds the file locked.
    #[derive(Default)]
    struct Locked(Vec<String>);

    impl Database for Locked {
        fn dialect(&self) -> &'static Dialect {
            &sqlite::DIALECT
        }

        fn ask(&mut self, _: Sentence, _: &[Kind]) -> Result<Vec<Row>> {
            Ok(Vec::new())
        }

        fn tell(&mut self, _: Sentence) -> Result<u64> {
            Ok(0)
        }

        fn script(&mut self, text: &str) -> Result<()> {
            self.0.push(text.to_owned());
            match text {
                "COMMIT" => Err(Trouble::Undone("database is locked".into())),
                _ => Ok(()),
            }
        }
    }

    /// The next attempt used to fail for good: it began a transaction within the one that was still open.
    #[test]
    fn a_commit_that_fails_leaves_no_transaction_open() {
        let mut database = Locked::default();
        let outcome = transaction(&mut database, |_| Ok(()));
        assert_eq!(outcome, Err(Trouble::Undone("database is locked".into())));
        assert_eq!(database.0, ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"]);
    }
}
