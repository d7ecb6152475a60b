//! A line to the database that takes its time, as to another machine: every packet is held up on its way there.
//!
//! Invariants: nothing is changed, lost or put out of order; when one side closes, so does the other. Neighbours: the storm, whose clients
//! must hang up while a `BEGIN` is on its way.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The line. Dropping it cuts it.
#[derive(Debug)]
pub struct SlowLine {
    /// Where it begins.
    pub at: SocketAddr,
    _lines: JoinSet<()>,
}

impl SlowLine {
    /// A line to `server` on which each packet takes `delay`.
    pub async fn to(server: SocketAddr, delay: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut lines = JoinSet::new();
        lines.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                open.spawn(carry(client, server, delay));
            }
        });
        Self { at, _lines: lines }
    }
}

async fn carry(client: TcpStream, server: SocketAddr, delay: Duration) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    // Both ways without gathering small packets, or the line would be slower than asked for.
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = one_way(from_client, to_server, delay) => {}
        () = one_way(from_server, to_client, Duration::ZERO) => {}
    }
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let mut packet = vec![0; 64 * 1024];
    while let Ok(size) = from.read(&mut packet).await
        && size > 0
    {
        if !delay.is_zero() {
            // Nothing ever comes: this is the length of the line.
            drop(timeout(delay, std::future::pending::<()>()).await);
        }
        if to.write_all(&packet[..size]).await.is_err() {
            return;
        }
    }
}
