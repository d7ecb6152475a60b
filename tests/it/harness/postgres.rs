//! Throw-away PostgreSQL clusters from the installed binaries.
//!
//! Invariants: a missing PostgreSQL fails the test and says how to install it, it never skips; a cluster listens on
//! loopback only, with a password made for it; it runs as `postgres` when the tests run as root, because the server
//! refuses root; it is gone when the test process ends, however that ends: a watchdog holds the other end of a pipe.
//!
//! Neighbours: the harness takes a fresh database per test from the shared cluster (no fsync, a migrated template);
//! crash and fault tests start a cluster of their own ([`Cluster::start_own`]) that they may kill.

use std::fmt::Write as _;
use std::fs;
use std::future::Future;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::OnceCell;

const INSTALL: &str = "PostgreSQL is needed for the tests and was not found. Install it, for example with \
     `apt-get install postgresql` (.ci/test does that), or put initdb, pg_ctl and psql on the PATH.";
const TEMPLATE: &str = "template_migrated";
const SUPERUSER: &str = "secevent";

/// Whether a cluster survives a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// No fsync: for tests that do not crash the server.
    Fast,
    /// fsync as in production: for crash and fault tests.
    Durable,
}

/// A running cluster. Dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Cluster {
    binaries: PathBuf,
    directory: PathBuf,
    port: u16,
    password: String,
    databases: AtomicU64,
    template: OnceCell<()>,
    watchdog: Child,
    lifeline: Option<ChildStdin>,
}

