//! Many at once.

use std::{sync::Arc, time::Duration};

use relaismq_options::TlsVersion;
use tokio::io::AsyncWriteExt;

use super::{
    folder::Folder,
    meeting::{SOON, Visitor, meet, says, sockets},
};
use crate::{
    config::ConnectorTls,
    server::tls::{Secure, crowd::Crowd, failure::Failure, keeper::Keeper},
};

#[tokio::test]
async fn who_does_not_go_on_makes_room_for_who_waits() {
    let folder = Folder::new();
    let keeper = Arc::new(Keeper::open(folder.config()).unwrap());
    let crowd = Arc::new(Crowd::of(1, Duration::from_millis(100)));
    let secure = Arc::new(Secure::new(keeper, crowd, &ConnectorTls::default()));
    let (mut slow, broker) = sockets().await;
    slow.write_all(&[0x16, 3, 1, 0, 200, 1]).await.unwrap();
    // A room of one is taken by whoever says something first, and nobody who is silent has any.
    let (_silent, other) = sockets().await;
    let silent = tokio::spawn({
        let secure = secure.clone();
        async move { secure.shake_hands(other, SOON).await.map(drop) }
    });
    let waiting = tokio::spawn({
        let secure = secure.clone();
        async move { secure.shake_hands(broker, SOON).await.map(drop) }
    });
    let visitor = Visitor::with(&folder, &[TlsVersion::Tls13], None);
    let (served, _stream) = meet(&secure, &visitor).await;
    assert_eq!(served, Ok(None));
    let Err(Failure::Refused(reason)) = waiting.await.unwrap() else { panic!("it came in") };
    says(&reason, &["too slow while others waited"]);
    assert!(!silent.is_finished());
    silent.abort();
}
