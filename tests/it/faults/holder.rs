//! Somebody else who holds the database locked: another process, as an administrator's forgotten session would.
//!
//! Invariants: the lock is held when `lock` returns, and gone when `release` returns or the holder is dropped. Neighbours: the tests of
//! this directory.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

const HOLD_FILE: &str = "
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1].removeprefix('sqlite:'), timeout=30, isolation_level=None)
connection.execute('begin exclusive')
print('locked', flush=True)
sys.stdin.read()
connection.execute('rollback')
";

/// Takes the locks one after the other, while the bot at work takes its own in its own order: whom the server then sacrifices is a matter of
/// luck. The bot decides anew, and so does the holder.
const HOLD_TABLES: &str = "begin;
do $$ begin
    loop
        begin
            lock table cases, event_report, inbound_seen, outbox, timeline in access exclusive mode;
            exit;
        exception when deadlock_detected then
            null;
        end;
    end loop;
end $$;
\\echo locked
";

/// The holder.
#[derive(Debug)]
pub struct Holder {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Holder {
    /// Locks the database.
    pub async fn lock(database: &str) -> Self {
        let is_file = database.starts_with("sqlite:");
        let mut command = if is_file {
            let mut python = Command::new("python3");
            python.args(["-c", HOLD_FILE, database]);
            python
        } else {
            let mut psql = Command::new("psql");
            psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", database]);
            psql
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        if !is_file {
            stdin.write_all(HOLD_TABLES.as_bytes()).await.unwrap();
            stdin.flush().await.unwrap();
        }
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(
            said.next_line().await.unwrap().as_deref(),
            Some("locked"),
            "the lock was not had"
        );
        Self {
            child,
            stdin: Some(stdin),
        }
    }

    /// Lets go.
    pub async fn release(&mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().await.unwrap().success());
    }
}