impl Cluster {
    /// The cluster that all ordinary tests of this process share. Nobody may stop it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| {
            let cluster = Self::start_own(Durability::Fast);
            let version = cluster.sql("postgres", "SHOW server_version");
            super::facts::note(&format!("PostgreSQL of the tests: {version}"));
            cluster
        })
    }

    /// A cluster that belongs to one test, which may kill it.
    pub fn start_own(durability: Durability) -> Self {
        let binaries = find_binaries(&candidates()).unwrap_or_else(|| panic!("{INSTALL}"));
        let password = random_hex();
        let directory = make_directory(&binaries);
        initialise(&binaries, &directory, &password);
        let (watchdog, lifeline) = start_watchdog(&binaries, &directory);
        let mut cluster = Self {
            binaries,
            directory,
            port: 0,
            password,
            databases: AtomicU64::new(0),
            template: OnceCell::new(),
            watchdog,
            lifeline: Some(lifeline),
        };
        cluster.choose_port_and_start(durability);
        cluster
    }

    /// Another program may take the free port before the server does, so a failed start tries the next one.
    fn choose_port_and_start(&mut self, durability: Durability) {
        let mut failures = String::new();
        for _ in 0..5 {
            let probe = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            self.port = probe.local_addr().unwrap().port();
            drop(probe);
            write_as_server(
                &self.directory.join("data/secevent.conf"),
                &self.settings(durability),
            );
            match self.try_start() {
                Ok(()) => return,
                Err(failure) => failures.push_str(&failure),
            }
        }
        panic!("PostgreSQL did not start:\n{failures}");
    }

    fn settings(&self, durability: Durability) -> String {
        let mut settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\nmax_connections = 300\n\
             shared_buffers = 64MB\nlog_min_messages = warning\ntimezone = 'UTC'\n",
            self.port,
            self.directory.display()
        );
        if durability == Durability::Fast {
            settings += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n";
        }
        settings
    }

    /// The URL of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://{SUPERUSER}:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    /// A new, empty database; returns its name.
    pub fn empty_database(&self) -> String {
        self.create("template0")
    }

    /// A new database with the schema that `migrate` makes; returns its name. `migrate` gets a URL, runs once per
    /// cluster, and must close its connections.
    pub async fn fresh_database<F, M>(&self, migrate: M) -> String
    where
        M: FnOnce(String) -> F,
        F: Future<Output = ()>,
    {
        self.template
            .get_or_init(|| async {
                self.sql(
                    "postgres",
                    &format!("CREATE DATABASE {TEMPLATE} TEMPLATE template0"),
                );
                migrate(self.url(TEMPLATE)).await;
                self.sql(
                    "postgres",
                    &format!("ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false"),
                );
                // A connection that is still closing would make the first copy fail.
                self.terminate_backends(TEMPLATE);
            })
            .await;
        self.create(TEMPLATE)
    }

    fn create(&self, template: &str) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        );
        name
    }

    /// Removes a database, and whoever is connected to it.
    pub fn drop_database(&self, database: &str) {
        self.sql(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"),
        );
    }

    /// Runs SQL by psql, which shares no code with the project, and returns the rows: one a line, columns by `|`.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        self.try_sql(database, statement)
            .unwrap_or_else(|failure| panic!("{statement}: {failure}"))
    }

    /// Like [`Cluster::sql`], for a statement that may fail.
    pub fn try_sql(&self, database: &str, statement: &str) -> Result<String, String> {
        let mut psql = Command::new(program(&self.binaries, "psql"));
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
        ])
        .env("PGCONNECT_TIMEOUT", "10")
        .arg(self.url(database));
        run(&mut psql).map(|text| text.trim_end().to_owned())
    }

    /// Kills every connection to a database, as an administrator would; returns how many.
    pub fn terminate_backends(&self, database: &str) -> usize {
        let statement = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = '{database}' AND pid <> pg_backend_pid()"
        );
        self.sql("postgres", &statement).parse().unwrap()
    }

    /// Stops the server as a crash would: no checkpoint, connections cut.
    pub fn stop_immediate(&self) {
        let data = self.directory.join("data");
        let mut stop = as_server(&program(&self.binaries, "pg_ctl"));
        stop.arg("-D")
            .arg(data)
            .args(["-m", "immediate", "-w", "stop"]);
        run(&mut stop).unwrap_or_else(|failure| panic!("PostgreSQL did not stop: {failure}"));
    }

    /// Starts the server again after [`Cluster::stop_immediate`]; it recovers first.
    pub fn start(&self) {
        self.try_start()
            .unwrap_or_else(|failure| panic!("PostgreSQL did not start: {failure}"));
    }

    fn try_start(&self) -> Result<(), String> {
        let log = self.directory.join("log");
        let mut start = as_server(&program(&self.binaries, "pg_ctl"));
        start
            .arg("-D")
            .arg(self.directory.join("data"))
            .arg("-l")
            .arg(&log);
        start.args(["-w", "-t", "60", "start"]);
        // The server inherits these, so a pipe would never reach its end.
        start
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match start.status() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(fs::read_to_string(log).unwrap_or_else(|_| "it wrote no log\n".to_owned())),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.watchdog.wait();
    }
}

/// A shell that waits until the pipe from this process closes (it does, even by `kill -9`), then stops the server and
/// removes its files. It has a process group of its own, so that Ctrl-C at the terminal does not reach it first.
fn start_watchdog(binaries: &Path, directory: &Path) -> (Child, ChildStdin) {
    let script = "trap '' HUP INT TERM\ncat >/dev/null\n\"$0\" -D \"$1/data\" -m immediate -w stop\nrm -rf \"$1\"";
    let mut shell = as_server(Path::new("sh"));
    shell
        .args(["-c", script])
        .arg(program(binaries, "pg_ctl"))
        .arg(directory);
    shell
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let mut watchdog = shell.spawn().unwrap();
    let lifeline = watchdog.stdin.take().unwrap();
    (watchdog, lifeline)
}

fn make_directory(binaries: &Path) -> PathBuf {
    let mut failures = String::new();
    for parent in [std::env::temp_dir(), PathBuf::from("/tmp")] {
        let mut mktemp = as_server(Path::new("mktemp"));
        mktemp.arg("-d").arg(parent.join("secevent-pg.XXXXXX"));
        match run(&mut mktemp) {
            Ok(path) => return PathBuf::from(path.trim_end()),
            Err(failure) => failures.push_str(&failure),
        }
    }
    panic!(
        "no directory for PostgreSQL of {}: {failures}",
        binaries.display()
    );
}

