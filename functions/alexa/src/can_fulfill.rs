//! Whether the skill could do what somebody wants who named no skill.

use std::collections::BTreeMap;

use matinee::catalogue::find;
use matinee::conversation::{Mention, Turn};
use matinee::model::Model;
use matinee::wording::Wording;
use serde::Serialize;

use crate::intent::{of_intent, slot_of};
use crate::request::Intent;

/// Whether an intent could be fulfilled, and what is made of each of its slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanFulfill {
    can_fulfill: Verdict,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    slots: BTreeMap<String, SlotVerdict>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Verdict {
    Yes,
    No,
    /// Perhaps, after asking back.
    Maybe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct SlotVerdict {
    can_understand: Verdict,
    can_fulfill: Verdict,
}

impl From<Verdict> for SlotVerdict {
    /// Alexa knows no "maybe" for fulfilling a slot: asking back is the start of it.
    fn from(verdict: Verdict) -> Self {
        Self {
            can_understand: verdict,
            can_fulfill: match verdict {
                Verdict::No => Verdict::No,
                Verdict::Yes | Verdict::Maybe => Verdict::Yes,
            },
        }
    }
}

/// Judges an intent without doing anything; without a model nothing can be done.
pub(crate) fn judge(model: Option<&Model>, wording: &Wording, intent: &Intent) -> CanFulfill {
    let turn = model.and_then(|model| Some((model, of_intent(model, wording, intent)?)));
    let verdict = turn.map_or(Verdict::No, |(model, turn)| {
        judge_turn(model, wording, &turn)
    });
    let ours = slot_of(&intent.name);
    let judge_slot = |name: &String| {
        let verdict = if Some(name.as_str()) == ours {
            verdict
        } else {
            Verdict::No
        };
        (name.clone(), verdict.into())
    };
    CanFulfill {
        can_fulfill: verdict,
        slots: intent.slots.keys().map(judge_slot).collect(),
    }
}

fn judge_turn(model: &Model, wording: &Wording, turn: &Turn) -> Verdict {
    let known = |known: bool| if known { Verdict::Yes } else { Verdict::No };
    match turn {
        Turn::Title(mention)
        | Turn::Liked(Some(mention))
        | Turn::Disliked(Some(mention))
        | Turn::Seen(Some(mention)) => judge_title(model, mention),
        // Nothing was talked about yet: the skill would ask which film is meant.
        Turn::Liked(None) | Turn::Disliked(None) | Turn::Seen(None) => Verdict::Maybe,
        Turn::Fallback => Verdict::No,
        Turn::Genre(said) => known(wording.genre(said).is_some()),
        Turn::Period(said) => known(wording.period(said).is_some()),
        _ => Verdict::Yes,
    }
}

fn judge_title(model: &Model, mention: &Mention) -> Verdict {
    if mention
        .ids
        .iter()
        .any(|id| model.catalogue.by_id(id).is_some())
    {
        return Verdict::Yes;
    }
    if mention.spoken.is_empty() {
        // The skill would ask which film is meant.
        return Verdict::Maybe;
    }
    let found = find(model, &mention.spoken);
    match found.movie {
        Some(_) => Verdict::Yes,
        None if found.did_you_mean.is_empty() => Verdict::No,
        None => Verdict::Maybe,
    }
}
