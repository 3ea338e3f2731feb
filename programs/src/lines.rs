//! Standard input, line by line.

use std::{
    io::{BufRead, Error, ErrorKind, Read, Result},
    sync::Arc,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::arguments::LARGEST_BODY;

/// A line without its end.
#[derive(Debug)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// What stands in it.
    pub bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// Lines read ahead, at most.
const AHEAD: usize = 256;
/// Bytes of them: so many, or one line.
const AHEAD_BYTES: u32 = 16 * 1024 * 1024;
/// A line may be JSON, where a body takes more room than in a message.
const LONGEST: u64 = 2 * LARGEST_BODY as u64;

/// Reads standard input on a thread of its own, a little ahead.
pub fn of_standard_input() -> mpsc::Receiver<Result<Line>> {
    let (sender, lines) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        let room = Arc::new(Semaphore::new(AHEAD_BYTES as usize));
        let mut input = std::io::stdin().lock();
        for number in 1.. {
            let Some(line) = next(&mut input, number, &room).transpose() else { return };
            let failed = line.is_err();
            if sender.blocking_send(line).is_err() || failed {
                return;
            }
        }
    });
    lines
}

fn next(input: &mut impl BufRead, number: u64, room: &Arc<Semaphore>) -> Result<Option<Line>> {
    let mut bytes = Vec::new();
    if input.take(LONGEST).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 == LONGEST {
        let text = format!("line {number} is longer than any message may be");
        return Err(Error::new(ErrorKind::InvalidData, text));
    }
    if bytes.ends_with(b"\n") {
        bytes.pop();
    }
    if bytes.ends_with(b"\r") {
        bytes.pop();
    }
    let wanted = u32::try_from(bytes.len()).unwrap_or(AHEAD_BYTES).min(AHEAD_BYTES);
    // The semaphore is never closed.
    let room = futures::executor::block_on(Arc::clone(room).acquire_many_owned(wanted));
    Ok(room.ok().map(|room| Line { number, bytes, _room: room }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_without_their_ends() {
        let room = Arc::new(Semaphore::new(AHEAD_BYTES as usize));
        let mut input = &b"one\r\n\ntwo\rx\nlast"[..];
        let mut lines = Vec::new();
        while let Some(line) = next(&mut input, 1, &room).unwrap() {
            lines.push(line.bytes);
        }
        assert_eq!(lines, [&b"one"[..], b"", b"two\rx", b"last"]);
    }
}
