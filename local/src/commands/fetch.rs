//! `matinee fetch`

use std::process;
use std::thread;

use indicatif::DecimalBytes;
use serde::Serialize;

use crate::cli::FetchArgs;
use crate::fetch::{self, Fetched, Order, Record};
use crate::models::block_on;
use crate::output;
use crate::progress::Stages;

/// What a shell says of who was ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Files that hold a data set's terms.
const TERMS: [&str; 3] = ["README.txt", "README.html", "README"];

#[derive(Serialize)]
struct Outcome<'a> {
    folder: String,
    /// Whether it was fetched now; `false` where it was there.
    fetched: bool,
    #[serde(flatten)]
    record: &'a Record,
}

pub(crate) fn run(args: &FetchArgs) -> anyhow::Result<()> {
    let order = Order {
        set: args.set,
        address: args.url.clone().unwrap_or_default(),
        md5: args.md5,
        out: args
            .out
            .clone()
            .unwrap_or_else(|| args.data.join("datasets")),
        again: args.again,
    };
    end_on_ctrl_c()?;
    let stages = Stages::new();
    let fetched = fetch::fetch(&order, &stages)?;
    stages.finish();
    output::say(described(&fetched));
    if args.json {
        return output::json(&Outcome {
            folder: fetched.folder.display().to_string(),
            fetched: fetched.new,
            record: &fetched.record,
        });
    }
    Ok(output::result(fetched.folder.display())?)
}

/// Ends the process at Ctrl-C. Every file is at every moment as the next call needs it.
fn end_on_ctrl_c() -> anyhow::Result<()> {
    thread::Builder::new().name("ctrl-c".to_owned()).spawn(|| {
        if let Ok(Ok(())) = block_on(tokio::signal::ctrl_c()) {
            output::say("\nstopped: the same command goes on with what was fetched so far");
            process::exit(INTERRUPTED);
        }
    })?;
    Ok(())
}

/// What is there, where it is from, and what its publisher asks for.
fn described(fetched: &Fetched) -> String {
    let Fetched {
        folder,
        record,
        new,
    } = fetched;
    let archive = &record.archive;
    let (set, md5, shown) = (archive.set, archive.md5, folder.display());
    let begin = if *new {
        format!("{set} is in {shown}")
    } else {
        format!("{set} is in {shown} already, each file as it was unpacked; nothing was fetched")
    };
    let verified = if archive.verified {
        "as stated"
    } else {
        "not compared with anything"
    };
    let unpacked = record.files.values().map(|file| file.bytes).sum();
    let terms = TERMS.iter().find(|name| record.files.contains_key(**name));
    let terms = terms.map_or_else(|| shown.to_string(), |name| format!("{shown}/{name}"));
    format!(
        "{begin}\n  from {url}\n  {bytes} bytes, MD5 {md5}, {verified}; unpacked {files} files, \
         {unpacked}\n\
         MovieLens, of GroupLens at the University of Minnesota, is for research and not for sale; \
         whoever\npublishes with it acknowledges it and cites F. M. Harper and J. A. Konstan, The \
         MovieLens Datasets:\nHistory and Context, 2015, https://doi.org/10.1145/2827872. All \
         terms: {terms}",
        url = archive.url,
        bytes = archive.bytes,
        files = record.files.len(),
        unpacked = DecimalBytes(unpacked),
    )
}
