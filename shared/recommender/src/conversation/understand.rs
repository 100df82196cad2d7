//! Plain text to a turn, for fronts without a platform that understands language.

use super::{Mention, Turn};
use crate::catalogue::{find, normalise};
use crate::model::Model;
use crate::wording::{Wording, keyed};

/// The longest text looked at, in characters.
const MAX_TEXT: usize = 500;

/// What somebody who typed or dictated `text` wants.
///
/// A whole phrase that is known ("yes", "I liked it") wins; then an opinion of a film ("I hated
/// …"); then an announced title ("something like …"); then a genre or a period in whatever
/// wrapping, both, or a title narrowed by one ("only comedies from the 90s", "Inception but
/// newer"); everything else is taken for a title.
pub fn understand(model: &Model, wording: &Wording, text: &str) -> Turn {
    let text: String = text.chars().take(MAX_TEXT).collect();
    let text: Vec<&str> = text
        .split_whitespace()
        .filter(|word| !wording.hear.hesitation.contains(&normalise(word)))
        .collect();
    let text = text.join(" ");
    let said = normalise(&text);
    if said.is_empty() {
        return Turn::Fallback;
    }
    if let Some(turn) = phrase(wording, &said) {
        return turn;
    }
    // "Like Mike" is a film: a title that is known whole beats what announces one.
    if model.titles.exact(&said).is_some() && kind(wording, &said).is_none() {
        return title(&said, &text);
    }
    // What was disliked or seen is never something to go by, however it continues.
    if let Some(turn) = opinion(model, wording, &said, &["disliked", "seen"]) {
        return turn;
    }
    if let Some(wish) = wish(model, wording, &said) {
        return wish;
    }
    if let Some(turn) = opinion(model, wording, &said, &["liked"]) {
        return turn;
    }
    if let Some(rest) = announced(wording, &said) {
        // "how about comedies" and "I like comedies" wish for a genre, unless a film is so called.
        return match kind(wording, rest) {
            Some(turn) if model.titles.exact(rest).is_none() => turn,
            _ => title(rest, rest),
        };
    }
    kind(wording, &said).unwrap_or_else(|| title(&said, &text))
}

fn phrase(wording: &Wording, said: &str) -> Option<Turn> {
    Some(match keyed(&wording.hear.phrases, said)? {
        "yes" => Turn::Yes,
        "no" => Turn::No,
        "help" => Turn::Help,
        "stop" => Turn::Stop,
        "cancel" => Turn::Cancel,
        "repeat" => Turn::Repeat,
        "home" => Turn::Home,
        "more_like_this" => Turn::MoreLikeThis,
        "why" => Turn::Why,
        "top_picks" => Turn::TopPicks,
        "for_me" => Turn::ForMe,
        "persona" => Turn::Persona,
        "launch" => Turn::Launch,
        verdict => return judgement(verdict, None),
    })
}

/// The turn of an opinion, by its name in the wording.
fn judgement(verdict: &str, film: Option<Mention>) -> Option<Turn> {
    Some(match verdict {
        "liked" => Turn::Liked(film),
        "disliked" => Turn::Disliked(film),
        "seen" => Turn::Seen(film),
        _ => return None,
    })
}

/// An opinion of one of these kinds with its film: "I hated …", "… was great".
///
/// "I like comedies" is a wish, and no opinion; that somebody does not like comedies is beyond what
/// the dialogue can heed, and comedies are no film either.
fn opinion(model: &Model, wording: &Wording, said: &str, sought: &[&str]) -> Option<Turn> {
    // "No, …", "remember that …".
    let rest = behind(&wording.hear.before_opinion, said);
    let whole = rest.and_then(|rest| keyed(&wording.hear.phrases, rest));
    if let Some(turn) = whole.and_then(|verdict| judgement(verdict, None)) {
        return Some(turn);
    }
    let (verdict, film) = judged(model, wording, rest.unwrap_or(said))?;
    if !sought.contains(&verdict) {
        return None;
    }
    if wording.refers_back(film) {
        return judgement(verdict, None);
    }
    let liked = verdict == "liked";
    if let Some(wish @ Turn::Wish { title: None, .. }) = wish(model, wording, film) {
        return Some(if liked { wish } else { Turn::Fallback });
    }
    if kind(wording, film).is_some() && model.titles.exact(film).is_none() {
        return (!liked).then_some(Turn::Fallback);
    }
    let mention = Mention {
        ids: Vec::new(),
        spoken: film.to_owned(),
    };
    judgement(verdict, Some(mention))
}

