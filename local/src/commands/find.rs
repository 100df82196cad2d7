//! `matinee find`

use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write};

use matinee::catalogue::{Found, find};
use matinee::model::Model;
use rayon::prelude::*;
use serde::Serialize;

use crate::cli::FindArgs;
use crate::models;
use crate::movie::{NamedMovie, titled, titled_list};

/// Bytes read ahead.
const READ_AHEAD: usize = 1 << 18;

/// The most phrases looked up before their answers are written.
const BATCH: usize = 4096;

pub(crate) fn run(args: &FindArgs) -> anyhow::Result<()> {
    let model = models::open(&args.models)?;
    let answer = |phrase: &str| {
        let found = find(&model, phrase);
        if args.json {
            json_line(&model, phrase, &found)
        } else {
            line(&model, &found)
        }
    };
    answer_lines(io::stdin().lock(), io::stdout().lock(), answer)?;
    Ok(())
}

/// Writes an answer to every line, in order. Waits for input only when everything read so far is
/// answered and written: a person, or a program at the other end of two pipes, gets each answer at
/// once, and a file goes through in large pieces over all processors.
fn answer_lines(
    input: impl Read,
    output: impl Write,
    answer: impl Fn(&str) -> String + Sync,
) -> io::Result<()> {
    let mut input = BufReader::with_capacity(READ_AHEAD, input);
    let mut output = BufWriter::with_capacity(READ_AHEAD, output);
    let mut phrases = Vec::new();
    loop {
        phrases.clear();
        while phrases.is_empty() || (phrases.len() < BATCH && input.buffer().contains(&b'\n')) {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            phrases.push(line);
        }
        let answers: Vec<String> = phrases
            .par_iter()
            .map(|line| answer(phrase(&String::from_utf8_lossy(line))))
            .collect();
        for answer in answers {
            writeln!(output, "{answer}")?;
        }
        output.flush()?;
    }
}

/// The line without its ending.
fn phrase(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

fn line(model: &Model, found: &Found) -> String {
    if let Some(index) = found.movie {
        let movie = model.catalogue.get(index);
        return format!("{} [{}]", titled(movie), movie.id());
    }
    match found.did_you_mean.as_slice() {
        [] => String::new(),
        nearest => format!("? did you mean: {}", titled_list(model, nearest)),
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    query: &'a str,
    movie: Option<NamedMovie<'a>>,
    did_you_mean: Vec<NamedMovie<'a>>,
}

fn json_line(model: &Model, phrase: &str, found: &Found) -> String {
    let answer = Answer {
        query: phrase,
        movie: found
            .movie
            .map(|index| NamedMovie::of(model.catalogue.get(index))),
        did_you_mean: NamedMovie::list(model, &found.did_you_mean),
    };
    match serde_json::to_string(&answer) {
        Ok(line) => line,
        Err(error) => unreachable!("strings and numbers always serialise: {error}"),
    }
}
