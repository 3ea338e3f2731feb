//! Ports that are known before a broker binds them, as a failover URI needs.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use tokio::net::TcpSocket;

/// A port of the loopback interface that nobody else gets as long as this value lives.
///
/// A socket is bound to it and does not listen, so that connections are refused. The system gives such
/// a port to nobody who asks for any port, nor to an outgoing connection; whoever asks for it by number
/// and with `SO_REUSEADDR`, as servers do (Java's and tokio's without being told), may listen on it,
/// again and again.
#[derive(Debug)]
pub struct ReservedPort {
    number: u16,
    _socket: TcpSocket,
}

impl ReservedPort {
    /// Takes one that the system chooses.
    ///
    /// # Errors
    /// When there is none.
    pub fn take() -> anyhow::Result<Self> {
        let bind = || {
            let socket = TcpSocket::new_v4()?;
            socket.set_reuseaddr(true)?;
            socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            Ok::<_, std::io::Error>((socket.local_addr()?.port(), socket))
        };
        let (number, _socket) = bind().context("no free port")?;
        Ok(Self { number, _socket })
    }

    /// Its number.
    pub const fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        io::ErrorKind,
        net::{TcpListener, TcpStream},
    };

    use super::*;

    #[test]
    fn connections_are_refused_until_somebody_listens() {
        let port = ReservedPort::take().unwrap();
        let address = (Ipv4Addr::LOCALHOST, port.number());
        for _ in 0..2 {
            let refused = TcpStream::connect(address).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
            let _listener = TcpListener::bind(address).unwrap();
            TcpStream::connect(address).unwrap();
        }
    }

    /// Ports used to be looked for, closed and used a moment later. Sometimes another test was faster.
    #[test]
    fn nobody_who_takes_any_port_gets_a_reserved_one() {
        let reserved: Vec<_> = (0..500).map(|_| ReservedPort::take().unwrap()).collect();
        let numbers: BTreeSet<u16> = reserved.iter().map(ReservedPort::number).collect();
        assert_eq!(numbers.len(), reserved.len());
        let listeners: Vec<_> =
            (0..500).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
        for listener in listeners {
            assert!(!numbers.contains(&listener.local_addr().unwrap().port()));
        }
    }
}