fn initialise(binaries: &Path, directory: &Path, password: &str) {
    let data = directory.join("data");
    let secret = directory.join("password");
    write_as_server(&secret, password);
    let mut initdb = as_server(&program(binaries, "initdb"));
    initdb.arg("-D").arg(&data).arg("--pwfile").arg(&secret);
    // Plain text on loopback: the handshake of SCRAM costs an unoptimised client a tenth of a second per connection.
    initdb.args([
        "-U",
        SUPERUSER,
        "--auth=password",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]);
    run(&mut initdb).unwrap_or_else(|failure| panic!("initdb failed: {failure}"));
    let mut remove = as_server(Path::new("rm"));
    run(remove.arg(&secret)).unwrap();
    append_as_server(&data.join("postgresql.conf"), "include = 'secevent.conf'\n");
}

/// A command that runs as the user that owns the cluster.
fn as_server(program: &Path) -> Command {
    static SERVER_USER: OnceLock<Option<String>> = OnceLock::new();
    let user = SERVER_USER.get_or_init(|| {
        let is = |args: &[&str]| run(Command::new("id").args(args)).unwrap_or_default();
        (is(&["-u"]).trim() == "0").then(|| {
            let exists = |user: &&str| !is(&["-u", user]).is_empty();
            let user = ["postgres", "nobody"].into_iter().find(exists);
            user.expect("PostgreSQL refuses to run as root, and there is no user postgres")
                .to_owned()
        })
    });
    let mut command = match user {
        None => Command::new(program),
        Some(user) => drop_to(user, program),
    };
    command.current_dir("/").env("LC_ALL", "C");
    command
}

fn drop_to(user: &str, program: &Path) -> Command {
    if on_path("setpriv").is_some() {
        let mut command = Command::new("setpriv");
        command.args(["--init-groups", "--reuid", user, "--regid"]);
        let group = run(Command::new("id").args(["-g", user])).unwrap();
        command.arg(group.trim()).arg("--").arg(program);
        return command;
    }
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--"]).arg(program);
    command
}

fn write_as_server(path: &Path, text: &str) {
    pipe_as_server("cat >\"$0\"", path, text);
}

fn append_as_server(path: &Path, text: &str) {
    pipe_as_server("cat >>\"$0\"", path, text);
}

fn pipe_as_server(script: &str, path: &Path, text: &str) {
    let mut shell = as_server(Path::new("sh"));
    let mut shell = shell
        .args(["-c", script])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    assert!(
        shell.wait().unwrap().success(),
        "cannot write {}",
        path.display()
    );
}

fn run(command: &mut Command) -> Result<String, String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .map_err(|failure| format!("{command:?}: {failure}"))?;
    let text = String::from_utf8_lossy(&stdout).into_owned();
    if status.success() {
        return Ok(text);
    }
    Err(format!(
        "{status}\n{text}{}",
        String::from_utf8_lossy(&stderr)
    ))
}

/// Directories that may hold the server's programs: the PATH, then where distributions keep them, newest first.
fn candidates() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = on_path("initdb").into_iter().collect();
    for (parent, below) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
    ] {
        let mut versions: Vec<PathBuf> = fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| {
                parent.ends_with("postgresql") || path.to_string_lossy().contains("/pgsql-")
            })
            .collect();
        versions.sort_by_key(|path| version(path));
        found.extend(versions.into_iter().rev().map(|path| path.join(below)));
    }
    found
}

fn version(path: &Path) -> u32 {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.trim_start_matches("pgsql-").parse().unwrap_or(0)
}

/// The first directory that holds the programs which the server comes with.
fn find_binaries(candidates: &[PathBuf]) -> Option<PathBuf> {
    let complete = |directory: &&PathBuf| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| directory.join(name).exists())
    };
    candidates.iter().find(complete).cloned()
}

/// The program beside the server's, or else on the PATH (psql may come from a package of its own).
fn program(binaries: &Path, name: &str) -> PathBuf {
    let beside = binaries.join(name);
    if beside.exists() {
        beside
    } else {
        PathBuf::from(name)
    }
}

