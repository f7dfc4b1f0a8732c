//! A model that is missing or is another never passes.

use crate::scratch;
use perception::NotPerformed;
use perception::faces::Faces;
use perception::models::{MODELS, Models};
use perception::print::Print;
use perception::speech::Speech;
use perception::voices::Voices;

#[test]
fn without_models_nothing_is_performed() {
    let models = Models::at(scratch("no-models"));
    assert_eq!(models.missing().len(), MODELS.len());
    let refusals = [
        Faces::open(&models).err(),
        Voices::open(&models).err(),
        Speech::open(&models).err(),
        Print::open(&models).err(),
    ];
    for refusal in refusals {
        assert!(
            matches!(refusal, Some(NotPerformed::Missing(_))),
            "{refusal:?}"
        );
    }
}

#[test]
fn another_file_by_a_models_name_is_not_run() {
    let folder = scratch("other-models");
    for model in MODELS {
        std::fs::write(folder.join(model.file), b"something else").unwrap();
    }
    let models = Models::at(folder);
    assert!(models.missing().is_empty());
    let refusal = Faces::open(&models).err();
    assert!(
        matches!(refusal, Some(NotPerformed::Damaged(_))),
        "{refusal:?}"
    );
    let said = refusal
        .map(|refusal| refusal.to_string())
        .unwrap_or_default();
    assert!(said.contains("a person must look"), "{said}");
}

#[test]
fn every_file_has_its_digest_and_its_source() {
    for model in MODELS {
        assert_eq!(model.sha256.len(), 64, "{}", model.file);
        for part in model.parts {
            assert_eq!(part.sha256.len(), 64, "{}", part.path);
            assert_eq!(part.package.sha256.len(), 64, "{}", part.package.name);
            assert!(!part.package.licence.is_empty() && !part.package.source.is_empty());
        }
    }
}
