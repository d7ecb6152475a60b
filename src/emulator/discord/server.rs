//! The emulator as a running server.
//!
//! Purpose: bind, route, and stop in good order. Invariants: it listens on the loopback interface only; dropped or stopped, it ends its sockets
//! and background work. Neighbours: every handler; `serve` is what the command line calls.

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

use super::ids::Ids;
use super::seed::Seed;
use super::state::State;
use super::{Shared, cdn, client, control, gateway, wire};
use crate::emulator::clock::EmulatorClock;
use crate::emulator::door::{Door, guard};
use crate::emulator::ledger::Ledger;
use crate::emulator::listener::{BreakableListener, Breaker};
use crate::emulator::random::random_hex;

/// How long a stop waits for open connections.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// A running emulator. Dropping it stops it at once; [`DiscordEmulator::stop`] does so in good order.
#[derive(Debug)]
pub struct DiscordEmulator {
    shared: Arc<Shared>,
    server: JoinSet<std::io::Result<()>>,
}

impl DiscordEmulator {
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
    /// As [`DiscordEmulator::start`].
    pub async fn start_on(port: u16, seed: Seed, clock: EmulatorClock) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let ledger = seed.ledger_file.as_deref().map(Ledger::with_file);
        let ledger = ledger.transpose()?.unwrap_or_default();
        let ids = Ids::new(seed.newest_id())?;
        let mut state = State::new(seed.world, ids, ledger, random_hex(16)?);
        state.base_url.clone_from(&base_url);
        state.limits.switch(seed.rate_limits);
        state.heartbeat_millis = u64::try_from(seed.heartbeat.as_millis()).unwrap_or(41_250);
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

    /// Root of the REST interface, without a trailing slash: `http://127.0.0.1:port/api/v10`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("{}/api/v10", self.shared.base_url)
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

    /// The public half of the key that signs interactions posted over HTTP, in hexadecimal.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.shared
            .look(|state, _| super::signing::public_key(&state.world.app.signing_seed))
    }

    /// The world, written down for [`Seed::go_on`].
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

impl Drop for DiscordEmulator {
    fn drop(&mut self) {
        self.shared.stop.cancel();
        self.shared.abort_background();
    }
}

impl Seed {
    /// The highest id in the world.
    fn newest_id(&self) -> u64 {
        let world = &self.world;
        let messages = world
            .messages
            .values()
            .filter_map(|all| all.keys().next_back());
        let others = world.channels.keys().chain(world.attachments.keys());
        let commands = world.commands.iter().map(|one| &one.id);
        messages
            .chain(others)
            .chain(commands)
            .copied()
            .max()
            .unwrap_or(0)
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
        .route("/api/v10/{*path}", any(wire::call))
        .route("/gateway", get(gateway::open))
        .route("/gateway/", get(gateway::open))
        .route("/resume", get(gateway::open))
        .route("/resume/", get(gateway::open))
        .route("/attachments/{place}/{id}/{name}", get(cdn::get))
        .route("/ephemeral-attachments/{place}/{id}/{name}", get(cdn::get))
        .merge(doors)
        .layer(DefaultBodyLimit::max(32 * 1024 * 1024))
        .with_state(Arc::clone(shared))
}

/// What `secevent emulator discord` is asked.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// File for the ledger, one JSON object per line.
    pub ledger: Option<PathBuf>,
    /// Fixed door token, for scripts; a random one when absent.
    pub door_token: Option<String>,
    /// Post interactions, signed, to this address instead of sending them over the gateway.
    pub http_url: Option<String>,
    /// Leave calls unpaced.
    pub no_rate_limits: bool,
}

/// Runs an emulator of "Example Corp" on the system's clock until `stop` resolves or the control door says stop. The
/// first line on standard output is one JSON object that tells addresses and tokens.
///
/// # Errors
/// When it cannot start.
pub async fn serve(
    options: ServeOptions,
    stop: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let mut seed = Seed {
        ledger_file: options.ledger,
        door_token: options.door_token,
        rate_limits: !options.no_rate_limits,
        ..Seed::example_corp()
    };
    if let Some(url) = options.http_url {
        seed = seed.with_endpoint(&url);
    }
    let emulator = DiscordEmulator::start_on(options.port, seed, EmulatorClock::system()).await?;
    announce(&emulator)?;
    tokio::select! {
        () = emulator.stopped() => {}
        () = stop => {}
    }
    emulator.stop().await;
    Ok(())
}

fn announce(emulator: &DiscordEmulator) -> std::io::Result<()> {
    use super::seed;
    use std::io::Write;
    let line = serde_json::json!({
        "api_url": emulator.api_url(), "door_url": emulator.door_url(), "door_token": emulator.door_token(),
        "bot_token": seed::BOT_TOKEN, "application_id": seed::APPLICATION.to_string(), "public_key": emulator.public_key(),
        "guild": seed::GUILD.to_string(), "queue_channel": seed::QUEUE.to_string(), "general_channel": seed::GENERAL.to_string(),
        "responder_role": seed::RESPONDER_ROLE.to_string(),
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
