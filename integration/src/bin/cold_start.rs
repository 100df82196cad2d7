//! Measures how long the recommending function takes from its start to its first answer.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use matinee_integration::lambda::cold_start::Measurement;

/// Measures the cold start of the function behind GET /recommend: the bootstrap started directly
/// and in AWS's emulator, with a model from a server of ours, and the fetching of the same bytes.
#[derive(Parser)]
struct Arguments {
    /// The bootstrap, as it is deployed.
    #[arg(long)]
    bootstrap: PathBuf,
    /// A folder of published models; the live one knows The Matrix.
    #[arg(long)]
    models: PathBuf,
    /// How often everything is repeated.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Leave AWS's emulator out.
    #[arg(long)]
    no_emulator: bool,
    /// Print one JSON document instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if cfg!(debug_assertions) {
        let _ = writeln!(
            io::stderr(),
            "not optimised: the server is slower than it should be; use --release"
        );
    }
    let measurement = Measurement {
        bootstrap: &arguments.bootstrap,
        models: &arguments.models,
        rounds: arguments.rounds,
        emulator: !arguments.no_emulator,
    };
    let written = measurement.run().and_then(|report| {
        if arguments.json {
            writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&report)?)
        } else {
            write!(io::stdout(), "{report}")
        }
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "cannot measure {}: {error}",
                arguments.bootstrap.display()
            );
            ExitCode::FAILURE
        }
    }
}
