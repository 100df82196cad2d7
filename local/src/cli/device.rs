//! The arguments of `matinee device`.

use std::path::PathBuf;

use clap::Args;

/// The thing where no other is named: that of the deployed system.
const THING: &str = "MovieSelector";

/// The longest name of a thing, as AWS has it.
const MAX_THING: usize = 128;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matinee device                               one round with a server on this machine
  matinee device --rounds 20 --seed 7 --json
  matinee device --one-by-one                  as the first devices asked: a film a message
  matinee device --films movie_ratings_simple.csv --rounds 5

  AWS (docs/device.md tells how to get certificates):
  matinee device --endpoint a1b2c3-ats.iot.eu-west-1.amazonaws.com \\
    --ca AmazonRootCA1.pem --cert device.pem.crt --key private.pem.key

  A Raspberry Pi that asks a server elsewhere in the house:
  matinee device --host 192.168.1.20 --thing kitchen --rounds 5

Each round invents films of up to three directors, three years and four sets of genres, asks how
good they would be, chooses the one with the most expected stars, draws how good it turns out, and
reports that. It turns out by a truth of the device's own, the same for all devices and runs: the
mean of the films with stars in --films, each director's and each genre's part of it (without stars
both are drawn from their names), and a normal error of one star; rounded, from 1 to 10.

What gets no answer is asked again by the same request id, and the film that was chosen is reported
under it, so that the system takes both once. A connection that is lost is made again. Ctrl-C ends
between two messages. Exit codes: 0 done or stopped, 1 refused or without an answer, 2 wrong usage.")]
pub(crate) struct DeviceArgs {
    /// Films to invent others from, in the layout of `movie_ratings_simple.csv` or `.tsv`
    /// [default: the built-in films]
    #[arg(long, value_name = "FILE")]
    pub(crate) films: Option<PathBuf>,
    /// How many times to ask, choose and report
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Ask for each film by itself on the topic filmrequest and report on filmupdate, without
    /// request ids; answers are for the thing that the server's `THING_NAME` says
    #[arg(long)]
    pub(crate) one_by_one: bool,
    /// Name of the thing that this device is
    #[arg(long, value_name = "NAME", default_value = THING, value_parser = thing)]
    pub(crate) thing: String,
    /// MQTT client id, which AWS wants to be the thing's name [default: that]
    #[arg(long, value_name = "ID", value_parser = thing)]
    pub(crate) client_id: Option<String>,
    /// Broker to talk to without TLS
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// Its port [default: 1883, with --endpoint 8883]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Broker to talk to by TLS with a certificate of this device's own, such as AWS IoT
    #[arg(long, value_name = "HOST", conflicts_with = "host", requires_all = ["ca", "cert", "key"])]
    pub(crate) endpoint: Option<String>,
    /// Certificates that the broker's must be signed by, as PEM
    #[arg(long, value_name = "FILE", requires = "endpoint")]
    pub(crate) ca: Option<PathBuf>,
    /// This device's certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "endpoint")]
    pub(crate) cert: Option<PathBuf>,
    /// The certificate's private key, as PEM
    #[arg(long, value_name = "FILE", requires = "endpoint")]
    pub(crate) key: Option<PathBuf>,
    /// Seconds to wait for an answer before asking again
    #[arg(long, value_name = "SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// How many times to ask in all before giving up
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) attempts: u32,
    /// Makes films and outcomes the same each time; request ids are new each time nevertheless
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How many films of a round to show, the best first
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub(crate) show: usize,
    /// Print one JSON object a round on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

impl DeviceArgs {
    /// Where the broker listens.
    pub(crate) fn broker(&self) -> (&str, u16) {
        match &self.endpoint {
            Some(endpoint) => (endpoint, self.port.unwrap_or(8883)),
            None => (&self.host, self.port.unwrap_or(1883)),
        }
    }
}

/// A name that AWS allows for things, none of whose characters mean anything in a topic.
fn thing(text: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-');
    if (1..=MAX_THING).contains(&text.len()) && text.bytes().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "expected 1 to {MAX_THING} of A-Z a-z 0-9 : _ -, as things of AWS are named"
        ))
    }
}
