//! `matinee letters`

use anyhow::Context as _;
use matinee::taste::DeadReason;
use matinee_local::embedded::{Embedded, FILE, Letter};
use serde::Serialize;
use serde_json::Value;

use crate::cli::LettersArgs;
use crate::models::block_on;
use crate::output;

/// A letter, as it is printed.
#[derive(Serialize)]
struct Listed<'a> {
    sent: String,
    reason: DeadReason,
    detail: &'a str,
    message: &'a Value,
}

pub(crate) fn run(args: &LettersArgs) -> anyhow::Result<()> {
    let letters = letters(args)?;
    let listed: Vec<Listed<'_>> = letters.iter().map(Listed::of).collect();
    if args.json {
        return output::json(&listed);
    }
    if listed.is_empty() {
        let data = args.data.display();
        output::say(format_args!("There are no dead letters in {data}."));
        return Ok(());
    }
    let heading = ["SENT", "REASON", "DETAIL", "MESSAGE"].map(str::to_owned);
    let rows = listed.iter().map(Listed::row);
    let rows: Vec<_> = std::iter::once(Ok(heading))
        .chain(rows)
        .collect::<anyhow::Result<_>>()?;
    Ok(output::result(output::table(&rows))?)
}

fn letters(args: &LettersArgs) -> anyhow::Result<Vec<Letter>> {
    // Whoever only looks makes no folder and no file.
    let file = args.data.join(FILE);
    let there = file.try_exists();
    if !there.with_context(|| format!("cannot look for {}", file.display()))? {
        return Ok(Vec::new());
    }
    let embedded = Embedded::open(&args.data)?;
    Ok(block_on(embedded.letters())??)
}

impl<'a> Listed<'a> {
    fn of(letter: &'a Letter) -> Self {
        Self {
            sent: letter.sent.to_string(),
            reason: letter.letter.reason,
            detail: &letter.letter.detail,
            message: &letter.letter.message,
        }
    }

    fn row(&self) -> anyhow::Result<[String; 4]> {
        let reason = serde_json::to_value(self.reason)?;
        let reason = reason.as_str().unwrap_or_default().to_owned();
        Ok([
            self.sent.clone(),
            reason,
            output::one_line(self.detail).into_owned(),
            output::one_line(&self.message.to_string()).into_owned(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use matinee::ports::Queue as _;
    use matinee::taste::{DeadLetter, Millis};

    use super::*;

    #[test]
    fn a_letter_is_listed_with_its_time_and_on_one_line() {
        let letter = Letter {
            sent: Millis(0),
            letter: DeadLetter::too_often("a\u{1b}\nb", 10),
        };
        let listed = Listed::of(&letter);
        let json = serde_json::to_value(&listed).unwrap();
        assert_eq!(json["sent"], "1970-01-01T00:00:00Z");
        assert_eq!(json["reason"], "too_often");
        assert_eq!(json["message"], "a\u{1b}\nb");
        let row = listed.row().unwrap();
        assert_eq!(row[1], "too_often");
        assert!(row[2].contains("delivered 10 times"), "{row:?}");
        assert!(!row.concat().contains(char::is_control), "{row:?}");
    }

    #[test]
    fn letters_of_a_data_folder_are_found_and_looking_makes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let args = LettersArgs {
            data: dir.path().join("data"),
            json: true,
        };
        assert_eq!(letters(&args).unwrap(), []);
        assert!(!args.data.exists());
        let letter = DeadLetter::too_often("x", 10);
        let queue = Embedded::open(&args.data).unwrap().dead_letters();
        block_on(queue.send(&letter.body())).unwrap().unwrap();
        let found = letters(&args).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].letter, letter);
    }
}
