//! The network of a company: a proxy that alone leads out of it, and a certificate authority that only it knows.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The host that Intercom is asked for under; no resolver knows it.
pub(crate) const HOST: &str = "intercom.invalid";
/// Who may use the proxy.
pub(crate) const PASSWORD: &str = "hunter2";

/// A proxy that leads whoever asks for Intercom to a simulated workspace, over TLS.
pub(crate) struct Network {
    address: SocketAddr,
    authority: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Network {
    /// Starts one before a workspace at this address.
    pub(crate) async fn start(sim: &str) -> Self {
        let (acceptor, authority) = certified();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (log, sim) = (Arc::clone(&asked), sim.trim_start_matches("http://").to_owned());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(lead(stream, acceptor.clone(), sim.clone(), Arc::clone(&log)));
            }
        });
        Self { address, authority, asked }
    }

    /// Returns the proxy's address, with what it takes to be let through.
    pub(crate) fn proxy(&self) -> String {
        format!("http://uma:{PASSWORD}@{}", self.address)
    }

    /// Returns the proxy's address alone.
    pub(crate) fn stranger(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the certificate of the authority.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns what the proxy was asked, in the order of coming.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Returns what speaks TLS for the host, and the certificate by which that is known.
fn certified() -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let host = CertificateParams::new([HOST.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![host.der().clone()], key.into())
        .unwrap();
    let text = STANDARD.encode(authority.der());
    let lines = text.as_bytes().chunks(64).map(|line| format!("{}\n", str::from_utf8(line).unwrap()));
    let pem =
        format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines.collect::<String>());
    (TlsAcceptor::from(Arc::new(config)), pem)
}

/// Lets whoever knows the password through to Intercom.
async fn lead(mut stream: TcpStream, tls: TlsAcceptor, sim: String, log: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let password = format!("Basic {}", STANDARD.encode(format!("uma:{PASSWORD}")));
    let (known, wanted) = (head.contains(&password), head.starts_with(&format!("CONNECT {HOST}:443 ")));
    log.lock().unwrap().push(head);
    let answer = match (known, wanted) {
        (false, _) => "407 Proxy Authentication Required",
        (true, false) => "403 Forbidden",
        (true, true) => "200 Connection established",
    };
    let written = stream.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await;
    if written.is_err() || !(known && wanted) {
        return;
    }
    let Ok(mut stream) = tls.accept(stream).await else { return };
    let mut sim = TcpStream::connect(sim).await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut sim).await;
}
