//! What moving the bytes alone costs: a plain downloader, and round trips over a Unix socket.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use sim::Sim;

use super::times::time;

/// Downloads under way at once.
const AT_ONCE: usize = 32;
/// As large as a search's request.
const REQUEST: usize = 120;

/// Fetches each conversation and drops it; returns how long that took.
pub(crate) async fn download(sim: &Sim, ids: &[String]) -> Duration {
    // It only fails where a provider was chosen already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let (url, token) = (sim.url(), sim.token());
    let started = Instant::now();
    futures::stream::iter(ids)
        .for_each_concurrent(AT_ONCE, |id| {
            let request = http.get(format!("{url}/conversations/{id}")).bearer_auth(&token);
            async move {
                let response = request.send().await.unwrap().error_for_status().unwrap();
                response.bytes().await.unwrap();
            }
        })
        .await;
    started.elapsed()
}

/// A thread that answers frames of four bytes of length and so many bytes.
pub(crate) struct Echo(UnixStream);

impl Echo {
    /// Starts one; it ends when this is dropped.
    pub(crate) fn start() -> Self {
        let (near, mut far) = UnixStream::pair().unwrap();
        std::thread::spawn(move || {
            let mut request = [0; REQUEST];
            while far.read_exact(&mut request).is_ok() {
                let size = u32::from_be_bytes(request[..4].try_into().unwrap());
                let mut frame = size.to_be_bytes().to_vec();
                frame.resize(4 + size as usize, 0);
                far.write_all(&frame).unwrap();
            }
        });
        Self(near)
    }

    /// Asks for so many bytes and returns how long it takes until they are here.
    pub(crate) fn round_trip(&mut self, size: usize) -> Duration {
        time(|| {
            let mut request = [0; REQUEST];
            request[..4].copy_from_slice(&(size as u32).to_be_bytes());
            self.0.write_all(&request).unwrap();
            let mut head = [0; 4];
            self.0.read_exact(&mut head).unwrap();
            let mut frame = vec![0; u32::from_be_bytes(head) as usize];
            self.0.read_exact(&mut frame).unwrap();
            frame
        })
    }
}
