//! `matinee`: the command line, and the server that runs everything on one machine.

mod cli;
mod commands;
mod device;
mod fetch;
mod keep;
mod location;
mod logging;
mod models;
mod movie;
mod object;
mod output;
mod progress;
mod server;
mod settings;
mod training;
mod viewer_key;

use std::process::ExitCode;

fn main() -> ExitCode {
    let command = cli::Cli::command_of_this_process();
    output::exit_code(logging::start().and_then(|()| commands::run(&command)))
}
