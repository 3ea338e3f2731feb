//! Schemes and options of TLS.

use std::path::PathBuf;

use super::*;
use crate::options::{CipherSuite, Scheme, TlsOptions, TlsVersion};

fn tls(uri: &str) -> TlsOptions {
    options(uri).endpoints.remove(0).options.tls
}

#[test]
fn all_schemes_of_tls_mean_the_same() {
    for scheme in ["ssl", "nio+ssl", "auto+ssl", "auto+nio+ssl"] {
        for uri in [format!("{scheme}://a"), format!("failover:({scheme}://a:61617)")] {
            let address = options(&uri).endpoints.remove(0).address;
            assert_eq!((address.scheme(), address.port()), (Scheme::Ssl, 61_617), "{uri}");
        }
    }
}

#[test]
fn an_amazon_mq_pair_works_as_pasted() {
    let pasted = "failover:(ssl://b-1111-1.mq.us-west-2.amazonaws.com:61617,\
                  ssl://b-1111-2.mq.us-west-2.amazonaws.com:61617)";
    let parsed = BrokerUri::parse(pasted).unwrap();
    assert!(parsed.warnings().is_empty());
    let [one, two] = &parsed.options().endpoints[..] else { panic!("{parsed}") };
    assert_eq!(two.to_string(), "ssl://b-1111-2.mq.us-west-2.amazonaws.com:61617");
    assert_eq!(one.options.tls, TlsOptions::new());
}

#[test]
fn files_and_names_are_given_on_a_broker_or_for_all() {
    let own = "tls.caFile=/etc/ca.pem&tls.certificateFile=c.pem&tls.keyFile=k.pem&tls.serverName=x";
    let expected = TlsOptions::new()
        .ca_file("/etc/ca.pem")
        .client_certificate("c.pem", "k.pem")
        .server_name(Some("x".to_owned()));
    assert_eq!(tls(&format!("ssl://a?{own}")), expected);
    assert_eq!(tls(&format!("failover:(ssl://a?{own})")), expected);
    let nested = options("failover:(ssl://a?tls.caFile=a.pem,ssl://b)?nested.tls.caFile=all.pem");
    for link in nested.endpoints.iter().map(|it| &it.options).chain([&nested.transport]) {
        assert_eq!(link.tls.ca_files, [PathBuf::from("all.pem")]);
    }
}

#[test]
fn the_check_of_the_host_name_has_two_spellings_everywhere() {
    for uri in [
        "ssl://a?verifyHostName=false",
        "ssl://a?socket.verifyHostName=false",
        "failover:(ssl://a?socket.verifyHostName=false)",
        "failover:(ssl://a)?nested.verifyHostName=false",
        "failover:(ssl://a)?nested.socket.verifyHostName=false",
    ] {
        assert!(!tls(uri).verify_host_name, "{uri}");
        assert!(tls(&uri.replace("=false", "=true")).verify_host_name, "{uri}");
    }
}

#[test]
fn protocols_and_suites_are_called_as_in_java() {
    let uri = "failover:(ssl://a)?nested.socket.enabledProtocols=TLSv1.2, TLSv1.3\
               &nested.socket.enabledCipherSuites=TLS_AES_256_GCM_SHA384,\
               TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    let tls = tls(uri);
    assert_eq!(tls.enabled_protocols, [TlsVersion::Tls12, TlsVersion::Tls13]);
    let suites = [CipherSuite::Tls13Aes256Gcm, CipherSuite::RsaAes128Gcm];
    assert_eq!(tls.enabled_cipher_suites, suites);
}

#[test]
fn an_unknown_protocol_or_suite_is_refused_with_the_known_ones() {
    for (uri, hint) in [
        ("ssl://a?socket.enabledProtocols=TLSv1.1", "there are TLSv1.3, TLSv1.2"),
        ("ssl://a?socket.enabledProtocols=", "name at least one, or leave it out"),
        (
            "ssl://a?socket.enabledCipherSuites=TLS_RSA_WITH_AES_128_CBC_SHA",
            "there are TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256, ",
        ),
    ] {
        let error = error(uri);
        assert!(matches!(error.kind, UriErrorKind::BadValue { .. }), "{uri}: {error}");
        assert!(error.to_string().contains(hint), "{uri}: {error}");
    }
}

#[test]
fn key_stores_of_java_are_answered_with_what_to_do_instead() {
    for (option, instead) in [
        ("socket.trustStore", "tls.caFile=FILE"),
        ("javax.net.ssl.trustStorePassword", "keytool -exportcert -rfc"),
        ("transport.keyStore", "tls.certificateFile=FILE"),
        ("nested.keyStorePassword", "keytool -importkeystore"),
    ] {
        let error = error(&format!("failover:(ssl://a)?{option}=s3cret"));
        let text = error.to_string();
        assert!(text.contains(instead) && !text.contains("s3cret"), "{text}");
    }
}

#[test]
fn options_of_tls_on_a_plain_broker_are_odd() {
    let odd = BrokerUri::parse("failover:(tcp://a:61617?verifyHostName=false,ssl://b)").unwrap();
    let [warning] = odd.warnings() else { panic!("{:?}", odd.warnings()) };
    assert!(warning.to_string().contains("did you mean ssl://"), "{warning}");
    let fine = BrokerUri::parse("failover:(tcp://a,ssl://b)?nested.verifyHostName=false").unwrap();
    assert!(fine.warnings().is_empty());
    let of_brokers = BrokerUri::parse("ssl://a?socket.needClientAuth=true").unwrap();
    assert!(of_brokers.warnings()[0].to_string().contains("the broker decides"));
}

#[test]
fn options_in_code_win_over_the_uri_for_all_brokers() {
    let options = options("failover:(ssl://a?verifyHostName=false,ssl://b)");
    let options = options.tls(TlsOptions::new().ca_file("ca.pem"));
    for link in options.endpoints.iter().map(|it| &it.options).chain([&options.transport]) {
        assert_eq!(link.tls, TlsOptions::new().ca_file("ca.pem"));
    }
}
