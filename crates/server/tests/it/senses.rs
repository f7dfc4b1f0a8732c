//! What is seen and heard at one node, by real models: films made of photographs and recorded syllables.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use perception::fixtures::{Fixtures, MANDARIN_VOICES};
use perception::models::Models;
use perception::sound::RATE;
use xiaobao::config::Config;
use xiaobao::recording::{
    Act, Asked, Biometrics, Enrolled, Examined, NodeKind, Outcome, Sense, Senses, examine,
};

pub const DIGITS: &str = "ㄙ4 ㄅㄚ ㄦ4 ㄧ";
pub const KNOWN: &str = "ㄨㄛ3 ㄧ3 ㄓ ㄒㄧㄠ3";
const NOT_KNOWN: &str = "ㄨㄛ3 ㄅㄨ4 ㄓ ㄒㄧㄠ3";
/// A photograph that sways, breathes and is grainy as what a camera sees.
pub const ALIVE: &str = "scale=480:-2,rotate=0.05*sin(2*t):c=gray,noise=alls=8:allf=t,scale=480:-2";
const STILL: &str = "scale=480:-2";
/// Seconds of each film.
const SECONDS: f32 = 3.4;
/// Of one in which two speak.
pub const BOTH_SECONDS: f32 = 6.0;
/// Samples of silence after each of the two.
const BREATH: usize = RATE * 3 / 4;

/// The models and their fixtures; none, with a line that says so, where nobody fetched them. Where `XIAOBAO_MODELS` names a
/// folder they must be there.
pub fn fixtures() -> Option<Fixtures> {
    let models = Models::at(Models::usual_folder());
    let fixtures = Fixtures::at(models.folder());
    let ffmpeg = Command::new("ffmpeg").arg("-version").output().is_ok();
    if models.missing().is_empty() && ffmpeg && fixtures.is_some() {
        return fixtures;
    }
    let named = std::env::var_os("XIAOBAO_MODELS").is_some();
    assert!(!named, "models, fixtures or ffmpeg are missing");
    eprintln!("not run: models missing; cargo dev models --fixtures");
    None
}

pub fn senses() -> Senses {
    Senses::new(&Config::load(None).expect("the defaults").recording)
}

pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("senses");
    fs::create_dir_all(&folder).expect("a folder to write in");
    folder.join(name)
}

