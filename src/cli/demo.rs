//! placeholder
use super::{Failure, Outcome};
use clap::Args;
/// Demo.
#[derive(Debug, Args)]
pub struct Demo {
    /// Tour.
    #[arg(long)]
    tour: bool,
}
impl Demo {
    /// Runs.
    pub async fn run(self) -> Outcome {
        Err(Failure::Stopped(format!("not built yet {}", self.tour)))
    }
}
