use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use matinee::conversation::{Mention, Turn, understand};
use matinee::wording::Wording;
use serde_json::Value;

use super::support::{folder, sample_model};
use crate::intent::{of_intent, slot_of};
use crate::request::Intent;

/// Slots and utterances of every intent by its name.
fn intents() -> BTreeMap<String, (Vec<String>, Vec<String>)> {
    let path = folder("skill-package/interactionModels/custom/en-US.json");
    let model: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let texts = |list: &Value, field: Option<&str>| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        let text = |value: &Value| field.map_or(value.clone(), |field| value[field].clone());
        list.map(|value| text(value).as_str().unwrap().to_owned())
            .collect()
    };
    let intents = &model["interactionModel"]["languageModel"]["intents"];
    let intents = intents.as_array().unwrap().iter().map(|intent| {
        let name = intent["name"].as_str().unwrap().to_owned();
        let slots = texts(&intent["slots"], Some("name"));
        (name, (slots, texts(&intent["samples"], None)))
    });
    intents.collect()
}

#[test]
fn every_intent_is_understood_with_its_slot() {
    let (model, wording) = (sample_model(), Wording::of("en-US"));
    for (name, (slots, _)) in intents() {
        assert_eq!(slots, Vec::from_iter(slot_of(&name)), "{name}");
        let intent = Intent {
            name: name.clone(),
            ..Intent::default()
        };
        assert!(of_intent(&model, wording, &intent).is_some(), "{name}");
    }
}

#[test]
fn no_utterance_means_two_things() {
    let mut known = BTreeSet::new();
    for (name, (slots, samples)) in intents() {
        for sample in samples {
            assert!(
                sample == sample.to_lowercase() || sample.contains('{'),
                "{sample}"
            );
            for slot in sample.split('{').skip(1) {
                let slot = slot.split_once('}').unwrap().0.to_owned();
                assert!(slots.contains(&slot), "{name}: {sample}");
            }
            assert!(known.insert(sample.clone()), "{name}: {sample} twice");
        }
    }
}

#[test]
fn opinions_are_said_to_alexa_and_in_text_alike() {
    let (model, wording) = (sample_model(), Wording::of("en-US"));
    let film = Some(Mention {
        ids: Vec::new(),
        spoken: "heat".to_owned(),
    });
    for (name, turn) in [
        ("LikeIntent", Turn::Liked as fn(Option<Mention>) -> Turn),
        ("DislikeIntent", Turn::Disliked),
        ("SeenIntent", Turn::Seen),
    ] {
        let (_, samples) = &intents()[name];
        assert!(samples.len() >= 60, "{name}: {}", samples.len());
        for sample in samples {
            let text = sample.replace("{MovieName}", "heat");
            let expected = turn(film.clone().filter(|_| *sample != text));
            assert_eq!(understand(&model, wording, &text), expected, "{text}");
        }
    }
}
