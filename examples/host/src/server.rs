//! The socket: connections, their timeouts, and their end.
//!
//! It knows no path. Invariant: a connection whose head does not come is closed, and when the server stops every stream ends.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Router, middleware};
use enlist::{Clock, Enlist, Opening, WallClock};
use enlist_console::{Arrangement, Console, InMemory, JsonFiles};
use enlist_http::{Api, Asked};
use enlist_tokio::AsyncWorkspace;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::audience_files::AudienceFiles;
use crate::demo::{self, Demo};
use crate::demo_clock::DemoClock;
use crate::door;
use crate::hexadecimal::digits;
use crate::options::{Options, Timeouts};

/// Maximum bytes of the head of a request.
const HEAD: usize = 8 * 1024;
/// How many ports are tried.
const PORTS: u16 = 100;

/// Why the host cannot serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Others could reach the address, and nobody would be kept out by a token that they were given.
    #[error("{0} can be reached from elsewhere: choose a token with --token")]
    NeedsToken(SocketAddr),
    /// A token that no header can have.
    #[error("a token is visible ASCII, and not empty")]
    Token,
    /// The system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
    /// Enlist refuses.
    #[error(transparent)]
    Enlist(#[from] enlist::Error),
    /// The demo has an event that is none.
    #[error("the demo: {0}")]
    Demo(#[from] enlist::model::Error),
}

/// A server that serves.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    token: String,
    enlist: Enlist,
    clock: Option<DemoClock>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Opens the store, if there is one, and begins to serve.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn start(options: Options, timeouts: Timeouts) -> Result<Self, Failure> {
        let token = token(&options)?;
        let listener = bind(options.listen).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let (enlist, clock) = open(&options, stopped.clone())?;
        let key: Arc<str> = token.as_str().into();
        let mut api = Api::new(enlist.clone()).authorise(move |asked: Asked| {
            let decision = door::decide(&asked, &key);
            async move { decision }
        });
        api = api.body_timeout(timeouts.body);
        if let Some(store) = &options.store {
            api = api.audiences(AudienceFiles::new(store.join("audiences")));
        }
        let console = console(&api, &options, clock.as_ref());
        let router = Router::new()
            .route("/", get(to_console))
            .route("/console/", get(to_console))
            .nest("/console", console)
            .merge(api.router());
        let router = router.layer(middleware::from_fn(door::own_host));
        let serving = tokio::spawn(serve(listener, router, stopped, timeouts));
        Ok(Server { address, token, enlist, clock, stop, serving })
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What requests must have as `Authorization: Bearer`.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The clock of all workspaces; `None` with a store, whose time is the wall clock's.
    pub fn demo_clock(&self) -> Option<&DemoClock> {
        self.clock.as_ref()
    }

    /// Where it is, with the token.
    pub fn url(&self) -> String {
        format!("http://{}/console?token={}", self.address, self.token)
    }

    /// Ends streams and connections, and returns when they have ended, or after a while.
    pub async fn stop(self) {
        // Fails only if it does not serve any more.
        let _ = self.stop.send(true);
        // The end of the workspaces ends their streams, and those their connections.
        enlist_tokio::shutdown(&self.enlist).await;
        let _ = self.serving.await;
    }
}

/// The console, with the demo's clock and its board, or with what a store's directory keeps of columns and campaigns.
fn console(api: &Api, options: &Options, clock: Option<&DemoClock>) -> Router {
    let console = Console::new(api).begin_at(demo::CRM);
    let console = match &options.store {
        Some(store) => console.keep(JsonFiles::new(store.join("console"))),
        None => console.keep(InMemory::with(demo::CRM, Arrangement::default().with_columns(demo::BOARD))),
    };
    match clock {
        Some(clock) => console.stepped_clock(clock.clone()),
        None => console,
    }
    .router()
}

/// Nothing is kept of the address: a token in it would be in the answer.
async fn to_console() -> Redirect {
    Redirect::to("/console")
}

/// The token of this run.
fn token(options: &Options) -> Result<String, Failure> {
    match &options.token {
        Some(token) if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(token.clone())
        }
        Some(_) => Err(Failure::Token),
        None if !options.listen.ip().is_loopback() => Err(Failure::NeedsToken(options.listen)),
        None => {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
            Ok(digits(&bytes))
        }
    }
}

/// Binds the address, or the next port that is free.
async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let mut tried = address;
    loop {
        match TcpListener::bind(tried).await {
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse && tried.port() - address.port() < PORTS =>
            {
                let Some(next) = tried.port().checked_add(1) else { return Err(error) };
                tried.set_port(next);
            }
            bound => return bound,
        }
    }
}

/// An Enlist in memory with the clock of the demo, or of a store, which opens while requests are refused; then the demo and its
/// feed.
fn open(options: &Options, stopped: watch::Receiver<bool>) -> Result<(Enlist, Option<DemoClock>), Failure> {
    let opening = options.store.as_ref().map(|store| Enlist::builder().open(store)).transpose()?;
    let clock = opening.is_none().then(|| DemoClock::over_wall_clock(options.now));
    let now = clock.as_ref().map_or_else(|| WallClock.now(), Clock::now);
    let demo = Demo { seed: options.seed, contacts: options.contacts as usize, now };
    let wants_demo = !options.no_demo;
    if let Some(clock) = clock.as_ref().filter(|_| wants_demo) {
        // Before the first thread reads it.
        clock.stand(demo.base());
    }
    let enlist = match (&opening, &clock) {
        (Some(opening), _) => opening.enlist(),
        (None, Some(clock)) => Enlist::builder().clock(clock.clone()).build()?,
        (None, None) => Enlist::builder().build()?,
    };
    if wants_demo {
        tokio::spawn(run_demo(demo, enlist.clone(), clock.clone(), opening, options.feed, stopped));
    } else {
        // Nobody waits for it: until it is open, requests are refused, and what fails here fails for them.
        tokio::task::spawn_blocking(move || opening.map(Opening::wait));
    }
    Ok((enlist, clock))
}

/// Loads the demo when the store is open, and goes on with its feed. What fails here fails again for requests, which say why.
async fn run_demo(
    demo: Demo,
    enlist: Enlist,
    clock: Option<DemoClock>,
    opening: Option<Opening>,
    rate: f64,
    stopped: watch::Receiver<bool>,
) {
    let opened = enlist.clone();
    let loading = tokio::task::spawn_blocking(move || {
        if let Some(opening) = opening {
            opening.wait()?;
        }
        demo.load(&opened, clock.as_ref())
    });
    let Ok(Ok(feed)) = loading.await else { return };
    if let Ok(Some(workspace)) = enlist.find_workspace(demo::CRM) {
        feed.run(enlist, AsyncWorkspace::new(workspace), rate, stopped).await;
    }
}

/// Serves connections until it is stopped, and then waits for those that are open.
async fn serve(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    timeouts: Timeouts,
) {
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connect(stream, peer, &router, &connections, timeouts.head),
                // Too many open files, for one: others may be closed soon.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(timeouts.end, connections.shutdown()).await;
}

fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    connections: &GracefulShutdown,
    head: Duration,
) {
    // Small answers are not held back; an error costs speed alone.
    let _ = stream.set_nodelay(true);
    // Not a layer, which would copy the whole router for each connection.
    let service = router.clone().map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let service = TowerToHyperService::new(service);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD);
    let connection = connections.watch(builder.serve_connection(TokioIo::new(stream), service));
    // An error is the client's: it is gone, or sent what is no HTTP.
    tokio::spawn(async move { connection.await.ok() });
}
