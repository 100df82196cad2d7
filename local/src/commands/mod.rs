//! One file a command.

mod batch;
mod compact;
mod device;
mod evaluate;
mod export;
mod fetch;
mod find;
mod import;
mod letters;
mod recommend;
mod report;
mod serve;
mod talk;
mod train;
mod versions;

use crate::cli::Command;

/// Does what was asked for.
pub(crate) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(args),
        Command::Train(args) => train::run(args),
        Command::Talk(args) => talk::run(args),
        Command::Recommend(args) => recommend::run(args),
        Command::Find(args) => find::run(args),
        Command::Fetch(args) => fetch::run(args),
        Command::Import(args) => import::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Publish(args) => versions::publish(args),
        Command::Models(args) => versions::list(args),
        Command::Rollback(args) => versions::rollback(args),
        Command::Compact(args) => compact::run(args),
        Command::Export(args) => export::run(args),
        Command::Batch(args) => batch::run(args),
        Command::Letters(args) => letters::run(args),
        Command::Report(args) => report::run(args),
        Command::Device(args) => device::run(args),
    }
}
