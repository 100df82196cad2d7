//! `matinee publish`, `matinee models` and `matinee rollback`

use anyhow::Context as _;
use matinee::model::{
    ModelError, Transfer, VersionEntry, make_live, transfer, versions as all_versions,
};
use matinee_training::Progress as _;
use matinee_training::renew::held_back;
use serde::Serialize;

use crate::cli::{ModelsArgs, PublishArgs, RollbackArgs};
use crate::models::block_on;
use crate::output;
use crate::progress::Stages;

/// What was made live, and in whose place.
#[derive(Serialize)]
struct Switched<'a> {
    model_version: &'a str,
    /// The version that was live before, `null` where there was none.
    before: Option<&'a str>,
    location: String,
    /// Files copied; those that were there already do not count.
    written: usize,
}

/// One line of the list.
#[derive(Serialize)]
struct Listed<'a> {
    model_version: &'a str,
    live: bool,
    movies: Option<u64>,
    bytes: Option<u64>,
    created: Option<&'a str>,
    /// Why it was not made live when it was trained.
    held_back: Option<&'a str>,
    /// Why it cannot be used.
    fault: Option<String>,
}

pub(crate) fn publish(args: &PublishArgs) -> anyhow::Result<()> {
    let from = args.from.store();
    let to = args.to.store();
    let stages = Stages::new();
    stages.stage("verifying", 0);
    let placed = |_: &str, bytes: u64, total: u64| {
        if !stages.is_at("copying") {
            stages.stage("copying", total);
        }
        stages.advance(bytes);
    };
    let moved = block_on(transfer(&from, &to, args.version.as_deref(), placed))?
        .with_context(|| format!("cannot publish from {} to {}", args.from, args.to))?;
    stages.finish();
    let written = moved.written;
    say_switched(&moved, &args.to.to_string());
    output::say(format_args!("{written} files were copied."));
    report(&moved, args.to.to_string(), args.json)
}

pub(crate) fn rollback(args: &RollbackArgs) -> anyhow::Result<()> {
    let store = args.models.store();
    let moved = block_on(async {
        let (version, chosen_on) = if let Some(version) = &args.version {
            (version.clone(), None)
        } else {
            let (versions, pointer) = all_versions(&store).await?;
            (before_the_live_one(versions)?, Some(pointer))
        };
        anyhow::Ok(Box::pin(make_live(&store, &version, chosen_on)).await?)
    })?
    .with_context(|| format!("cannot roll back in {}", args.models))?;
    say_switched(&moved, &args.models.to_string());
    report(&moved, args.models.to_string(), args.json)
}

/// The newest version that is older than the live one, whole as far as its manifest tells, and was not
/// held back when it was trained.
fn before_the_live_one(versions: Vec<VersionEntry>) -> anyhow::Result<String> {
    let older = versions
        .into_iter()
        .take_while(|version| !version.live)
        .filter(|version| {
            let manifest = version.manifest.as_ref().ok();
            manifest.is_some_and(|manifest| held_back(manifest).is_none())
        });
    let last = older.last();
    let last =
        last.context("no version is older than the live one: `matinee models` lists them")?;
    Ok(last.model_version)
}

pub(crate) fn list(args: &ModelsArgs) -> anyhow::Result<()> {
    let (versions, _) = block_on(all_versions(&args.models.store()))?
        .with_context(|| format!("cannot list the models of {}", args.models))?;
    let listed: Vec<Listed<'_>> = versions.iter().map(Listed::of).collect();
    if args.json {
        return output::json(&listed);
    }
    if listed.is_empty() {
        output::say(format_args!("There is no model in {}.", args.models));
        return Ok(());
    }
    let heading = ["", "VERSION", "FILMS", "KIB", "CREATED", ""].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(heading)
        .chain(listed.iter().map(Listed::row))
        .collect();
    Ok(output::result(output::table(&rows))?)
}

impl<'a> Listed<'a> {
    fn of(version: &'a VersionEntry) -> Self {
        let manifest = version.manifest.as_ref().ok();
        let bytes = |manifest: &matinee::model::Manifest| {
            manifest.sections.values().map(|section| section.size).sum()
        };
        Self {
            model_version: &version.model_version,
            live: version.live,
            movies: manifest.map(|manifest| manifest.source.movies),
            bytes: manifest.map(bytes),
            created: manifest.map(|manifest| manifest.created.as_str()),
            held_back: manifest.and_then(held_back),
            fault: version.manifest.as_ref().err().map(fault),
        }
    }

    fn row(&self) -> [String; 6] {
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |n| n.to_string());
        [
            if self.live { "live" } else { "" }.to_owned(),
            output::one_line(self.model_version).into_owned(),
            number(self.movies),
            number(self.bytes.map(|bytes| bytes.div_ceil(1024))),
            self.created.map_or("-", |created| created).to_owned(),
            output::one_line(&self.note()).into_owned(),
        ]
    }
}

impl Listed<'_> {
    /// What there is to say of it.
    fn note(&self) -> String {
        match (&self.fault, self.held_back) {
            (Some(fault), _) => fault.clone(),
            (None, Some(reason)) => format!("not made live when it was trained: {reason}"),
            (None, None) => String::new(),
        }
    }
}

fn fault(error: &ModelError) -> String {
    match error {
        ModelError::Missing { .. } => "not whole: it has no manifest".to_owned(),
        error => output::chain(error),
    }
}

fn say_switched(moved: &Transfer, location: &str) {
    let version = moved.model.version();
    match moved.before.as_deref() {
        Some(before) if before == version => {
            output::say(format_args!(
                "{version} is the live model of {location} already."
            ));
        }
        Some(before) => output::say(format_args!(
            "{version} is now the live model of {location}, in place of {before}."
        )),
        None => output::say(format_args!(
            "{version} is now the live model of {location}."
        )),
    }
}

fn report(moved: &Transfer, location: String, json: bool) -> anyhow::Result<()> {
    let model_version = moved.model.version();
    if json {
        return output::json(&Switched {
            model_version,
            before: moved.before.as_deref(),
            location,
            written: moved.written,
        });
    }
    Ok(output::result(model_version)?)
}
