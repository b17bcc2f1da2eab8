//! A TCP stream that can be made to end with a reset rather than an orderly close.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// A stream that looks, when it is dropped, whether to reset the connection.
#[derive(Debug)]
pub(crate) struct Resettable {
    stream: TcpStream,
    reset: Reset,
}

/// Asks for the reset of a connection, from within the answer to a request on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reset(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    flag: AtomicBool,
    notify: Notify,
}

impl Reset {
    /// Asks for the reset; the connection's task drops the stream then.
    pub(crate) fn ask(&self) {
        self.0.flag.store(true, Ordering::Release);
        self.0.notify.notify_one();
    }

    /// Waits until the reset is asked for.
    pub(crate) async fn wanted(&self) {
        self.0.notify.notified().await;
    }
}

impl Resettable {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, reset: Reset::default() }
    }

    /// Returns what asks for the stream's reset.
    pub(crate) fn reset(&self) -> Reset {
        self.reset.clone()
    }
}

impl Drop for Resettable {
    fn drop(&mut self) {
        if self.reset.0.flag.load(Ordering::Acquire) {
            // If it fails, the connection closes in order, which is a fault as well.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Resettable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Resettable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
