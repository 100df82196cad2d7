//! `matinee talk`

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use matinee::conversation::{History, Reply, State, Turn, reply, understand};
use matinee::model::Model;
use matinee::wording::Wording;

use crate::cli::TalkArgs;
use crate::{models, output};

pub(crate) fn run(args: &TalkArgs) -> anyhow::Result<()> {
    let model = models::open(&args.models)?;
    let wording = Wording::of(&args.locale);
    if !wording.locale.eq_ignore_ascii_case(&args.locale) {
        output::say(format_args!(
            "There is no wording for {:?}: talking {}.",
            args.locale, wording.locale
        ));
    }
    let prompt = io::stdin().is_terminal();
    let mut words = io::stdin().lock();
    let nobody = History::default();
    let mut last = reply(&model, wording, State::default(), &nobody, &Turn::Launch);
    loop {
        output::result(output::one_line(&last.speech))?;
        if last.end {
            return Ok(());
        }
        if prompt {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "> ").and_then(|()| stderr.flush());
        }
        let Some(line) = read_line(&mut words)? else {
            if prompt {
                output::say("");
            }
            return Ok(());
        };
        last = answer(&model, wording, last, &line);
    }
}

/// The next line, whatever its encoding; `None` at the end.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = input.read_until(b'\n', &mut line)?;
    Ok((read > 0).then(|| String::from_utf8_lossy(&line).trim().to_owned()))
}

/// Silence is answered as a voice front answers it: by asking once more.
fn answer(model: &Model, wording: &Wording, last: Reply, line: &str) -> Reply {
    if line.is_empty()
        && let Some(reprompt) = &last.reprompt
    {
        return Reply {
            speech: reprompt.clone(),
            ..last
        };
    }
    let turn = understand(model, wording, line);
    // Nobody says who speaks: what is said counts within the conversation.
    reply(model, wording, last.state, &History::default(), &turn)
}