/// The name of an opinion in the wording, and the words for its film. What is said last counts:
/// "I've seen … and I hated it".
fn judged<'a>(model: &Model, wording: &'a Wording, said: &'a str) -> Option<(&'a str, &'a str)> {
    let hear = &wording.hear;
    let mut kinds = hear.opinions.iter();
    let last = kinds.find_map(|(kind, words)| Some((kind.as_str(), before(&words.behind, said)?)));
    if let Some((kind, rest)) = last {
        let beginnings = hear.opinions.values().map(|words| &words.before);
        let mut beginnings = beginnings.chain([&hear.before_title]);
        let film = beginnings.find_map(|phrases| behind(phrases, rest));
        return Some((kind, film.unwrap_or(rest)));
    }
    let mut kinds = hear.opinions.iter();
    let (kind, rest) =
        kinds.find_map(|(kind, words)| Some((kind.as_str(), behind(&words.before, said)?)))?;
    if model.titles.exact(rest).is_some() {
        return Some((kind, rest));
    }
    Some((kind, before(&hear.behind_opinion, rest).unwrap_or(rest)))
}

/// What stands behind the first of these phrases that begins `said`.
fn behind<'a>(phrases: &[String], said: &'a str) -> Option<&'a str> {
    let mut rests = phrases.iter().map(|phrase| said.strip_prefix(&**phrase));
    rests.find_map(|rest| rest?.strip_prefix(' '))
}

/// What stands before the first of these phrases that ends `said`.
fn before<'a>(phrases: &[String], said: &'a str) -> Option<&'a str> {
    let mut rests = phrases.iter().map(|phrase| said.strip_suffix(&**phrase));
    rests.find_map(|rest| rest?.strip_suffix(' '))
}

/// What follows "something like", "I loved" and their like, "please" cut off behind; or what
/// stands before "please" alone.
fn announced<'a>(wording: &Wording, said: &'a str) -> Option<&'a str> {
    let liked = || behind(&wording.hear.opinions.get("liked")?.before, said);
    let announced = behind(&wording.hear.before_title, said).or_else(liked);
    let rest = announced.unwrap_or(said);
    before(&wording.hear.behind_title, rest).or(announced)
}

/// A genre and a period, or a film and one of them, wherever something stands between the two.
fn wish(model: &Model, wording: &Wording, said: &str) -> Option<Turn> {
    wording.hear.between.iter().find_map(|between| {
        let (before, behind) = said.split_once(&format!(" {between} "))?;
        let (mut genre, mut period) = (None, None);
        match kind(wording, behind)? {
            Turn::Genre(said) => genre = Some(said),
            Turn::Period(said) => period = Some(said),
            _ => return None,
        }
        let mut film = None;
        match kind(wording, before) {
            Some(Turn::Genre(said)) if genre.is_none() => genre = Some(said),
            Some(Turn::Period(said)) if period.is_none() => period = Some(said),
            Some(_) => return None,
            None => {
                let before = announced(wording, before).unwrap_or(before);
                find(model, before).movie?;
                film = Some(Mention {
                    ids: Vec::new(),
                    spoken: before.to_owned(),
                });
            }
        }
        Some(Turn::Wish {
            title: film,
            genre,
            period,
        })
    })
}

/// A genre or a period, once the words that only wrap it are taken away.
fn kind(wording: &Wording, said: &str) -> Option<Turn> {
    let mut core = said;
    loop {
        if wording.genre(core).is_some() {
            return Some(Turn::Genre(core.to_owned()));
        }
        if wording.period(core).is_some() {
            return Some(Turn::Period(core.to_owned()));
        }
        core = unwrap_filler(wording, core)?;
    }
}

fn unwrap_filler<'a>(wording: &Wording, said: &'a str) -> Option<&'a str> {
    wording.hear.filler.iter().find_map(|filler| {
        let front = said
            .strip_prefix(filler.as_str())
            .and_then(|rest| rest.strip_prefix(' '));
        front.or_else(|| {
            said.strip_suffix(filler.as_str())
                .and_then(|rest| rest.strip_suffix(' '))
        })
    })
}

/// The original spelling is kept where nothing was cut off: it is said back when unknown.
fn title(said: &str, original: &str) -> Turn {
    let spoken = if normalise(original) == said {
        original.trim()
    } else {
        said
    };
    Turn::Title(Mention {
        ids: Vec::new(),
        spoken: spoken.to_owned(),
    })
}
