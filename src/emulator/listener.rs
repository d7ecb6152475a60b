//! A listener whose connections can be broken on purpose.
//!
//! Purpose: let a handler turn its own connection into a reset, which no HTTP answer can imitate. Invariants: a connection
//! nobody breaks behaves like any other. Neighbours: `wire` and `link` break connections, `server` listens.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Breaks the connection it belongs to.
#[derive(Clone, Debug, Default)]
pub struct Breaker(Arc<AtomicBool>);

impl Breaker {
    /// From now on nothing is written any more; the peer sees a reset.
    pub fn reset(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A TCP stream with a breaker.
#[derive(Debug)]
pub struct Breakable {
    stream: TcpStream,
    breaker: Breaker,
}

impl Breakable {
    fn broken(&self) -> io::Result<()> {
        if !self.breaker.0.load(Ordering::SeqCst) {
            return Ok(());
        }
        // Zero linger turns the close that follows into a reset; if it cannot be set, a plain close has to do.
        let _ = self.stream.set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Breakable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Breakable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.broken()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.broken()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.broken()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Accepts breakable connections.
#[derive(Debug)]
pub struct BreakableListener(pub TcpListener);

impl Listener for BreakableListener {
    type Io = Breakable;
    type Addr = Breaker;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        // Small frames must not wait for each other; without it only latency suffers.
        let _ = stream.set_nodelay(true);
        let breaker = Breaker::default();
        (
            Breakable {
                stream,
                breaker: breaker.clone(),
            },
            breaker,
        )
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Breaker::default())
    }
}

impl Connected<IncomingStream<'_, BreakableListener>> for Breaker {
    fn connect_info(stream: IncomingStream<'_, BreakableListener>) -> Self {
        stream.remote_addr().clone()
    }
}
