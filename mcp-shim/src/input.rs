//! Standard input that tells when it has ended, so that the program can leave at once. It must not read anything itself.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::Notify;

/// A reader whose end is announced.
pub(crate) struct Input<R> {
    reader: R,
    ended: Arc<Notify>,
}

/// Returns the reader, and what is notified when it has ended or failed.
pub(crate) fn announce_end<R>(reader: R) -> (Input<R>, Arc<Notify>) {
    let ended = Arc::new(Notify::new());
    (Input { reader, ended: Arc::clone(&ended) }, ended)
}

impl<R: AsyncRead + Unpin> AsyncRead for Input<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        let poll = Pin::new(&mut self.reader).poll_read(cx, buffer);
        let ended = match &poll {
            Poll::Ready(Ok(())) => room > 0 && buffer.remaining() == room,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if ended {
            self.ended.notify_one();
        }
        poll
    }
}
