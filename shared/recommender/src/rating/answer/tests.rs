use serde_json::Value;

use super::*;
use crate::rating::{MAX_CANDIDATES, MAX_GENRES, ThingName};

/// All on one number of stars.
fn sure_of(stars: usize) -> Prediction {
    let mut probabilities = [0.0; STARS];
    probabilities[stars - 1] = 1.0;
    Prediction { probabilities }
}

fn film(title: &str, year: u16) -> Film {
    Film {
        title: title.to_owned(),
        year,
        director: Some("Ada Moor".to_owned()),
        genres: vec!["Drama".parse().unwrap(), "War".parse().unwrap()],
    }
}

fn request(films: Vec<Film>) -> PredictionRequest {
    PredictionRequest {
        id: "r-1".parse().unwrap(),
        films,
    }
}

/// An answer in which the year's last digit is the stars.
fn answer(films: Vec<Film>) -> Answer {
    Answer::new(request(films), "v1", |film| {
        sure_of(usize::from(film.year % 10))
    })
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn the_answer_has_every_film_in_order_and_names_the_first_best() {
    let films = [1993, 1998, 1991, 1998].map(|year| film("Night Ferry", year));
    let answer = json(&answer(films.to_vec()).json().unwrap());
    assert_eq!(answer["request_id"], "r-1");
    assert_eq!(answer["model_version"], "v1");
    assert_eq!(answer["best"], 1);
    let predictions = answer["predictions"].as_array().unwrap();
    let years: Vec<&Value> = predictions.iter().map(|film| &film["year"]).collect();
    assert_eq!(years, [1993, 1998, 1991, 1998]);
    let expected = serde_json::json!({
        "title": "Night Ferry", "year": 1993, "Director1": "Ada Moor",
        "Genre1": "Drama", "Genre2": "War", "Genre3": "None",
        "expected_stars": 3.0, "label": 3,
        "probabilities": {"1": 0.0, "2": 0.0, "3": 1.0, "4": 0.0, "5": 0.0,
            "6": 0.0, "7": 0.0, "8": 0.0, "9": 0.0, "10": 0.0},
    });
    assert_eq!(predictions[0], expected);
}

#[test]
fn probabilities_stand_in_order_and_add_up_to_one() {
    let thirds = Prediction {
        probabilities: [
            1.0 / 3.0,
            1.0 / 3.0,
            1.0 / 3.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
        ],
    };
    let answer = Answer::new(request(vec![film("A", 2000)]), "v1", |_| thirds);
    let all: f64 = answer.predictions[0].probabilities.0.iter().sum();
    assert!((all - 1.0).abs() <= 5e-6, "{all}");
    let text = String::from_utf8(answer.json().unwrap()).unwrap();
    assert!(
        text.contains(r#""probabilities":{"1":0.333333,"2":0.333333"#),
        "{text}"
    );
    assert!(text.contains(r#""9":0.0,"10":0.0}"#), "{text}");
}

#[test]
fn the_shadow_has_the_best_film_and_no_keys_of_old_unless_asked() {
    let answer = answer(vec![film("Day Ferry", 1993), film("Night Ferry", 1998)]);
    let update = json(&answer.shadow_update(false));
    let keys: Vec<&String> = update.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["clientToken", "state"]);
    assert_eq!(update["clientToken"], "r-1");
    let desired = &update["state"]["desired"]["prediction"];
    for (key, value) in [
        ("request_id", Value::from("r-1")),
        ("model_version", "v1".into()),
        ("count", 2.into()),
        ("best", 1.into()),
        ("title", "Night Ferry".into()),
        ("year", 1998.into()),
        ("director", "Ada Moor".into()),
        ("genres", vec!["Drama", "War"].into()),
        ("expected_stars", 8.0.into()),
        ("label", 8.into()),
    ] {
        assert_eq!(desired[key], value, "{key}");
    }
    assert_eq!(desired["probabilities"]["8"], 1.0);

    let old = json(&answer.shadow_update(true));
    assert_eq!(old["state"], update["state"]);
    assert_eq!(old["title"], "Night Ferry");
    assert_eq!(old["predictedLabel"], "8");
    assert_eq!(old["predictedScores"]["8"], 1.0);
    assert_eq!(old["predictedScores"].as_object().unwrap().len(), STARS);
}

/// What a shadow merges: an object into an object, everything else in place, null takes away.
#[test]
fn nothing_of_an_earlier_prediction_stays_in_the_shadow() {
    let keys = |films: Vec<Film>| -> Vec<String> {
        let update = json(&answer(films).shadow_update(false));
        let desired = &update["state"]["desired"]["prediction"];
        desired.as_object().unwrap().keys().cloned().collect()
    };
    let nobodys = Film {
        director: None,
        genres: Vec::new(),
        ..film("A", 1998)
    };
    let one = keys(vec![nobodys.clone()]);
    assert_eq!(one, keys(vec![film("B", 1993), film("C", 1997)]));
    let update = json(&answer(vec![nobodys]).shadow_update(false));
    assert_eq!(
        update["state"]["desired"]["prediction"]["director"],
        Value::Null
    );
}

#[test]
fn long_texts_are_cut_before_a_character_and_the_shadow_stays_small() {
    for (longest, title) in [("a", "a"), ("é", "é"), ("𝕬", "𝕬"), ("\"", "\"")] {
        let text = longest.repeat(500);
        let mut film = film(&text, 1998);
        film.director = Some(text.clone());
        let answer = Answer {
            request_id: "r".repeat(100).parse().unwrap(),
            model_version: "v".repeat(900),
            ..answer(vec![film])
        };
        let bytes = answer.shadow_update(true);
        assert!(bytes.len() < 4 * 1024, "{} bytes", bytes.len());
        let update = json(&bytes);
        let cut = update["title"].as_str().unwrap();
        assert!(cut.len() <= MAX_SHADOW_TEXT && cut.len() > MAX_SHADOW_TEXT - 4);
        assert!(cut.starts_with(title) && cut.ends_with('…'), "{cut}");
        let token = update["clientToken"].as_str().unwrap();
        assert!(
            token.len() <= 64 && token.starts_with("derived:"),
            "{token}"
        );
    }
    let fits = "a".repeat(MAX_SHADOW_TEXT);
    let update = json(&answer(vec![film(&fits, 1998)]).shadow_update(true));
    assert_eq!(update["title"], fits);
}

#[test]
fn as_many_films_as_allowed_fit_into_an_answer_unless_their_titles_are_monstrous() {
    let films = |title: &str| -> Vec<Film> {
        let film = |_| Film {
            genres: ["Documentary", "Reality-TV", "Talk-Show"]
                .map(|genre| genre.parse().unwrap())
                .to_vec(),
            director: None,
            title: title.to_owned(),
            year: 1998,
        };
        (0..MAX_CANDIDATES).map(film).collect()
    };
    let spread = Prediction {
        probabilities: [0.111_111; STARS],
    };
    let answered = |title: &str| Answer::new(request(films(title)), "v1", |_| spread).json();
    assert_eq!(films("")[0].genres.len(), MAX_GENRES);
    assert!(answered(&"é".repeat(400)).is_ok());
    let usual = answered("The Quiet Comet Returns").unwrap().len();
    assert!((30_000..45_000).contains(&usual), "{usual}");
    let rejection = answered(&"𝕬".repeat(500)).unwrap_err();
    assert_eq!(rejection.code, RejectionCode::PayloadTooLarge);
    assert_eq!(rejection.request_id, Some("r-1".parse().unwrap()));
}

#[test]
fn the_shadow_of_a_real_request_is_what_is_said_to_the_thing() {
    let payload = br#"{"title":"Night Ferry","year":"1998","Director1":"Ada Moor"}"#;
    let request = PredictionRequest::read(payload, &ThingName::default()).unwrap();
    let token = request.id.to_string();
    let answer = Answer::new(request, "v1", |_| sure_of(4));
    assert_eq!(json(&answer.shadow_update(false))["clientToken"], token);
}
