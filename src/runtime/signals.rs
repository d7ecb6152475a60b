//! The signals by which an operator or a supervisor asks the process to stop.
//!
//! Invariants: asking is not stopping; the one who hears it calls `Runtime::stop`. From the moment of
//! [`StopSignals::listen`] the signals no longer kill the process by themselves.
//!
//! Neighbours: `serve` and `demo` wait here.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears SIGTERM (a supervisor) and SIGINT (Ctrl-C).
#[derive(Debug)]
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system refuses the handler.
    pub fn listen() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self {
            terminate,
            interrupt,
        })
    }

    /// Waits until the process is asked to stop; returns the name of the signal, for the log.
    pub async fn asked(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn both_signals_are_heard() {
        let mut signals = StopSignals::listen().unwrap();
        for name in ["SIGTERM", "SIGINT"] {
            let flag = name.replace("SIG", "-");
            let kill = format!("kill {flag} {}", std::process::id());
            assert!(
                Command::new("sh")
                    .args(["-c", &kill])
                    .status()
                    .unwrap()
                    .success()
            );
            assert_eq!(signals.asked().await, name);
        }
    }
}
