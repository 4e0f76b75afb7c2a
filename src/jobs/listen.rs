//! Listens to other nodes: when one changes signing keys, the others read them at once.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Clockwork, reload::reload_keys};
use crate::domain::signing::CHANGED;

/// Reads the keys again at every announcement, until `stop` says true. What fails here is made good by the reload job,
/// which also says so in the log.
pub(super) async fn listen(clockwork: Arc<Clockwork>, mut stop: watch::Receiver<bool>) {
    let mut news = clockwork.app.ephemeral.subscribe(CHANGED).await;
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            heard = news.next() => if heard.is_none() { return },
        }
        if let Err(error) = reload_keys(&clockwork.app).await {
            tracing::debug!(%error, "signing keys could not be read after an announcement");
        }
    }
}
