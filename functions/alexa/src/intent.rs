//! From Alexa's requests and intents to turns of the dialogue.

use matinee::catalogue::normalise;
use matinee::conversation::{Mention, Turn, understand};
use matinee::model::Model;
use matinee::wording::Wording;

use crate::request::{Body, Intent, Slot};

/// What a request means for the dialogue.
pub(crate) fn turn(model: &Model, wording: &Wording, body: &Body) -> Turn {
    let turn = match body.kind.as_str() {
        "LaunchRequest" => Some(Turn::Launch),
        // A test console may leave the type out.
        "IntentRequest" | "" => of_intent(model, wording, &body.intent),
        "Alexa.Presentation.APL.UserEvent" => touched(&body.arguments),
        _ => None,
    };
    turn.unwrap_or(Turn::Fallback)
}

/// What an intent means for the dialogue; `None` when it is none of this skill's.
pub(crate) fn of_intent(model: &Model, wording: &Wording, intent: &Intent) -> Option<Turn> {
    let slot = slot_of(&intent.name).map(|name| intent.slot(name));
    Some(match (intent.name.as_str(), slot) {
        ("RecommendMovieIntent", Some(slot)) => film(model, wording, slot),
        ("FilterByGenreIntent", Some(slot)) => {
            Turn::Genre(wish(slot, |said| wording.genre(said).is_some()))
        }
        ("FilterByDecadeIntent", Some(slot)) => {
            Turn::Period(wish(slot, |said| wording.period(said).is_some()))
        }
        ("MoreLikeThisIntent", _) => Turn::MoreLikeThis,
        ("LikeIntent", Some(slot)) => opinion(model, wording, slot, Turn::Liked),
        ("DislikeIntent", Some(slot)) => opinion(model, wording, slot, Turn::Disliked),
        ("SeenIntent", Some(slot)) => opinion(model, wording, slot, Turn::Seen),
        ("WhyIntent", _) => Turn::Why,
        ("TopPicksIntent", _) => Turn::TopPicks,
        ("ForMeIntent", _) => Turn::ForMe,
        ("PersonaIntent", _) => Turn::Persona,
        ("AMAZON.YesIntent", _) => Turn::Yes,
        ("AMAZON.NoIntent", _) => Turn::No,
        ("AMAZON.HelpIntent", _) => Turn::Help,
        ("AMAZON.StopIntent", _) => Turn::Stop,
        ("AMAZON.CancelIntent", _) => Turn::Cancel,
        ("AMAZON.FallbackIntent", _) => Turn::Fallback,
        ("AMAZON.RepeatIntent", _) => Turn::Repeat,
        ("AMAZON.NavigateHomeIntent", _) => Turn::Home,
        _ => return None,
    })
}

/// The one slot an intent has.
pub(crate) fn slot_of(intent: &str) -> Option<&'static str> {
    Some(match intent {
        "RecommendMovieIntent" | "LikeIntent" | "DislikeIntent" | "SeenIntent" => "MovieName",
        "FilterByGenreIntent" => "Genre",
        "FilterByDecadeIntent" => "Period",
        _ => return None,
    })
}

/// The film somebody named. Words that Alexa resolved to no film may be a wish that it took for a
/// title: "comedies" in "I like comedies".
fn film(model: &Model, wording: &Wording, slot: &Slot) -> Turn {
    let mention = mention(slot);
    if !mention.ids.is_empty() || mention.spoken.is_empty() {
        return Turn::Title(mention);
    }
    let is_title = model.titles.exact(&normalise(&mention.spoken)).is_some();
    if !is_title && wording.refers_back(&mention.spoken) {
        // "Something like that one."
        return Turn::MoreLikeThis;
    }
    match understand(model, wording, &mention.spoken) {
        wish @ (Turn::Title(_) | Turn::Genre(_) | Turn::Period(_)) => wish,
        // "I like Home": what Alexa takes for a film, and is one, is no command.
        _ if is_title => Turn::Title(mention),
        phrase => phrase,
    }
}

/// What somebody said about the film of a slot, else about the one talked about. A slot that holds
/// a genre ("I don't like comedies") is about no film.
fn opinion(
    model: &Model,
    wording: &Wording,
    slot: &Slot,
    turn: impl Fn(Option<Mention>) -> Turn,
) -> Turn {
    let mention = mention(slot);
    if mention.spoken.is_empty() && mention.ids.is_empty() || wording.refers_back(&mention.spoken) {
        return turn(None);
    }
    if mention.ids.is_empty() {
        let wish = understand(model, wording, &mention.spoken);
        let title = matches!(wish, Turn::Title(_) | Turn::Wish { title: Some(_), .. });
        let is_title = || model.titles.exact(&normalise(&mention.spoken)).is_some();
        if !title && !is_title() {
            return Turn::Fallback;
        }
    }
    turn(Some(mention))
}

fn mention(slot: &Slot) -> Mention {
    Mention {
        ids: slot
            .resolved()
            .map(|value| value.id.clone())
            .filter(|id| !id.is_empty())
            .collect(),
        spoken: slot.spoken().to_owned(),
    }
}

/// The first resolved value that is known, by id or name, else the words heard.
fn wish(slot: &Slot, known: impl Fn(&str) -> bool) -> String {
    slot.resolved()
        .flat_map(|value| [value.id.as_str(), value.name.as_str()])
        .find(|said| known(said))
        .unwrap_or_else(|| slot.spoken())
        .to_owned()
}

/// A touch on the screen, by the arguments that the touched part sends.
fn touched(arguments: &[String]) -> Option<Turn> {
    let mut arguments = arguments.iter().map(String::as_str);
    let what = arguments.next()?;
    let film = arguments.next().map(|id| Mention {
        ids: vec![id.to_owned()],
        spoken: String::new(),
    });
    Some(match (what, film) {
        ("recommend", Some(film)) => Turn::Title(film),
        ("liked", film) => Turn::Liked(film),
        ("disliked", film) => Turn::Disliked(film),
        ("seen", film) => Turn::Seen(film),
        ("more" | "yes", _) => Turn::Yes,
        _ => return None,
    })
}
