//! What is about the log only.

use std::path::PathBuf;

use clap::Args;

use crate::{
    config::ByteSize,
    log::{Format, LogFilter, LogOptions, RollingOptions},
};

/// The log's part of the command line.
#[derive(Debug, Args)]
#[command(next_help_heading = "Log (on standard error, and in a file if there is --log-file)")]
pub(super) struct LogArgs {
    /// What is logged: off, error, warn, info, debug, trace, and levels of the broker's parts (admin,
    /// config, engine, node, server, store, ...), like `info,engine=debug`. At info there is a line when a
    /// client has logged in and one when it has gone, with the reason
    #[arg(
        long,
        visible_alias = "log",
        value_name = "LEVELS",
        default_value = "info",
        env = "RELAISMQ_LOG"
    )]
    log_level: LogFilter,
    /// A file with levels that win over --log-level as long as it is there. It is read at the start and
    /// at each SIGHUP
    #[arg(long, value_name = "FILE")]
    log_level_file: Option<PathBuf>,
    /// How lines look: `text`, or `json` with an object for each
    #[arg(long, value_name = "text|json", default_value = "text", hide_possible_values = true)]
    log_format: Format,
    /// A file to log to as well. Full, it becomes FILE.1, that FILE.2, and so on; SIGHUP opens it anew,
    /// for programs that move it. A disk that is full costs lines and nothing else
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Most that one file may have; at least 4KB
    #[arg(long, value_name = "SIZE", default_value = "10MB", value_parser = file_size)]
    log_file_size: ByteSize,
    /// How many files are kept, with the newest one
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    log_files: u32,
}

impl LogArgs {
    /// Whether an argument is one of these, by its id.
    pub(super) fn is_one(id: &str) -> bool {
        id.starts_with("log_")
    }

    pub(super) fn options(&self) -> LogOptions {
        let file = self.log_file.clone().map(|path| RollingOptions {
            path,
            most_bytes: self.log_file_size.0,
            files: self.log_files,
        });
        LogOptions {
            filter: self.log_level.clone(),
            level_file: self.log_level_file.clone(),
            format: self.log_format,
            file,
        }
    }
}

/// A file smaller than that has no room for a few lines.
const SMALLEST_FILE: ByteSize = ByteSize(4096);

fn file_size(text: &str) -> Result<ByteSize, String> {
    let size: ByteSize =
        text.parse().map_err(|error: crate::config::ConfigError| error.to_string())?;
    if size < SMALLEST_FILE { Err("a log file has at least 4KB".to_owned()) } else { Ok(size) }
}
