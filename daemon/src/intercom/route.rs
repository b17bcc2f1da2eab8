//! The way to Intercom: through which proxy, and by whose certificates it is known there. Says of a connection that fails
//! which way it took, and what can be done. Shows no password of a proxy.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::path::PathBuf;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, ClientBuilder, Url};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::error::{Cause, Error, root};

/// What a proxy answers that wants to know who asks, in the words of the library.
const WANTS_PASSWORD: &str = "proxy authorization required";

/// How the configuration has Intercom reached.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// The proxy, if there is one.
    pub proxy: Option<Proxy>,
    /// Hosts that are reached without it, as `NO_PROXY` lists them.
    pub no_proxy: String,
    /// What is trusted instead of the system's certificates.
    pub certificates: Option<Certificates>,
}

impl Route {
    /// Makes sure that the certificates can be read.
    ///
    /// # Errors
    /// When none of them can.
    pub fn check(&self) -> Result<(), Error> {
        let loaded = self.certificates.as_ref().map(Certificates::load).transpose();
        loaded.map(drop).map_err(|cause| Error::new("reading certificates", cause))
    }
}

/// A proxy, which may take a password.
#[derive(Clone)]
pub struct Proxy {
    url: Url,
    origin: String,
}

impl Proxy {
    /// Returns the proxy at an address that the named setting gives.
    #[must_use]
    pub const fn new(url: Url, origin: String) -> Self {
        Self { url, origin }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.url.scheme(), self.url.host_str().unwrap_or_default())?;
        match self.url.port() {
            Some(port) => write!(f, ":{port} ({})", self.origin),
            None => write!(f, " ({})", self.origin),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Files and folders of certificates, with the names of the settings that give them.
#[derive(Clone, Debug)]
pub struct Certificates {
    file: Option<(String, PathBuf)>,
    folders: Option<(String, Vec<PathBuf>)>,
}

impl Certificates {
    /// Returns them where either is set.
    #[must_use]
    pub fn of(file: Option<(String, PathBuf)>, folders: Option<(String, Vec<PathBuf>)>) -> Option<Self> {
        (file.is_some() || folders.is_some()).then_some(Self { file, folders })
    }

    /// Reads all that can be used; some that cannot are in every old bundle.
    fn load(&self) -> Result<Vec<CertificateDer<'static>>, Cause> {
        let file = self.file.as_ref().map(|(_, path)| path.as_path());
        let mut found = rustls_native_certs::load_certs_from_paths(file, None);
        for folder in self.folders.iter().flat_map(|(_, folders)| folders) {
            let more = rustls_native_certs::load_certs_from_paths(None, Some(folder));
            found.certs.extend(more.certs);
            found.errors.extend(more.errors);
        }
        found.certs.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
        if !found.certs.is_empty() {
            return Ok(found.certs);
        }
        let why =
            found.errors.first().map_or_else(|| "there is none in PEM form".to_owned(), ToString::to_string);
        Err(Cause::Certificates(format!("the certificates of {self} cannot be used: {why}")))
    }
}

impl fmt::Display for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folders =
            self.folders.iter().flat_map(|(origin, paths)| paths.iter().map(move |path| (origin, path)));
        let all = self.file.iter().map(|(origin, path)| (origin, path)).chain(folders);
        let all = all.map(|(origin, path)| format!("{} ({origin})", path.display()));
        f.write_str(&all.collect::<Vec<_>>().join(" and "))
    }
}

/// The route as it is taken to one host.
#[derive(Debug)]
pub(super) struct Way {
    host: String,
    /// TLS goes all the way there.
    secure: bool,
    proxy: Option<Proxy>,
    certificates: Option<Certificates>,
}

impl Way {
    /// Through a proxy TLS goes on to Intercom, and what is asked of the proxy carries no token. Without TLS the address is
    /// this machine's own, and a proxy would see the token.
    pub(super) fn of(route: Route, base: &Url) -> Self {
        let secure = base.scheme() == "https";
        let Route { proxy, no_proxy, certificates } = route;
        let applies = |proxy: &Proxy| {
            let matcher = Matcher::builder().all(proxy.url.as_str()).no(no_proxy).build();
            base.as_str().parse().is_ok_and(|base| matcher.intercept(&base).is_some())
        };
        Self {
            host: base.host_str().unwrap_or_default().to_owned(),
            secure,
            proxy: proxy.filter(|proxy| secure && applies(proxy)),
            certificates: certificates.filter(|_| secure),
        }
    }

    /// Returns a client that takes this way and no other, whatever the environment says.
    pub(super) fn taken_by(&self, builder: ClientBuilder) -> Result<ClientBuilder, Cause> {
        let mut builder = builder.no_proxy();
        if let Some(Proxy { url, .. }) = &self.proxy {
            builder = builder.proxy(reqwest::Proxy::all(url.clone()).map_err(Cause::Setup)?);
        }
        if let Some(certificates) = &self.certificates {
            let certificates = certificates.load()?;
            let certificates = certificates.iter().map(|certificate| Certificate::from_der(certificate));
            builder =
                builder.tls_certs_only(certificates.collect::<Result<Vec<_>, _>>().map_err(Cause::Setup)?);
        }
        Ok(builder)
    }

    /// Returns why nothing could be connected to.
    pub(super) fn blocked(&self, error: reqwest::Error) -> Cause {
        let way = match &self.proxy {
            Some(proxy) => format!(" through the proxy {proxy}"),
            None if self.secure => " (no proxy is configured)".to_owned(),
            None => String::new(),
        };
        let advice = self.advice(&error).map_or_else(String::new, |advice| format!("; {advice}"));
        Cause::Connect(Box::new(Blocked { host: self.host.clone(), way, advice, source: error }))
    }

    fn advice(&self, error: &reqwest::Error) -> Option<String> {
        let host = &self.host;
        match (&self.proxy, &self.certificates) {
            (_, Some(trusted)) if is_about_a_certificate(error) => Some(format!(
                "trusted are only the certificates of {trusted}: put the one there by which {host} is known in this \
                 network"
            )),
            (_, None) if is_about_a_certificate(error) => Some(
                "if a proxy of your company stands in for it, have its certificate trusted: set ca_file in the \
                 configuration, or SSL_CERT_FILE for syncctl service install"
                    .to_owned(),
            ),
            (Some(Proxy { origin, .. }), _) if root(error).contains(WANTS_PASSWORD) => {
                Some(format!("put name and password into {origin}: http://NAME:PASSWORD@HOST:PORT"))
            }
            (Some(Proxy { origin, .. }), _) => {
                Some(format!("check {origin}, and that the proxy lets this machine reach {host}"))
            }
            (None, _) => None,
        }
    }
}

/// A connection that did not come about.
#[derive(Debug, thiserror::Error)]
#[error("{host} cannot be reached{way}: {}{advice}", root(.source))]
pub(super) struct Blocked {
    host: String,
    way: String,
    advice: String,
    source: reqwest::Error,
}

/// Says how Intercom is reached where that is not the usual way.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(proxy) = &self.proxy {
            write!(f, ", through the proxy {proxy}")?;
        }
        match &self.certificates {
            Some(certificates) => write!(f, ", known by the certificates of {certificates}"),
            None => Ok(()),
        }
    }
}

fn is_about_a_certificate(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(error) = next {
        // An IO error does not name what it wraps as its source.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = wrapped.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref());
        if matches!(found, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        next = error.source();
    }
    false
}