/// The directory of a program on the PATH, links resolved, because its companions lie where the link points.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())?;
    Some(fs::canonicalize(found).ok()?.parent()?.to_owned())
}

fn random_hex() -> String {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| std::io::Read::read_exact(&mut source, &mut bytes))
        .unwrap();
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

mod tests {
    use std::io::{BufRead, BufReader};
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn every_test_gets_a_database_of_its_own_from_the_migrated_template() {
        // A cluster of its own: the shared one's template belongs to whichever test comes first.
        let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start_own(Durability::Fast)));
        let migrate = |url: String| async move {
            assert!(url.ends_with(TEMPLATE));
            cluster.sql(TEMPLATE, "CREATE TABLE marked (n int)");
        };
        let one = cluster.fresh_database(migrate).await;
        let other = cluster
            .fresh_database(|_| async { panic!("migrated twice") })
            .await;
        cluster.sql(&one, "INSERT INTO marked VALUES (7)");
        assert_eq!(cluster.sql(&one, "SELECT n FROM marked"), "7");
        assert_eq!(cluster.sql(&other, "SELECT count(*) FROM marked"), "0");
        let empty = cluster.empty_database();
        assert!(
            cluster
                .try_sql(&empty, "SELECT * FROM marked")
                .unwrap_err()
                .contains("does not exist")
        );
        cluster.drop_database(&one);
        assert!(cluster.try_sql(&one, "SELECT 1").is_err());
    }

    #[tokio::test]
    async fn a_durable_cluster_loses_nothing_in_a_crash_and_vanishes_with_its_owner() {
        let cluster = Cluster::start_own(Durability::Durable);
        assert_eq!(cluster.sql("postgres", "SHOW fsync"), "on");
        assert_eq!(
            cluster.sql("postgres", "SHOW listen_addresses"),
            "127.0.0.1"
        );
        let database = cluster.empty_database();
        cluster.sql(
            &database,
            "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)",
        );
        cluster.stop_immediate();
        assert!(
            cluster.try_sql(&database, "SELECT 1").is_err(),
            "the server is down"
        );
        cluster.start();
        assert_eq!(cluster.sql(&database, "SELECT n FROM kept"), "1");

        let asked = "SELECT pg_sleep(60)";
        std::thread::scope(|scope| {
            let sleeper = scope.spawn(|| cluster.try_sql(&database, asked));
            while cluster.terminate_backends(&database) == 0 {}
            assert!(sleeper.join().unwrap().is_err(), "its connection was cut");
        });

        let wrong = cluster.url(&database).replace(&cluster.password, "wrong");
        let refused =
            run(Command::new(program(&cluster.binaries, "psql")).args([&wrong, "-c", "SELECT 1"]));
        assert!(refused.unwrap_err().contains("authentication failed"));

        let directory = cluster.directory.clone();
        assert!(directory.exists());
        drop(cluster);
        assert!(!directory.exists(), "nothing is left behind");
    }

    /// Runs itself again as a process that is killed while it owns a cluster.
    #[test]
    fn a_killed_test_process_leaves_no_server_behind() {
        const CHILD: &str = "SECEVENT_WATCHDOG_TEST_CHILD";
        if std::env::var_os(CHILD).is_some() {
            let cluster = Cluster::start_own(Durability::Fast);
            println!("\ncluster={}", cluster.directory.display());
            let _ = std::io::stdin().read_line(&mut String::new());
            return;
        }
        let name = "harness::postgres::tests::a_killed_test_process_leaves_no_server_behind";
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let directory = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .find_map(|line| line.unwrap().strip_prefix("cluster=").map(PathBuf::from))
            .unwrap();
        assert!(directory.join("data/postmaster.pid").exists());
        child.kill().unwrap();
        child.wait().unwrap();
        let begun = Instant::now();
        while directory.exists() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the watchdog did not clean up"
            );
            std::thread::yield_now();
        }
    }

    #[test]
    fn no_postgresql_is_a_failure_that_says_what_to_install() {
        assert_eq!(find_binaries(&[PathBuf::from("/nowhere")]), None);
        assert!(INSTALL.contains("apt-get install postgresql"));
    }
}
