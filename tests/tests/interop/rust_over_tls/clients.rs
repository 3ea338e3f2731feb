//! Certificates of brokers and clients, and what Java's TLS says of them.

use anyhow::Result;
use relaismq::options::{TlsOptions, TlsVersion};
use relaismq_tests::authority::Authority;

use super::{ADDRESS, KINDS, Scene, assert_says};

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn messages_pass_over_every_version_of_tls() -> Result<()> {
    for kind in KINDS {
        let scene = Scene::start(kind, "").await?;
        for version in TlsVersion::ALL {
            scene.works(scene.tls().enabled_protocols(vec![version])).await?;
        }
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_broker_that_is_not_trusted_is_refused() -> Result<()> {
    for kind in KINDS {
        let scene = Scene::start(kind, "").await?;
        let other = TlsOptions::new().ca_file(Authority::new("Other CA").file());
        // The folder of the other authority is gone with it.
        assert_says(&scene.refusal(other).await?, &["cannot read", "ca.pem"]);
        let other = Authority::new("Other CA");
        let reason = scene.refusal(TlsOptions::new().ca_file(other.file())).await?;
        assert_says(&reason, &["CN=broker", "its CA is CN=Test CA", "tls.caFile"]);
        let elsewhere = scene.tls().server_name(Some("elsewhere.example".to_owned()));
        assert_says(
            &scene.refusal(elsewhere).await?,
            &["not for elsewhere.example but for 127.0.0.1"],
        );
    }
    Ok(())
}

/// `nio+ssl` hangs up without a word, which may have other reasons: then there is a hint, and it is tried
/// again.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_client_certificate_that_is_needed_is_asked_for_in_words() -> Result<()> {
    for kind in KINDS {
        let scene = Scene::start(kind, "transport.needClientAuth=true").await?;
        let (_, silent) = kind;
        let (own, other) = (scene.authority.issue("billing", &[]), Authority::new("Other CA"));
        let foreign = other.issue("billing", &[]);
        let expired = scene.authority.issue_for_years("old", &[], 2001, 2002);
        for version in TlsVersion::ALL {
            let tls = scene.tls().enabled_protocols(vec![version]);
            let reason = if silent {
                scene.failure(tls.clone()).await?
            } else {
                scene.refusal(tls.clone()).await?
            };
            assert_says(&reason, &["client certificate", "tls.certificateFile", "CN=Test CA"]);
            for wrong in [&foreign, &expired] {
                let tls = tls.clone().client_certificate(&wrong.certificate, &wrong.key);
                if silent {
                    let reason = scene.failure(tls).await?;
                    assert_says(&reason, &["does not accept the client's certificate"]);
                } else {
                    let reason = scene.refusal(tls).await?;
                    assert_says(&reason, &["refused the client's certificate"]);
                }
            }
            scene.works(tls.client_certificate(&own.certificate, &own.key)).await?;
        }
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_client_certificate_that_is_only_wanted_may_be_missing() -> Result<()> {
    for kind in KINDS {
        let scene = Scene::start(kind, "transport.wantClientAuth=true").await?;
        scene.works(scene.tls()).await?;
        let own = scene.authority.issue("billing", ADDRESS);
        scene.works(scene.tls().client_certificate(own.certificate, own.key)).await?;
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn nothing_in_common_is_named() -> Result<()> {
    for kind in KINDS {
        let scene = Scene::start(kind, "transport.enabledProtocols=TLSv1.2").await?;
        scene.works(scene.tls()).await?;
        let new_only = scene.tls().enabled_protocols(vec![TlsVersion::Tls13]);
        let old = "transport.enabledCipherSuites=TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA";
        let old = Scene::start(kind, old).await?;
        let (_, silent) = kind;
        if silent {
            for reason in [scene.failure(new_only).await?, old.failure(old.tls()).await?] {
                assert_says(&reason, &["hung up at the first word of TLS", "TLS 1.2 or 1.3"]);
            }
        } else {
            let reason = scene.refusal(new_only).await?;
            assert_says(&reason, &["versions of TLS", "socket.enabledProtocols"]);
            let reason = old.refusal(old.tls()).await?;
            assert_says(&reason, &["no cipher suite that both have"]);
        }
    }
    Ok(())
}
