use super::*;

fn parse(line: &str) -> Result<Command, ErrorKind> {
    let words = std::iter::once("matinee").chain(line.split_whitespace());
    Cli::try_parse_from(words)
        .and_then(Cli::checked)
        .map_err(|error| error.kind())
}

#[test]
fn the_arguments_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn no_command_is_serve_with_its_defaults() {
    let Ok(Command::Serve(args)) = parse("") else {
        panic!("expected serve")
    };
    assert_eq!((args.port, args.host.is_loopback()), (3000, true));
    assert!(!args.models.is_given());
    assert_eq!(args.models.dir(&args.data), Path::new(".matinee/models"));
}

#[test]
fn models_lie_in_the_data_folder_unless_named() {
    let Ok(Command::Serve(args)) = parse("serve --data elsewhere") else {
        panic!("expected serve")
    };
    assert_eq!(args.models.dir(&args.data), Path::new("elsewhere/models"));
    let Ok(Command::Serve(args)) = parse("serve --models mine") else {
        panic!("expected serve")
    };
    assert_eq!(args.models.dir(&args.data), Path::new("mine"));
    assert!(args.models.is_given());
}

#[test]
fn the_log_lies_in_the_data_folder_unless_named() {
    let Ok(Command::Compact(args)) = parse("compact") else {
        panic!("expected compact")
    };
    assert_eq!(
        args.log.to_string(),
        default_data().join("log").display().to_string()
    );
    assert_eq!(args.until, None);
    let Ok(Command::Compact(args)) = parse("compact --log mine --until 2026-01-31") else {
        panic!("expected compact")
    };
    assert_eq!(args.log.to_string(), "mine");
    assert_eq!(
        args.until.map(|day| day.to_string()).as_deref(),
        Some("2026-01-31")
    );
}

#[test]
fn the_data_folder_is_the_same_for_those_who_fill_it_and_those_who_use_it() {
    let (Ok(Command::Import(import)), Ok(Command::Train(train)), Ok(Command::Fetch(fetch))) = (
        parse("import --interactions a.csv b.csv"),
        parse("train"),
        parse("fetch movielens-1m"),
    ) else {
        panic!("expected import, train, fetch")
    };
    assert_eq!(import.paths, ["a.csv", "b.csv"].map(PathBuf::from));
    for data in [import.data, train.data, fetch.data] {
        assert_eq!(data, default_data());
    }
    assert_eq!(
        (train.out, train.catalogues.len(), fetch.out),
        (None, 0, None)
    );
}

#[test]
fn a_film_need_not_be_quoted_and_genres_go_by_any_spelling() {
    let Ok(Command::Recommend(args)) = parse("recommend The Matrix --genre sci-fi --limit 3")
    else {
        panic!("expected recommend")
    };
    assert_eq!(args.film.join(" "), "The Matrix");
    assert_eq!(args.genres, [Genre::ScienceFiction]);
    assert_eq!(args.limit, 3);
}

#[test]
fn what_makes_no_sense_is_wrong_usage() {
    for line in [
        "recommend Heat --limit 0",
        "recommend Heat --limit 101",
        "recommend Heat --genre gardening",
        "recommend Heat --year-from 2000 --year-to 1990",
        "recommend Heat --year-from 20",
        "train --catalogue x --neighbours 0",
        "serve --host everywhere",
        "compact --until yesterday",
        "compact --until 2026-02-30",
        "compact --log gs://films/log",
        "export parquet --to x --from 2026-02-30",
        "export parquet --to x --from 2026-02-01 --until 2026-02-01",
        "export parquet --to gs://films/export",
        "export matrix --to x --from 2026-02-01",
        "export matrix --to x --strict",
        "export parquet --to x --strict",
        "export personalize --to x --strict --until 2026-02-01",
        "batch --to x --results 0",
        "batch --to x --results 501",
        "batch --to x --parts 0",
    ] {
        assert_eq!(
            parse(line).unwrap_err(),
            ErrorKind::ValueValidation,
            "{line}"
        );
    }
    let kinds = [
        ("gardening", ErrorKind::InvalidSubcommand),
        ("recommend", ErrorKind::MissingRequiredArgument),
        ("import", ErrorKind::MissingRequiredArgument),
        ("import --check", ErrorKind::MissingRequiredArgument),
        ("import --check a.csv b.csv", ErrorKind::TooManyValues),
        ("export parquet", ErrorKind::MissingRequiredArgument),
        ("export csv --to x", ErrorKind::InvalidValue),
        ("export --to x", ErrorKind::MissingRequiredArgument),
        ("batch", ErrorKind::MissingRequiredArgument),
        ("fetch movielens-20m", ErrorKind::InvalidValue),
        ("recommend Heat --model guess", ErrorKind::InvalidValue),
    ];
    for (line, kind) in kinds {
        assert_eq!(parse(line).unwrap_err(), kind, "{line}");
    }
}

fn help(command: &str) -> String {
    let mut cli = Cli::command();
    let found = cli.find_subcommand_mut(command).expect(command);
    found.render_long_help().to_string()
}

#[test]
fn help_says_what_the_server_keeps_and_which_variable_it_heeds() {
    let serve = help("serve");
    for part in [
        "feedback.db",
        "viewer-id.key",
        "log",
        "models",
        "WATCHED_FRACTION",
    ] {
        assert!(serve.contains(part), "{part} is missing in {serve}");
    }
    assert!(help("import").contains("WATCHED_FRACTION"));
}

