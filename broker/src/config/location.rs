//! Where a configuration is, as users of ActiveMQ write it.

use std::path::{Path, PathBuf};

use super::{
    finding::{Finding, Refused, Weight},
    properties::Properties,
    xml::{self, Loaded},
};

/// Reads whatever is there.
pub(super) fn load(location: &str, mut properties: Properties) -> Result<Loaded, Refused> {
    let location = location.trim();
    if location.starts_with("broker:") {
        return xml::read_uri(location, properties);
    }
    if let Some(file) = location.strip_prefix("properties:") {
        let (path, text) = read(file)?;
        return xml::read_properties(&path.display().to_string(), &text, properties);
    }
    let file = location.strip_prefix("xbean:").unwrap_or(location);
    let (path, text) = read(file)?;
    properties.add_folders_around(&path);
    xml::read(&path.display().to_string(), &text, properties)
}

fn read(location: &str) -> Result<(PathBuf, String), Refused> {
    let path = location.strip_prefix("file:").unwrap_or(location);
    let path = path.strip_prefix("classpath:").unwrap_or(path);
    let path = path.strip_prefix("//").unwrap_or(path);
    let (path, _options) = path.split_once('?').unwrap_or((path, ""));
    let path = find(Path::new(path));
    match xml::read_file(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(Refused {
            findings: vec![Finding {
                weight: Weight::Error,
                file: path.display().to_string(),
                line: 1,
                column: 1,
                element: String::new(),
                what: format!("cannot be read: {error}"),
                remedy: "write --config FILE, xbean:FILE, properties:FILE, or \
                         broker:(tcp://HOST:PORT)?persistent=false"
                    .to_owned(),
            }],
        }),
    }
}

/// ActiveMQ looks for `xbean:activemq.xml` in its folder `conf`.
fn find(path: &Path) -> PathBuf {
    let in_conf = Path::new("conf").join(path);
    let elsewhere = path.is_relative() && !path.exists() && in_conf.exists();
    if elsewhere { in_conf } else { path.to_owned() }
}
