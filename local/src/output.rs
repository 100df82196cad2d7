//! The two ways out: results on stdout, words for people on stderr.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;

/// Tells the person at the terminal something. Nobody listening is no failure.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a line of result.
pub(crate) fn result(text: impl Display) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

/// Writes the one JSON document that is a command's result.
pub(crate) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    Ok(result(serde_json::to_string_pretty(document)?)?)
}

/// The exit code of a command that ended so; says why when it failed.
pub(crate) fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Err(error) if !is_reader_gone(&error) => {
            say(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Whoever read the results has enough of them (`matinee find | head`): that is an end, no failure.
fn is_reader_gone(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The text without what would break a line or steer a terminal.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        Cow::Owned(text.replace(char::is_control, " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// An error and what caused it, down to the ground.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let said: Vec<String> = causes.map(ToString::to_string).collect();
    said.join(": ")
}

/// Rows in columns as wide as their widest cell, the last one ragged; the first row is the heading.
pub(crate) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_alphabet() {
        let rows = [
            ["Title", "Year"].map(str::to_owned),
            ["Amélie", "2001"].map(str::to_owned),
            ["M", ""].map(str::to_owned),
        ];
        assert_eq!(table(&rows), "Title   Year\nAmélie  2001\nM");
    }

    #[test]
    fn a_title_cannot_break_a_line_or_steer_the_terminal() {
        assert_eq!(one_line("a\nb\u{1b}[31mc"), "a b [31mc");
        assert_eq!(one_line("Amélie"), "Amélie");
    }

    #[test]
    fn only_a_reader_that_left_is_no_failure() {
        let broken = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(is_reader_gone(&broken));
        let missing = anyhow::Error::from(io::Error::from(io::ErrorKind::NotFound));
        assert!(!is_reader_gone(&missing));
    }
}
