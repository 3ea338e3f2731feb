//! The newest certificate that can be used.

use std::sync::{Arc, Mutex, PoisonError};

use relaismq_tls::Unusable;
use tracing::{error, info, warn};

use super::{material::Material, stamps::Stamps};
use crate::config::TlsConfig;

/// Looks at the files when asked, and reads them when they have changed.
#[derive(Debug)]
pub(super) struct Keeper {
    config: TlsConfig,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    material: Arc<Material>,
    /// Of what was read last, whether it could be used or not.
    stamps: Stamps,
}

impl Keeper {
    /// Reads the files for the first time; blocks.
    pub(super) fn open(config: TlsConfig) -> Result<Self, Unusable> {
        // Before, so that what changes meanwhile is read again.
        let stamps = stamps(&config);
        let material = Arc::new(Material::read(&config)?);
        info!(certificate = material.describe(), "TLS is ready");
        warn_of(&material);
        Ok(Self { config, known: Mutex::new(Known { material, stamps }) })
    }

    /// What is used at the moment, without a look.
    pub(super) fn known(&self) -> Arc<Material> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).material.clone()
    }

    /// What to use now; blocks. Files that cannot be used leave things as they are.
    pub(super) fn look(&self) -> Arc<Material> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = stamps(&self.config);
        if stamps != known.stamps {
            known.stamps = stamps;
            match Material::read(&self.config) {
                Ok(material) => {
                    info!(
                        certificate = material.describe(),
                        "TLS: files have changed and are used now"
                    );
                    warn_of(&material);
                    known.material = Arc::new(material);
                }
                Err(reason) => error!(
                    %reason, in_use = known.material.describe(),
                    "TLS: files have changed and cannot be used; what was read before is used on"
                ),
            }
        }
        known.material.clone()
    }

    /// The same, for tasks.
    pub(super) async fn look_aside(self: &Arc<Self>) -> Arc<Material> {
        let keeper = self.clone();
        let looked = tokio::task::spawn_blocking(move || keeper.look()).await;
        looked.unwrap_or_else(|_| self.known())
    }
}

fn stamps(config: &TlsConfig) -> Stamps {
    let files = [&config.certificate, &config.key, &config.trust];
    let files: Vec<_> = files.into_iter().filter_map(|it| it.as_deref()).collect();
    Stamps::of(&files)
}

fn warn_of(material: &Material) {
    if let Some(trouble) = material.trouble() {
        let certificate = &material.certificate.subject;
        warn!(certificate, "TLS: the broker's certificate {trouble}; clients refuse it then");
    }
}