/// What is heard in a film.
pub enum Heard<'s> {
    /// Recorded syllables of one of two voices.
    Said(usize, &'s str),
    /// The same words by the second voice, then by the first.
    Both(&'s str),
    /// A room in which nobody speaks.
    Room,
    /// A microphone that is off.
    Dead,
}

/// Films as a browser records them, with neither an index nor a length.
pub struct Studio(pub Fixtures);

impl Studio {
    /// The faces of one film, in the middle of a picture or side by side.
    pub fn film(&self, name: &str, faces: &[&str], how: &str, heard: &Heard<'_>) -> PathBuf {
        let samples = match heard {
            Heard::Said(voice, words) => {
                let said = self.0.sentence(MANDARIN_VOICES[*voice], words);
                said.expect("recorded syllables").samples().to_vec()
            }
            Heard::Both(words) => [1, 0]
                .iter()
                .flat_map(|voice| {
                    let said = self.0.sentence(MANDARIN_VOICES[*voice], words);
                    let mut samples = said.expect("recorded syllables").samples().to_vec();
                    samples.extend([0.0; BREATH]);
                    samples
                })
                .collect(),
            Heard::Room => (0..(SECONDS * RATE as f32) as u32)
                .map(|at| (at.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 * 0.01 - 0.005)
                .collect(),
            Heard::Dead => vec![0.0; (SECONDS * RATE as f32) as usize],
        };
        let pcm: Vec<u8> = samples
            .iter()
            .flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes())
            .collect();
        let (sound, film) = (
            scratch(&format!("{name}.pcm")),
            scratch(&format!("{name}.webm")),
        );
        fs::write(&sound, pcm).expect("a file");
        let mut words: Vec<String> = Vec::new();
        for face in faces {
            let portrait = self.0.portrait(face).display().to_string();
            words.extend(["-loop", "1", "-r", "15", "-i", &portrait].map(str::to_owned));
        }
        let sound = sound.display().to_string();
        words.extend(["-f", "s16le", "-ar", "16000", "-ac", "1", "-i", &sound].map(str::to_owned));
        let side_by_side: String = (0..faces.len())
            .map(|at| format!("[{at}]scale=480:-2,crop=480:480:0:0,{how}[f{at}];"))
            .collect();
        let all: String = (0..faces.len()).map(|at| format!("[f{at}]")).collect();
        let filter = match faces.len() {
            1 => format!("[0]{how}[v]"),
            count => format!("{side_by_side}{all}hstack=inputs={count}[v]"),
        };
        let sound_at = format!("{}:a", faces.len());
        let seconds = match heard {
            Heard::Both(_) => BOTH_SECONDS,
            _ => SECONDS,
        };
        let seconds = seconds.to_string();
        words.extend(
            [
                "-filter_complex",
                &filter,
                "-map",
                "[v]",
                "-map",
                &sound_at,
                "-af",
                "apad",
                "-t",
                &seconds,
                "-r",
                "15",
                "-c:v",
                "libvpx",
                "-deadline",
                "realtime",
                "-b:v",
                "1M",
                "-c:a",
                "libopus",
                "-live",
                "1",
                "-cluster_time_limit",
                "1000",
            ]
            .map(str::to_owned),
        );
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-y"])
            .args(&words)
            .arg(&film)
            .status();
        assert!(made.is_ok_and(|status| status.success()), "{words:?}");
        film
    }
}

pub fn asked(kind: NodeKind) -> Asked {
    let (expects, against) = match kind {
        NodeKind::Answer => (vec!["我已知晓".to_owned()], vec!["我不知晓".to_owned()]),
        _ => (Vec::new(), Vec::new()),
    };
    Asked {
        from_s: 0.0,
        until_s: SECONDS,
        kind,
        digits: (kind == NodeKind::Challenge).then(|| "4821".to_owned()),
        acts: Vec::new(),
        expects,
        against,
        written: None,
        prompted: Vec::new(),
        owner: None,
        biometrics: Biometrics::Consented,
        enrolled: None,
    }
}

pub fn known(enrolled: &Enrolled) -> Asked {
    Asked {
        enrolled: Some(enrolled.clone()),
        ..asked(NodeKind::Answer)
    }
}

pub async fn found(film: &Path, asked: Asked) -> Examined {
    examine(&senses(), film.to_owned(), asked)
        .await
        .expect("its turn")
}

#[track_caller]
pub fn is(examined: &Examined, sense: Sense, outcome: Outcome, code: Option<&str>) {
    let check = examined
        .of(sense)
        .unwrap_or_else(|| panic!("no {sense:?}: {examined:?}"));
    assert_eq!((check.outcome, check.code), (outcome, code), "{examined:?}");
}

#[tokio::test]
async fn the_right_person_passes_and_others_fail_where_they_differ() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    use Outcome::{Failed, Passed};
    let first = studio.film("digits", &["obama.jpg"], ALIVE, &Heard::Said(0, DIGITS));
    let found_first = found(&first, asked(NodeKind::Challenge)).await;
    for sense in [
        Sense::Media,
        Sense::FacePresent,
        Sense::OneFace,
        Sense::SameFace,
        Sense::Sound,
        Sense::SameVoice,
        Sense::Digits,
        Sense::Words,
    ] {
        is(&found_first, sense, Passed, None);
    }
    let enrolled = found_first.enrolled.expect("face and voice");
    assert!(enrolled.face.is_some() && enrolled.voice.is_some());

    // The same person in another picture, on another day.
    let answer = studio.film("answer", &["obama2.jpg"], ALIVE, &Heard::Said(0, KNOWN));
    let right = found(&answer, known(&enrolled)).await;
    is(&right, Sense::SameFace, Passed, None);
    is(&right, Sense::Answer, Passed, None);
    assert!(!right.has_failed(), "{right:?}");
    let distance = right.of(Sense::SameFace).and_then(|check| check.score_ppm);
    assert!(distance.is_some_and(|ppm| (100_000..500_000).contains(&ppm)));

    let stranger = studio.film("stranger", &["biden.jpg"], ALIVE, &Heard::Said(1, KNOWN));
    let other = found(&stranger, known(&enrolled)).await;
    is(&other, Sense::SameFace, Failed, Some("other_face"));
    is(&other, Sense::SameVoice, Failed, Some("other_voice"));
    assert_eq!(other.enrolled, None, "nobody is known by what failed");

    let wrong = studio.film("wrong", &["obama.jpg"], ALIVE, &Heard::Said(0, NOT_KNOWN));
    let wrong = found(&wrong, known(&enrolled)).await;
    is(&wrong, Sense::Answer, Failed, Some("answer_wrong"));
    is(&wrong, Sense::SameFace, Passed, None);

    let digits = Asked {
        digits: Some("7350".to_owned()),
        ..asked(NodeKind::Challenge)
    };
    let other_digits = found(&first, digits).await;
    let check = other_digits.of(Sense::Digits).expect("digits");
    assert_ne!(check.outcome, Passed, "{other_digits:?}");
}

#[tokio::test]
async fn two_faces_silence_and_a_still_picture_are_told() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    use Outcome::Failed;
    let pair = ["obama.jpg", "biden.jpg"];
    let two = studio.film("two", &pair, ALIVE, &Heard::Room);
    let two = found(&two, asked(NodeKind::Answer)).await;
    is(&two, Sense::OneFace, Failed, Some("second_face"));
    is(&two, Sense::Sound, Failed, Some("silence"));
    assert_eq!((two.of(Sense::Answer), two.heard.as_deref()), (None, None));

    let still = studio.film("still", &["obama.jpg"], STILL, &Heard::Dead);
    let asked_acts = Asked {
        acts: vec![Act::TurnLeft, Act::OpenMouth],
        ..asked(NodeKind::Answer)
    };
    let found_still = found(&still, asked_acts.clone()).await;
    is(&found_still, Sense::Liveness, Failed, Some("still_picture"));
    is(&found_still, Sense::Sound, Failed, Some("no_sound"));
    assert_eq!(found_still.enrolled, None);

    // A photograph that is moved does none of the acts.
    let moved = studio.film("moved", &["obama.jpg"], ALIVE, &Heard::Said(0, KNOWN));
    let found_moved = found(&moved, asked_acts).await;
    is(&found_moved, Sense::Liveness, Failed, Some("act_not_done"));
    is(&found_moved, Sense::Answer, Outcome::Passed, None);

    let nobody = Studio::film(
        &studio,
        "nobody",
        &["obama.jpg"],
        "scale=480:480,boxblur=40",
        &Heard::Room,
    );
    let nobody = found(&nobody, asked(NodeKind::Told)).await;
    is(&nobody, Sense::FacePresent, Failed, Some("face_lost"));
    assert_eq!(
        nobody.of(Sense::Sound),
        None,
        "who is told something need not speak"
    );
}

