//! Reading the file with the broker list, without ever holding up the connection.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a file system may take: one on the network may be gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than any list of brokers needs.
const LARGEST: u64 = 1024 * 1024;

/// The text of the file, or why there is none.
pub(super) type Reading = BoxFuture<'static, Result<String, String>>;

/// Reads one file again and again.
#[derive(Debug, Default)]
pub(super) struct ListFile {
    /// A thread that reads has a copy: where a file system hangs, only one thread waits for it.
    busy: Arc<()>,
}

impl ListFile {
    /// Begins to read, on a thread of its own: no runtime waits for that thread when it ends.
    pub(super) fn read(&self, file: PathBuf) -> Reading {
        if Arc::strong_count(&self.busy) > 1 {
            let text = "an earlier attempt to read it has not ended";
            return std::future::ready(Err(text.to_owned())).boxed();
        }
        let (sender, text) = oneshot::channel();
        let busy = Arc::clone(&self.busy);
        std::thread::spawn(move || {
            let text = text_of(&file);
            drop(busy);
            // Nobody waits where the connection has ended.
            drop(sender.send(text));
        });
        let bounded = async move {
            match timeout(PATIENCE, text).await {
                Ok(Ok(text)) => text,
                Ok(Err(_)) | Err(_) => Err(format!("it could not be read within {PATIENCE:?}")),
            }
        };
        bounded.boxed()
    }
}

/// What is being read, once it has been; never while nothing is. Safe to drop.
pub(super) async fn finished(reading: &mut Option<Reading>) -> Result<String, String> {
    match reading {
        Some(reading) => reading.await,
        None => std::future::pending().await,
    }
}

fn text_of(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    if std::fs::metadata(file).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
        // A pipe would wait for a writer.
        return Err("it is no file".to_owned());
    }
    let opened = File::open(file).map_err(|error| error.to_string())?;
    opened.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_and_what_is_wrong_with_one_is_told() {
        let list = ListFile::default();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("brokers");
        assert!(list.read(file.clone()).await.unwrap_err().contains("No such file"));
        std::fs::write(&file, "tcp://a:1").unwrap();
        assert_eq!(list.read(file.clone()).await.unwrap(), "tcp://a:1");
        std::fs::write(&file, [0xff]).unwrap();
        assert!(list.read(file.clone()).await.unwrap_err().contains("UTF-8"));
        std::fs::write(&file, " ".repeat(2 << 20)).unwrap();
        assert!(list.read(file).await.unwrap_err().contains("larger"));
    }

    #[tokio::test]
    async fn a_file_system_that_hangs_costs_one_thread() {
        let list = ListFile::default();
        let hanging = Arc::clone(&list.busy);
        let error = list.read("/etc/hostname".into()).await.unwrap_err();
        assert!(error.contains("has not ended"), "{error}");
        drop(hanging);
        assert!(list.read("/".into()).await.unwrap_err().contains("directory"));
    }
}
