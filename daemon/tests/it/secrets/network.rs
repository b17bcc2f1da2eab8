//! The token goes to Intercom's address and to no other, proxies included.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use proto::types::{Phase, SyncRequest};
use sim::{Fault, FaultKind, Target};

use super::home::{Home, Running, TOKEN, eventually, run, sim};
use crate::support::{Bench, workspace};

/// Something on this machine that is not Intercom, and keeps what it is sent.
struct Stranger {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Stranger {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut head = [0; 4096];
                let length = stream.read(&mut head).unwrap_or(0);
                ears.lock().unwrap().push(String::from_utf8_lossy(&head[..length]).into_owned());
                let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
            }
        });
        Self { port, heard }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed() {
    let stranger = Stranger::start();
    let bench = Bench::start(workspace(5)).await;
    bench.sync().await;
    let targets = [
        format!("{}/conversations", stranger.url()),
        format!("http://localhost:{}/", stranger.port),
        format!("//127.0.0.1:{}/", stranger.port),
        format!("{}/me", bench.sim.url()),
    ];
    for target in targets {
        bench.sim.clear_faults();
        bench.sim.inject(Fault::always(Target::Any, FaultKind::Redirect(target.clone())));
        let report = bench.try_sync(SyncRequest::default()).await;
        assert_eq!(report.phase, Phase::Failed, "{target}: {report:?}");
        let message = report.failure.unwrap().message;
        assert!(message.contains("redirects to"), "{message}");
    }
    assert_eq!(stranger.heard(), [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_to_this_machine_goes_through_no_proxy() {
    let (sim, home, stranger) = (sim().await, Home::new(), Stranger::start());
    let localhost = sim.url().replace("127.0.0.1", "localhost");
    for api in [sim.url(), localhost] {
        let mut command = home.command(&api, "true", "--once");
        command.env("INTERCOM_ACCESS_TOKEN", TOKEN).env("SYNCD_DATA_DIR", home.path(&api.replace('/', "")));
        for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env(variable, stranger.url());
        }
        assert!(run(command).success(), "{}", std::fs::read_to_string(home.printed()).unwrap());
    }
    assert_eq!(stranger.heard(), [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_for_https_is_asked_for_a_tunnel_and_told_nothing_else() {
    let (home, stranger) = (Home::new(), Stranger::start());
    let mut command = home.command("https://intercom.invalid/", "true", "");
    command.env("INTERCOM_ACCESS_TOKEN", TOKEN).env("HTTPS_PROXY", stranger.url());
    let _daemon = Running::start(command);
    let heard = eventually("a call of the proxy", || async { stranger.heard().pop() }).await;
    assert!(heard.starts_with("CONNECT intercom.invalid:443 "), "{heard}");
    assert!(!heard.contains(TOKEN) && !heard.to_ascii_lowercase().contains("bearer"), "{heard}");
}