#[tokio::test]
async fn without_consent_nothing_is_compared_or_kept_and_words_may_be_written() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    use Outcome::{Failed, NotPerformed, Passed};
    let film = studio.film("unasked", &["obama.jpg"], ALIVE, &Heard::Said(0, KNOWN));
    let without = Asked {
        biometrics: Biometrics::NotConsented,
        ..asked(NodeKind::Answer)
    };
    let seen = found(&film, without).await;
    for sense in [Sense::SameFace, Sense::SameVoice, Sense::Liveness] {
        is(&seen, sense, NotPerformed, Some("no_consent"));
    }
    is(&seen, Sense::FacePresent, Passed, None);
    is(&seen, Sense::Answer, Passed, None);
    assert_eq!(seen.enrolled, None);

    for (words, outcome, code) in [
        ("我已知晓", Passed, None),
        ("我不知晓", Failed, Some("answer_wrong")),
    ] {
        let written = Asked {
            written: Some(words.to_owned()),
            ..asked(NodeKind::Answer)
        };
        let read = found(&film, written).await;
        is(&read, Sense::Answer, outcome, code);
        assert_eq!(
            (read.of(Sense::Sound), read.of(Sense::SameVoice)),
            (None, None)
        );
        assert_eq!(read.heard, None);
    }
}

#[tokio::test]
async fn without_models_a_person_must_look() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    let film = studio.film("blind", &["obama.jpg"], ALIVE, &Heard::Said(0, KNOWN));
    let mut config = Config::load(None).expect("the defaults").recording;
    config.models = scratch("no-models");
    let senses = Senses::new(&config);
    assert!(!senses.missing().is_empty());
    let found = examine(&senses, film, asked(NodeKind::Answer))
        .await
        .expect("its turn");
    is(&found, Sense::Media, Outcome::Passed, None);
    for sense in [
        Sense::FacePresent,
        Sense::OneFace,
        Sense::SameFace,
        Sense::Liveness,
        Sense::Sound,
        Sense::SameVoice,
        Sense::Answer,
        Sense::Words,
    ] {
        is(&found, sense, Outcome::NotPerformed, Some("not_performed"));
    }
    assert_eq!((found.enrolled, found.heard), (None, None));
}

#[tokio::test]
async fn what_harms_is_broken_media_and_no_more() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    let film = studio.film("whole", &["obama.jpg"], ALIVE, &Heard::Said(0, KNOWN));
    let whole = fs::read(&film).expect("a film");
    let mut scrambled = whole.clone();
    scrambled[2_000..]
        .iter_mut()
        .enumerate()
        .for_each(|(at, byte)| *byte ^= (at * 31) as u8);
    let cases: [(&str, Vec<u8>); 6] = [
        ("empty", Vec::new()),
        (
            "list",
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".to_vec(),
        ),
        (
            "head",
            [b"\x1a\x45\xdf\xa3".as_slice(), &[0xff; 5_000]].concat(),
        ),
        ("cut", whole[..whole.len() / 4].to_vec()),
        ("scrambled", scrambled),
        (
            "fragment",
            [b"\0\0\0\x18ftypisom\0\0\0\0isomiso2".as_slice(), &[0; 900]].concat(),
        ),
    ];
    for (name, bytes) in cases {
        let file = scratch(&format!("harm-{name}"));
        fs::write(&file, bytes).expect("a file");
        let found = found(&file, asked(NodeKind::Answer)).await;
        assert_eq!(found.checks.len(), 1, "{name}: {found:?}");
        is(&found, Sense::Media, Outcome::Failed, Some("media_broken"));
    }
    let gone = found(&scratch("harm-absent"), asked(NodeKind::Answer)).await;
    is(&gone, Sense::Media, Outcome::Failed, Some("media_broken"));
    for (from_s, until_s) in [
        (2.0, 1.0),
        (f32::NAN, 3.0),
        (0.0, f32::NAN),
        (40.0, 50.0),
        (0.0, 60.0),
    ] {
        let part = Asked {
            from_s,
            until_s,
            ..asked(NodeKind::Answer)
        };
        let outside = found(&film, part).await;
        is(
            &outside,
            Sense::Media,
            Outcome::Failed,
            Some("media_broken"),
        );
    }
}
