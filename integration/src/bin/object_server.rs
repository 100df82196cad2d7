//! Serves a folder as S3 would, from memory, on this machine only.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use matinee_integration::lambda::ObjectServer;

/// Serves the files of a folder as the objects of a bucket, as S3 answers GET and HEAD, from
/// memory. It prints its address when it is ready, and serves until it is killed.
#[derive(Parser)]
struct Arguments {
    /// The folder, for example one of published models.
    folder: PathBuf,
    /// The name of the bucket.
    #[arg(long, default_value = "matinee-models")]
    bucket: String,
    /// What every key begins with.
    #[arg(long, default_value = "models/")]
    prefix: String,
    /// The port on 127.0.0.1; 0 is a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Arguments {
        folder,
        bucket,
        prefix,
        port,
    } = &arguments;
    match ObjectServer::start(folder, bucket, prefix, *port) {
        Ok(server) => {
            // Whoever started it reads the address from a pipe, and may have closed it.
            let _ = writeln!(io::stdout(), "{}", server.endpoint());
            let _ = io::stdout().flush();
            loop {
                thread::park();
            }
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "cannot serve {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
