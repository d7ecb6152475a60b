//! The emulator as a running server.
//!
//! Purpose: bind, route, and stop in good order. Invariants: it listens on the loopback interface only; dropped or
//! stopped, it ends its sockets and background work. Neighbours: every handler; `serve` is what the command line calls.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Shared;
use super::door::Door;
use super::ids::Ids;
use super::ledger::Ledger;
use super::listener::{BreakableListener, Breaker};
use super::seed::Seed;
use super::state::State;
use super::{client, control, downloads, guard, link, respond, wire};
use crate::emulator::clock::EmulatorClock;
use crate::emulator::random::random_hex;

/// How long a stop waits for open connections.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// A running emulator. Dropping it stops it at once; [`SlackEmulator::stop`] does so in good order.
#[derive(Debug)]
pub struct SlackEmulator {
    shared: Arc<Shared>,
    server: JoinSet<std::io::Result<()>>,
}

impl SlackEmulator {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When the port cannot be bound, the ledger file not opened, or there is no randomness.
    pub async fn start(seed: Seed, clock: EmulatorClock) -> std::io::Result<Self> {
        Self::start_on(0, seed, clock).await
    }

    /// Starts on a given port of 127.0.0.1; 0 takes a free one.
    ///
    /// # Errors
    /// As [`SlackEmulator::start`].
    pub async fn start_on(port: u16, seed: Seed, clock: EmulatorClock) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let ledger = seed
            .ledger_file
            .as_deref()
            .map(Ledger::with_file)
            .transpose()?
            .unwrap_or_default();
        let mut state = State::new(seed.world, Ids::new()?, ledger);
        state.base_url.clone_from(&base_url);
        state.limits.switch(seed.rate_limits);
        let token = seed.door_token.map_or_else(|| random_hex(16), Ok)?;
        let shared = Arc::new(Shared::new(state, clock, base_url, token, seed.ack_limit));
        let routes = routes(&shared).into_make_service_with_connect_info::<Breaker>();
        let stop = shared.stop.clone();
        let mut server = JoinSet::new();
        server.spawn(async move {
            let serving = axum::serve(BreakableListener(listener), routes);
            serving.with_graceful_shutdown(stop.cancelled_owned()).await
        });
        Ok(Self { shared, server })
    }

    /// Root of the Web API, without a trailing slash: `http://127.0.0.1:port/api`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("{}/api", self.shared.base_url)
    }

    /// Where the doors are: `http://127.0.0.1:port`.
    #[must_use]
    pub fn door_url(&self) -> String {
        self.shared.base_url.clone()
    }

    /// What opens the doors.
    #[must_use]
    pub fn door_token(&self) -> String {
        self.shared.door_token.clone()
    }

    /// A door to this emulator, to act as somebody or to control it.
    #[must_use]
    pub fn door(&self) -> Door {
        Door::new(&self.door_url(), &self.door_token())
    }

    /// The emulator's clock.
    #[must_use]
    pub fn clock(&self) -> &EmulatorClock {
        &self.shared.clock
    }

    /// The workspace, written down for [`Seed::go_on`].
    ///
    /// # Errors
    /// When it has no JSON form; cannot happen.
    pub fn kept(&self) -> serde_json::Result<String> {
        self.shared
            .look(|state, _| serde_json::to_string(&state.world))
    }

    /// Waits until somebody asks it to stop, by the control door.
    pub async fn stopped(&self) {
        self.shared.stop.cancelled().await;
    }

    /// Stops: no new connections, sockets closed, background work ended.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        self.shared.release_hangs();
        let ended = async { while self.server.join_next().await.is_some() {} };
        // A client that keeps a connection open must not keep a test from ending.
        let _ = tokio::time::timeout(STOP_LIMIT, ended).await;
    }
}

impl Drop for SlackEmulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
        self.shared.abort_background();
    }
}

fn routes(shared: &Arc<Shared>) -> Router {
    let gate = guard::Gate {
        base_url: shared.base_url.clone(),
        token: shared.door_token.clone(),
    };
    let doors = Router::new()
        .route("/client/{act}", post(client::act))
        .route("/control/{what}", post(control::control))
        .layer(from_fn_with_state(gate, guard::guard));
    Router::new()
        .route("/api/{method}", any(wire::call))
        .route("/link/", get(link::open))
        .route("/response/{id}", post(respond::post))
        .route("/files-pri/{*path}", get(downloads::get))
        .merge(doors)
        .layer(DefaultBodyLimit::max(32 * 1024 * 1024))
        .with_state(Arc::clone(shared))
}

/// What `secevent emulator slack` is asked.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// File for the ledger, one JSON object per line.
    pub ledger: Option<PathBuf>,
    /// Fixed door token, for scripts; a random one when absent.
    pub door_token: Option<String>,
    /// Deliver by signed HTTP to this address instead of sockets; with a slash at its end, to three addresses below it.
    pub http_url: Option<String>,
    /// App manifest (JSON) to take scopes, events, commands and shortcuts from.
    pub manifest: Option<PathBuf>,
    /// Leave calls unpaced.
    pub no_rate_limits: bool,
}

/// Runs an emulator of "Example Corp" on the system's clock until `stop` resolves or the control door says stop. The
/// first line on standard output is one JSON object that tells addresses and tokens.
///
/// # Errors
/// When it cannot start, or the manifest cannot be read.
pub async fn serve(
    options: ServeOptions,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let mut seed = Seed {
        ledger_file: options.ledger,
        door_token: options.door_token,
        ..Seed::example_corp()
    };
    seed.rate_limits = !options.no_rate_limits;
    if let Some(path) = options.manifest {
        let text = std::fs::read_to_string(path)?;
        let manifest = serde_json::from_str(&text).map_err(std::io::Error::other)?;
        seed = seed.with_manifest(&manifest);
    }
    if let Some(url) = options.http_url {
        seed = seed.with_http(&url);
    }
    let emulator = SlackEmulator::start_on(options.port, seed, EmulatorClock::system()).await?;
    announce(&emulator)?;
    tokio::select! {
        () = emulator.stopped() => {}
        () = stop => {}
    }
    emulator.stop().await;
    Ok(())
}

fn announce(emulator: &SlackEmulator) -> std::io::Result<()> {
    use std::io::Write;
    let line = serde_json::json!({
        "api_url": emulator.api_url(), "door_url": emulator.door_url(), "door_token": emulator.door_token(),
        "bot_token": super::seed::BOT_TOKEN, "app_token": super::seed::APP_TOKEN,
        "signing_secret": super::seed::SIGNING_SECRET,
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
