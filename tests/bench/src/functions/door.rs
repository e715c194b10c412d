//! TLS before the local AWS, which speaks plain HTTP, and the time that a call takes on its way.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

/// Where systems keep the roots that they trust: a Lambda function is given the first.
const ROOTS: [&str; 3] =
    ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"];

/// A certificate of our own, and the file that a function is told to trust: a system's roots, as on Lambda, and ours.
#[derive(Debug)]
pub(super) struct Certified {
    server: Arc<ServerConfig>,
    /// The file of all.
    pub(super) roots: PathBuf,
    /// A file of ours alone.
    pub(super) alone: PathBuf,
    /// Whether there were roots of the system's.
    pub(super) among_others: bool,
}

impl Certified {
    /// # Errors
    /// No certificate can be made, or no file be written.
    pub(super) fn make(folder: &Path) -> io::Result<Self> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
        let made = made.map_err(io::Error::other)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .map_err(io::Error::other)?;
        let others = ROOTS.iter().find_map(|path| std::fs::read_to_string(path).ok());
        let (roots, alone) = (folder.join("roots.pem"), folder.join("root.pem"));
        let own = made.cert.pem();
        std::fs::write(&alone, &own)?;
        std::fs::write(&roots, format!("{}\n{own}", others.as_deref().unwrap_or_default()))?;
        Ok(Self { server: Arc::new(server), roots, alone, among_others: others.is_some() })
    }
}

const BUFFER: usize = 64 * 1024;

/// A listener with TLS before an address without.
#[derive(Debug)]
pub(super) struct Door {
    /// `https://127.0.0.1:PORT`.
    pub(super) endpoint: String,
    delay: Arc<AtomicU64>,
    server: AbortHandle,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Door {
    /// # Errors
    /// No port can be had.
    pub(super) async fn open(before: SocketAddr, certified: &Certified) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("https://{}", listener.local_addr()?);
        let acceptor = TlsAcceptor::from(Arc::clone(&certified.server));
        let delay = Arc::<AtomicU64>::default();
        let late = Arc::clone(&delay);
        let server = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, late) = (acceptor.clone(), Arc::clone(&late));
                // A connection that breaks is its client's matter.
                tokio::spawn(async move { drop(through(client, before, &acceptor, &late).await) });
            }
        });
        Ok(Self { endpoint, delay, server: server.abort_handle() })
    }

    /// From now on each call takes so much longer.
    pub(super) fn delay(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or_default();
        self.delay.store(millis, Ordering::Relaxed);
    }
}

async fn through(
    client: TcpStream,
    before: SocketAddr,
    acceptor: &TlsAcceptor,
    delay: &AtomicU64,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (mut from, mut to) = tokio::io::split(acceptor.accept(client).await?);
    let upstream = TcpStream::connect(before).await?;
    upstream.set_nodelay(true)?;
    let (mut answers, mut calls) = upstream.into_split();
    let asked = AtomicBool::new(false);
    // HTTP/1.1 has one call at a time on a connection: what comes after an answer is the next call.
    let there = async {
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = from.read(&mut buffer).await?;
            let late = Duration::from_millis(delay.load(Ordering::Relaxed));
            if read > 0 && !asked.swap(true, Ordering::Relaxed) && !late.is_zero() {
                tokio::time::sleep(late).await;
            }
            if !pass(&mut calls, buffer.get(..read)).await? {
                return Ok(());
            }
        }
    };
    let back = async {
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = answers.read(&mut buffer).await?;
            asked.store(false, Ordering::Relaxed);
            if !pass(&mut to, buffer.get(..read)).await? {
                return Ok(());
            }
        }
    };
    tokio::select! { done = there => done, done = back => done }
}

/// Hands on what was read; at the end, says so, and that nothing follows.
async fn pass(to: &mut (impl AsyncWrite + Unpin), read: Option<&[u8]>) -> io::Result<bool> {
    let read = read.unwrap_or_default();
    if read.is_empty() {
        to.shutdown().await?;
        return Ok(false);
    }
    to.write_all(read).await?;
    to.flush().await?;
    Ok(true)
}
