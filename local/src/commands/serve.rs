//! `matinee serve`

use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use matinee::model::{Model, MovieRef};
use matinee::personalize::Campaigns;
use matinee::ports::DirectoryBlobs;
use matinee_recommend::{Callers, Options, Personalize};
use tokio::net::TcpListener;

use crate::cli::ServeArgs;
use crate::server::{self, ITEMS, Keeping, Stop};
use crate::{models, output, settings};

/// Where devices are served unless another port was named.
const MQTT_PORT: u16 = 1883;

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    // A broken model, a taken port or a broken data folder is told before time goes into training.
    let found = models::find(&args.models, &args.data)?;
    let options = Options {
        personalize: Personalize {
            callers: Callers::Anybody,
            campaigns: campaigns(args.personalize.as_deref())?.into(),
            items: Some(Arc::new(DirectoryBlobs::new(args.data.join(ITEMS)))),
            ..Personalize::default()
        },
        backend: settings::backend()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let wanted = SocketAddr::new(args.host, args.port);
    let listener = runtime
        .block_on(TcpListener::bind(wanted))
        .map_err(|error| anyhow::anyhow!(refused(wanted, &error, "--port")))?;
    let devices = runtime.block_on(listen_for_devices(args))?;
    // Behind the ports: who cannot serve leaves nothing behind.
    let keeping = Keeping::open(&args.data)?;
    let model = match found {
        Some(model) => model,
        None => models::train_first(&args.models, &args.data)?,
    };
    let ports = (listener, devices);
    runtime.block_on(serve(args, ports, &model, keeping, options))
}

/// What there is for clients of Amazon Personalize.
fn campaigns(file: Option<&Path>) -> anyhow::Result<Campaigns> {
    let Some(file) = file else {
        return Ok(Campaigns::default());
    };
    let text = fs::read_to_string(file);
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    Campaigns::read(&text).with_context(|| format!("cannot use {}", file.display()))
}

/// Where devices are served. That somebody else serves them there already is no reason not to serve the
/// rest, unless this port was asked for.
async fn listen_for_devices(args: &ServeArgs) -> anyhow::Result<Option<TcpListener>> {
    let wanted = SocketAddr::new(args.host, args.mqtt_port.unwrap_or(MQTT_PORT));
    match TcpListener::bind(wanted).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) => {
            let refused = refused(wanted, &error, "--mqtt-port");
            if args.mqtt_port.is_some() {
                anyhow::bail!(refused);
            }
            output::say(format_args!("warning: devices are not served: {refused}"));
            Ok(None)
        }
    }
}

async fn serve(
    args: &ServeArgs,
    (listener, devices): (TcpListener, Option<TcpListener>),
    model: &Model,
    keeping: Keeping,
    options: Options,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let mqtt = devices.as_ref().map(TcpListener::local_addr).transpose()?;
    let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
    if !address.ip().is_loopback() {
        output::say(format_args!(
            "warning: {} can be reached from other machines, and there is no authentication",
            address.ip()
        ));
    }
    let dir = args.models.dir(&args.data);
    let standard = dir == Path::new(".matinee/models");
    output::say(Welcome {
        model,
        dir: &dir,
        base: format!("http://{}", reachable(address)),
        mqtt: mqtt.map(|address| format!("mqtt://{}", reachable(address))),
        option: (!standard).then(|| format!(" --models {}", quoted(&dir.display().to_string()))),
    });
    // A server goes on when nobody reads where it listens.
    let _ = output::result(format_args!("listening on http://{address}"));
    let models = server::models(&dir, model.version()).await;
    let router = server::router(&models, &keeping.audience(), keeping.key(), options);
    let background = keeping.start();
    let broker = devices.map(|devices| keeping.listen(devices, &models));
    let broker = broker.transpose().context("cannot serve devices")?;
    if let Some(broker) = &broker {
        let _ = output::result(format_args!("listening on mqtt://{}", broker.address()));
    }
    server::serve(listener, router, broker, background, stop)
        .await
        .context("the server failed")
}

/// Why an address cannot be listened on, and what to do.
fn refused(address: SocketAddr, error: &io::Error, option: &str) -> String {
    let (ip, port) = (address.ip(), address.port());
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} on {ip} is in use: end the program that has it, or choose another port \
             with {option} N (0 picks a free one)"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("you may not listen on port {port}: choose one from 1024 on with {option} N")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("this machine has no address {ip}: choose one of its own with --host ADDRESS")
        }
        _ => format!("cannot listen on {address}: {error}"),
    }
}

/// An address that this machine reaches the server at.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// What to try.
struct Welcome<'a> {
    model: &'a Model,
    dir: &'a Path,
    base: String,
    /// Where devices are served, if they are.
    mqtt: Option<String>,
    /// What other commands need to find the same models.
    option: Option<String>,
}

impl fmt::Display for Welcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            model, dir, base, ..
        } = self;
        let program = std::env::args_os().next();
        let program = program.map_or_else(|| "matinee".into(), |p| quoted(&p.to_string_lossy()));
        let option = self.option.as_deref().unwrap_or_default();
        let film = famous(model);
        let query = film.replace(' ', "%20");
        let (films, version) = (model.catalogue.len(), model.version());
        writeln!(
            f,
            "\nMatinee serves {films} films: model {version} in {}.\n",
            dir.display()
        )?;
        writeln!(f, "  in a browser   {base}/")?;
        writeln!(
            f,
            "  over HTTP      curl '{base}/recommend?movie_name={query}'"
        )?;
        writeln!(f, "  the contract   {base}/openapi.json")?;
        if let Some(mqtt) = &self.mqtt {
            writeln!(f, "  for devices    {mqtt}")?;
        }
        writeln!(f, "  as with Alexa  {program} talk{option}")?;
        writeln!(f, "  right here     {program} recommend{option} \"{film}\"")?;
        write!(f, "\nCtrl-C stops it.")
    }
}

/// A film of the model that people know and whose title needs no quoting.
fn famous(model: &Model) -> &str {
    const EXAMPLE: &str = "The Matrix";
    if matinee::catalogue::find(model, EXAMPLE).movie.is_some() {
        return EXAMPLE;
    }
    let plain = |title: &&str| {
        title
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b' ')
    };
    let titles = model.catalogue.top_order().map(MovieRef::title);
    titles.take(1000).find(plain).unwrap_or(EXAMPLE)
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_spaces_stays_one_word() {
        assert_eq!(quoted("my models"), "'my models'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("/srv/models-1"), "/srv/models-1");
    }

    #[test]
    fn an_unspecified_address_is_shown_as_one_a_browser_can_open() {
        let shown = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(shown("0.0.0.0:3000"), "127.0.0.1:3000");
        assert_eq!(shown("[::]:3000"), "[::1]:3000");
        assert_eq!(shown("192.0.2.1:80"), "192.0.2.1:80");
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let address = "127.0.0.1:3000".parse().unwrap();
        let text = refused(address, &io::ErrorKind::AddrInUse.into(), "--port");
        assert!(
            text.contains("port 3000") && text.contains("--port"),
            "{text}"
        );
    }
}
