//! The daemon's side of the socket: only this user's processes, one task a connection, limits on everything.

mod diagnose;
mod service;

use std::sync::Arc;

use futures::StreamExt as _;
use proto::Syncd as _;
use proto::transport;
use tarpc::server::{BaseChannel, Channel as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

pub(crate) use service::Service;

/// Connections at once; further ones wait to be accepted.
const CONNECTIONS: usize = 256;

/// Answers on the socket until shutdown.
pub(crate) async fn serve(listener: UnixListener, service: Service, shutdown: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let owner = rustix::process::geteuid().as_raw();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => match stream.peer_cred() {
                Ok(peer) if peer.uid() == owner => {
                    tokio::spawn(converse(stream, service.clone(), place, shutdown.clone()));
                }
                Ok(peer) => tracing::warn!(uid = peer.uid(), "refused a connection of another user"),
                Err(error) => tracing::warn!(%error, "refused a connection of an unknown user"),
            },
            Err(error) => {
                // Out of file descriptors, most likely: give those who have some time to finish.
                tracing::warn!(%error, "accepting a connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

/// Answers one connection's calls until it ends.
async fn converse(
    mut stream: UnixStream,
    service: Service,
    _place: OwnedSemaphorePermit,
    shutdown: CancellationToken,
) {
    match transport::greet(&mut stream).await {
        Ok(peer) if peer.is_compatible() => {}
        Ok(peer) => {
            tracing::info!(version = peer.version, "a client of another version was told so");
            return;
        }
        Err(error) => {
            tracing::debug!(%error, "a connection that did not greet");
            return;
        }
    }
    let calls = BaseChannel::with_defaults(transport::channel(stream)).execute(service.serve());
    let answers = calls.for_each_concurrent(None, |call| async move {
        tokio::spawn(call);
    });
    tokio::select! {
        biased;
        () = shutdown.cancelled() => {}
        () = answers => {}
    }
}