#[test]
fn letters_are_those_of_the_data_folder() {
    let Ok(Command::Letters(args)) = parse("letters --json") else {
        panic!("expected letters")
    };
    assert_eq!((args.data.as_path(), args.json), (default_data(), true));
    let help = help("letters");
    for part in [
        "Examples:",
        "unreadable",
        "id_conflict",
        "too_often",
        "fourteen",
    ] {
        assert!(help.contains(part), "{part} is missing in {help}");
    }
}

#[test]
fn an_export_is_of_the_data_folders_log_and_its_help_has_examples() {
    let Ok(Command::Export(args)) = parse("export personalize --to x --from 2026-01-31") else {
        panic!("expected export")
    };
    assert_eq!(args.format, Format::Personalize);
    assert_eq!(args.log, None);
    assert_eq!((args.data.as_path(), args.until), (default_data(), None));
    let help = help("export");
    for part in [
        "Examples:",
        "s3://BUCKET",
        "dt=YYYY-MM-DD",
        "--features",
        "forgotten",
    ] {
        assert!(help.contains(part), "{part} is missing in {help}");
    }
}

#[test]
fn a_word_behind_import_names_film_ratings_and_everything_else_is_a_path() {
    let Ok(Command::Import(args)) = parse("import film-ratings films.csv --lenient") else {
        panic!("expected import")
    };
    let Some(ImportKind::FilmRatings(args)) = args.kind else {
        panic!("expected film ratings")
    };
    assert_eq!(args.source.to_string(), "films.csv");
    assert!(args.lenient && args.table.is_none() && args.data == default_data());
    let Ok(Command::Import(args)) = parse("import ./film-ratings films.csv") else {
        panic!("expected import")
    };
    assert!(args.kind.is_none() && args.paths.len() == 2);
    let Ok(Command::Import(args)) = parse("import films.csv film-ratings") else {
        panic!("expected import")
    };
    assert!(args.kind.is_none() && args.paths.len() == 2);
    assert_eq!(
        parse("import film-ratings").unwrap_err(),
        ErrorKind::MissingRequiredArgument
    );
    assert_eq!(
        parse("import film-ratings gs://films/x.csv").unwrap_err(),
        ErrorKind::ValueValidation
    );
}

#[test]
fn a_device_has_a_port_by_its_broker_and_certificates_only_together() {
    let device = |line: &str| match parse(line) {
        Ok(Command::Device(args)) => Ok(args),
        Ok(other) => panic!("expected device, found {other:?}"),
        Err(kind) => Err(kind),
    };
    let local = device("device").unwrap();
    assert_eq!(local.broker(), ("127.0.0.1", 1883));
    assert_eq!((local.thing.as_str(), local.rounds), ("MovieSelector", 1));
    let cloud = device("device --endpoint x.amazonaws.com --ca a --cert b --key c").unwrap();
    assert_eq!(cloud.broker(), ("x.amazonaws.com", 8883));
    assert_eq!(
        device("device --host pi --port 7").unwrap().broker(),
        ("pi", 7)
    );
    for line in ["device --endpoint x --ca a --cert b", "device --ca a"] {
        assert_eq!(
            device(line).unwrap_err(),
            ErrorKind::MissingRequiredArgument,
            "{line}"
        );
    }
    let both = "device --host h --endpoint x --ca a --cert b --key c";
    assert_eq!(device(both).unwrap_err(), ErrorKind::ArgumentConflict);
    let long = format!("device --thing {}", "x".repeat(129));
    for line in [
        "device --thing a+b",
        "device --thing a#",
        "device --thing a/b",
        &long,
        "device --rounds 0",
        "device --port 0",
        "device --timeout 0",
        "device --attempts 0",
        "device --seed x",
    ] {
        assert_eq!(
            device(line).unwrap_err(),
            ErrorKind::ValueValidation,
            "{line}"
        );
    }
}

#[test]
fn ratings_are_evaluated_by_two_files_and_lists_by_a_protocol() {
    let Ok(Command::Evaluate(args)) =
        parse("evaluate ratings --train a.csv --test b.tsv --seed 7 --json")
    else {
        panic!("expected evaluate")
    };
    let Some(Measured::Ratings(ratings)) = args.other else {
        panic!("expected ratings")
    };
    assert_eq!(
        (ratings.seed, ratings.json, ratings.lenient),
        (7, true, false)
    );
    for missing in [
        "evaluate ratings",
        "evaluate ratings --train a.csv",
        "evaluate",
    ] {
        let refused = parse(missing).unwrap_err();
        assert_eq!(refused, ErrorKind::MissingRequiredArgument, "{missing}");
    }
    let both =
        parse("evaluate --protocol leave-last-out --interactions x ratings --train a --test b");
    assert!(both.is_err());
    let unknown = parse("evaluate ratings --train a --test b --protocol random");
    assert_eq!(unknown.unwrap_err(), ErrorKind::UnknownArgument);
    let Ok(Command::Evaluate(args)) = parse("evaluate --protocol leave-last-out --interactions x")
    else {
        panic!("expected evaluate")
    };
    assert_eq!(args.lists.unwrap().protocol, Protocol::LeaveLastOut);
    assert!(args.other.is_none());
}
