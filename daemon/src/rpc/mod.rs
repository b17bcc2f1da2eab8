//! The daemon's side of the socket: only this user's processes, one task a connection, limits on everything.

mod ages;
mod calls;
mod compared;
mod connections;
mod cut;
mod diagnose;
mod guard;
mod patient;
mod service;
mod sql;
mod topics;
mod wholesale;

use std::sync::Arc;

use futures::StreamExt as _;
use proto::{Syncd as _, SyncdRequest, transport};
use tarpc::server::{BaseChannel, Channel as _, Config};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use connections::{Connections, Slot};
use patient::Patient;

pub(crate) use calls::{Calls, Readiness};
pub(crate) use service::Service;

/// Connections at once. Each may rest for days between two questions, as an agent's does.
const CONNECTIONS: usize = 256;
/// Calls of one connection that are worked on at once, by kind; further ones wait. With one more answer that waits to be
/// written, that is what a peer can cost that asks and does not read. What a client asks of all that is stored, or of Intercom,
/// does not keep its own quick questions waiting.
const QUICK_CALLS: usize = 2;
const DEAR_CALLS: usize = 1;
const FETCHES: usize = 2;
/// Calls of one connection that may be open; further ones fail at once.
const OPEN_CALLS: usize = 128;

/// Answers on the socket until shutdown; on another one as soon as that is there.
pub(crate) async fn serve(
    mut sockets: watch::Receiver<Arc<UnixListener>>,
    calls: Calls,
    shutdown: CancellationToken,
) {
    let connections = Connections::new(CONNECTIONS);
    let owner = rustix::process::geteuid().as_raw();
    loop {
        let socket = Arc::clone(&sockets.borrow_and_update());
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            Ok(()) = sockets.changed() => continue,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => match stream.peer_cred() {
                Ok(peer) if peer.uid() == owner => {
                    let slot = tokio::select! {
                        () = shutdown.cancelled() => return,
                        slot = connections.slot() => slot,
                    };
                    tokio::spawn(converse(stream, calls.clone(), slot, shutdown.clone()));
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

/// Answers one connection's calls until it ends, or another one needs its slot.
async fn converse(mut stream: UnixStream, answering: Calls, slot: Slot, shutdown: CancellationToken) {
    // Whoever has not even greeted has asked nothing yet, and makes room as well.
    let greeted = tokio::select! {
        () = slot.wanted() => return,
        greeted = transport::greet(&mut stream) => greeted,
    };
    match greeted {
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
    let config = Config { pending_response_buffer: 1 };
    let channel = BaseChannel::new(config, transport::server(Patient::new(stream)));
    let turns = [QUICK_CALLS, DEAR_CALLS, FETCHES].map(|calls| Arc::new(Semaphore::new(calls)));
    let calls = channel.max_concurrent_requests(OPEN_CALLS).requests();
    let answers = calls.take_while(|call| std::future::ready(call.is_ok())).for_each(|call| {
        if let Ok(call) = call {
            let (answering, busy) = (answering.clone(), slot.busy());
            let [quick, dear, fetches] = turns.clone();
            // Not waited for here: whoever reads the calls also writes the answers.
            tokio::spawn(async move {
                // Whoever only waits for news, which are short, keeps nobody from asking.
                let _turn = match &call.get().message {
                    SyncdRequest::Watch { .. } | SyncdRequest::News { .. } => None,
                    SyncdRequest::Stats { .. }
                    | SyncdRequest::List { .. }
                    | SyncdRequest::Read { .. }
                    | SyncdRequest::Topics { .. }
                    | SyncdRequest::Sql { .. } => dear.acquire_owned().await.ok(),
                    SyncdRequest::Show { request } if request.refresh => fetches.acquire_owned().await.ok(),
                    _ => quick.acquire_owned().await.ok(),
                };
                call.execute(answering.serve()).await;
                drop(busy);
            });
        }
        std::future::ready(())
    });
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = slot.wanted() => tracing::debug!("a connection that was silent the longest made room"),
        () = answers => {}
    }
}
