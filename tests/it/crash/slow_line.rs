//! A line to the database that takes its time, as to another machine: every packet is held up on its way there.
//!
//! Invariants: nothing is changed, lost or put out of order; when one side closes, so does the other; the line tells of a `BEGIN` when it is
//! on its way and not there yet. Neighbours: the storm, whose last clients hang up at that moment.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The line. Dropping it cuts it.
#[derive(Debug)]
pub struct SlowLine {
    /// Where it begins.
    pub at: SocketAddr,
    begins: watch::Sender<u64>,
    _lines: JoinSet<()>,
}

impl SlowLine {
    /// A line to `server` on which each packet takes `delay`.
    pub async fn to(server: SocketAddr, delay: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut lines = JoinSet::new();
        let begins = watch::Sender::new(0);
        let count = begins.clone();
        lines.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                open.spawn(carry(client, server, delay, count.clone()));
            }
        });
        Self {
            at,
            begins,
            _lines: lines,
        }
    }

    /// Comes back when the next `BEGIN` is on its way. What was on its way before this was called does not count.
    pub fn next_begin(&self) -> impl Future<Output = ()> + use<> {
        let mut begins = self.begins.subscribe();
        async move { drop(begins.changed().await) }
    }
}

async fn carry(client: TcpStream, server: SocketAddr, delay: Duration, begins: watch::Sender<u64>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    // Both ways without gathering small packets, or the line would be slower than asked for.
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = one_way(from_client, to_server, delay, Some(begins)) => {}
        () = one_way(from_server, to_client, Duration::ZERO, None) => {}
    }
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    delay: Duration,
    begins: Option<watch::Sender<u64>>,
) {
    let mut packet = vec![0; 64 * 1024];
    while let Ok(size) = from.read(&mut packet).await
        && size > 0
    {
        if let Some(begins) = &begins
            && packet[..size].windows(5).any(|word| word == b"BEGIN")
        {
            begins.send_modify(|count| *count += 1);
        }
        if !delay.is_zero() {
            // Nothing ever comes: this is the length of the line.
            drop(timeout(delay, std::future::pending::<()>()).await);
        }
        if to.write_all(&packet[..size]).await.is_err() {
            return;
        }
    }
}
