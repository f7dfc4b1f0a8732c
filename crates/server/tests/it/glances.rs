//! What the newest seconds of a film tell, and another voice in between, by real models.

use std::fs;
use std::path::PathBuf;

use xiaobao::recording::{Asked, Ears, Enrolled, Glance, NodeKind, Outcome, Sense, glance};

use crate::senses::{
    ALIVE, BOTH_SECONDS, DIGITS, Heard, KNOWN, Studio, asked, fixtures, found, is, scratch, senses,
};

/// How long the other of two speaks at the most.
const OTHER_SECONDS: f32 = 2.2;

#[tokio::test]
async fn a_glance_tells_who_is_seen_and_heard_just_now() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    let first = studio.film("glance", &["obama.jpg"], ALIVE, &Heard::Said(0, DIGITS));
    let enrolled = found(&first, asked(NodeKind::Challenge)).await.enrolled;
    let films = [
        ("self", vec!["obama2.jpg"], ALIVE, Heard::Said(0, KNOWN)),
        ("another", vec!["biden.jpg"], ALIVE, Heard::Room),
        ("pair", vec!["obama.jpg", "biden.jpg"], ALIVE, Heard::Dead),
        (
            "gone",
            vec!["obama.jpg"],
            "scale=480:480,boxblur=40",
            Heard::Room,
        ),
    ];
    let wanted = [
        (0, 0, false, Ears::Voice),
        (0, 0, true, Ears::Quiet),
        (0, 4, false, Ears::Dead),
        (4, 0, false, Ears::Quiet),
    ];
    for ((name, faces, how, heard), (lost, more, others, ears)) in films.into_iter().zip(wanted) {
        let film = studio.film(&format!("glance-{name}"), &faces, how, &heard);
        let seen = look(film, enrolled.as_ref()).await;
        assert_eq!(
            (seen.pictures, seen.lost, seen.more, seen.heard),
            (4, lost, more, ears),
            "{name}: {seen:?}"
        );
        assert_eq!(
            seen.others > 0 && seen.others == seen.compared,
            others,
            "{name}: {seen:?}"
        );
    }
    // Who may not be compared isn't.
    let unknown = look(first, None).await;
    assert_eq!((unknown.pictures, unknown.compared), (4, 0));
    let broken = scratch("glance-broken");
    fs::write(&broken, b"\x1a\x45\xdf\xa3 and nothing more").expect("a file");
    for _ in 0..400 {
        if let Ok(seen) = glance(&senses(), broken.clone(), None).await {
            assert_eq!(seen, None);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no look in twenty seconds");
}

/// A look; nodes of other tests that wait for their turn come first.
async fn look(film: PathBuf, enrolled: Option<&Enrolled>) -> Glance {
    for _ in 0..400 {
        if let Ok(seen) = glance(&senses(), film.clone(), enrolled).await {
            return seen.expect("a film");
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no look in twenty seconds");
}

#[tokio::test]
async fn whoever_says_the_answer_first_is_heard_as_another_voice() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    let first = studio.film("own", &["obama.jpg"], ALIVE, &Heard::Said(0, DIGITS));
    let known = found(&first, asked(NodeKind::Challenge)).await.enrolled;
    let known = known.expect("face and voice");
    let told = studio.film("told", &["obama.jpg"], ALIVE, &Heard::Both(KNOWN));
    let whole = |until_s| Asked {
        until_s,
        ..crate::senses::known(&known)
    };
    let prompted = found(&told, whole(BOTH_SECONDS)).await;
    is(
        &prompted,
        Sense::OneVoice,
        Outcome::Unsure,
        Some("prompted"),
    );
    // What is the person's own is so little that it can't surely be told.
    let own = prompted.of(Sense::SameVoice).map(|check| check.outcome);
    assert!(
        own.is_some_and(|own| own != Outcome::Failed),
        "{prompted:?}"
    );
    let at_ms = prompted.of(Sense::OneVoice).and_then(|check| check.at_ms);
    assert!(at_ms.is_some_and(|ms| ms < 2_500), "{prompted:?}");

    // The phone's own voice is nobody's: what it said is not listened to.
    let phone = Asked {
        prompted: vec![perception::media::Part {
            from_s: 0.0,
            until_s: OTHER_SECONDS,
        }],
        ..whole(BOTH_SECONDS)
    };
    let phone = found(&told, phone).await;
    is(&phone, Sense::OneVoice, Outcome::Passed, None);
    is(&phone, Sense::Answer, Outcome::Passed, None);

    let alone = studio.film("alone", &["obama.jpg"], ALIVE, &Heard::Said(0, KNOWN));
    let alone = found(&alone, crate::senses::known(&known)).await;
    is(&alone, Sense::OneVoice, Outcome::Passed, None);
}
