//! 居民身份证 before the camera, read by real models: cards drawn for the test, of nobody.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use perception::print::Day;
use serde_json::json;
use xiaobao::config::Config;
use xiaobao::recording::{
    Asked, Biometrics, Enrolled, Examined, NodeKind, Outcome, Owner, Sense, Senses, examine,
};

use crate::actors::{ANHE, Borrower, Partner, Someone, loan};
use crate::app::TestApp;
use crate::consent::decides;
use crate::live::chunks;
use crate::recording::{Page, one, says};
use crate::senses::{ALIVE, Heard, Studio, fixtures, scratch};
use crate::steps::offers_with;

const FONT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/assets/fonts/NotoSansSC-Regular.otf"
);
const SECONDS: f32 = 3.0;
const NAME: &str = "李小宝";
const NUMBER: &str = "11010519491231002X";

/// A film of a card in a hand; none where the font isn't there.
fn card(studio: &Studio, file: &str, name: &str, number: &str, photo: &str) -> Option<PathBuf> {
    if !PathBuf::from(FONT).is_file() {
        eprintln!("not run: font missing");
        return None;
    }
    let birth = format!(
        "出生 {} 年 {} 月 {} 日",
        &number[6..10],
        &number[10..12],
        &number[12..14]
    );
    let sex = match number.as_bytes()[16] % 2 {
        1 => "性别 男  民族 汉",
        _ => "性别 女  民族 汉",
    };
    let rows = [
        ("姓名", 60, 90, 20),
        (name, 120, 87, 25),
        (sex, 60, 130, 20),
        (&birth, 60, 170, 20),
        ("住址", 60, 210, 20),
        ("北京市朝阳区清河路", 120, 210, 20),
        ("公民身份号码", 60, 320, 20),
        (number, 230, 317, 26),
    ];
    let drawn = rows.map(|(text, x, y, size)| {
        format!(
            "drawtext=fontfile={FONT}:text='{text}':x={x}:y={y}:fontsize={size}:fontcolor=0x202020"
        )
    });
    let filter = format!(
        "[0]drawbox=x=40:y=70:w=560:h=300:color=0xdfe9ef:t=fill,{}[c];[1]crop=iw*0.5:iw*0.62:iw*0.26:0,scale=150:-2[p];\
         [c][p]overlay=420:85,rotate=0.02*sin(2*t):c=gray,noise=alls=8:allf=t[v]",
        drawn.join(",")
    );
    let film = scratch(&format!("card-{file}.webm"));
    let portrait = studio.0.portrait(photo).display().to_string();
    let seconds = SECONDS.to_string();
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(["-f", "lavfi", "-i", "color=0x8f8c86:s=640x480:r=15"])
        .args(["-loop", "1", "-r", "15", "-i", &portrait])
        .args(["-filter_complex", &filter, "-map", "[v]", "-t", &seconds])
        .args(["-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M"])
        .args(["-live", "1", "-cluster_time_limit", "1000"])
        .arg(&film)
        .status();
    assert!(made.is_ok_and(|status| status.success()), "{filter}");
    Some(film)
}

fn asked(enrolled: Option<&Enrolled>) -> Asked {
    Asked {
        from_s: 0.0,
        until_s: SECONDS,
        kind: NodeKind::Card,
        digits: None,
        acts: Vec::new(),
        expects: Vec::new(),
        against: Vec::new(),
        written: None,
        prompted: Vec::new(),
        owner: Some(Owner {
            name: NAME.into(),
            number: NUMBER.into(),
            today: Day {
                year: 2026,
                month: 11,
                day: 22,
            },
        }),
        biometrics: Biometrics::Consented,
        enrolled: enrolled.cloned(),
    }
}

async fn found(film: PathBuf, asked: Asked) -> Examined {
    let senses = Senses::new(&Config::load(None).expect("the defaults").recording);
    examine(&senses, film, asked).await.expect("its turn")
}

type Row = (Sense, Outcome, Option<&'static str>);

#[track_caller]
fn are(examined: &Examined, wanted: &[Row]) {
    let rows: Vec<Row> = examined
        .checks
        .iter()
        .map(|check| (check.sense, check.outcome, check.code))
        .collect();
    assert_eq!(rows, wanted, "{examined:?}");
}

#[tokio::test]
async fn the_right_card_passes_and_others_are_told_apart() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    use Outcome::{Failed, Passed};
    use Sense::{CardFace, CardOwner, CardRead, Media};
    let person = studio.film("card-person", &["obama2.jpg"], ALIVE, &Heard::Room);
    let told = Asked {
        kind: NodeKind::Told,
        owner: None,
        ..asked(None)
    };
    let enrolled = found(person, told).await.enrolled.expect("a face");

    let Some(own) = card(&studio, "own", NAME, NUMBER, "obama.jpg") else {
        return;
    };
    let right = found(own.clone(), asked(Some(&enrolled))).await;
    let passed = [Media, CardRead, CardOwner, CardFace].map(|sense| (sense, Passed, None));
    are(&right, &passed);
    let kept = right.enrolled.expect("the card's photo");
    assert!(kept.card.is_some() && kept.face == enrolled.face);

    let other = Someone::adult(1).id_number;
    let another = card(&studio, "another", "王小明", &other, "obama.jpg");
    let another = found(another.expect("a film"), asked(Some(&enrolled))).await;
    are(
        &another,
        &[
            (Media, Passed, None),
            (CardRead, Passed, None),
            (CardOwner, Failed, Some("card_other_person")),
            (CardFace, Passed, None),
        ],
    );
    assert_eq!(another.enrolled, None, "nothing is kept of what failed");

    let face = card(&studio, "face", NAME, NUMBER, "biden.jpg").expect("a film");
    let face = found(face, asked(Some(&enrolled))).await;
    let check = face.of(CardFace).expect("compared");
    assert_ne!(check.outcome, Passed, "{face:?}");
    assert_eq!(check.code, Some("card_face_differs"));

    // Its check digit is another's: nobody's number, however well it is printed.
    let torn = card(&studio, "torn", NAME, "110105194912310021", "obama.jpg").expect("a film");
    let torn = found(torn, asked(Some(&enrolled))).await;
    are(
        &torn,
        &[
            (Media, Passed, None),
            (CardRead, Failed, Some("card_unreadable")),
        ],
    );

    let unasked = Asked {
        biometrics: Biometrics::NotConsented,
        ..asked(Some(&enrolled))
    };
    let unasked = found(own, unasked).await;
    assert_eq!(
        unasked.of(CardFace).map(|check| check.code),
        Some(Some("no_consent"))
    );
    assert_eq!(
        unasked.of(CardOwner).map(|check| check.outcome),
        Some(Passed)
    );
    assert_eq!(unasked.enrolled, None);
}

#[tokio::test]
async fn without_models_no_card_is_passed_and_what_is_no_film_is_broken() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    let Some(own) = card(&studio, "blind", NAME, NUMBER, "obama.jpg") else {
        return;
    };
    let mut config = Config::load(None).expect("the defaults").recording;
    config.models = scratch("no-card-models");
    let seen = examine(&Senses::new(&config), own, asked(None)).await;
    let rows = [Sense::CardRead, Sense::CardOwner, Sense::CardFace];
    let rows = rows.map(|sense| (sense, Outcome::NotPerformed, Some("not_performed")));
    let media = (Sense::Media, Outcome::Passed, None);
    are(&seen.expect("its turn"), &[&[media], &rows[..]].concat());

    let broken = scratch("card-broken");
    fs::write(&broken, b"\x1a\x45\xdf\xa3 and nothing more").expect("a file");
    are(
        &found(broken, asked(None)).await,
        &[(Sense::Media, Outcome::Failed, Some("media_broken"))],
    );
}

#[test]
fn a_card_is_held_against_what_the_vault_holds() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    let (right, wrong) = (Someone::adult(1), Someone::adult(2));
    let film = |file, one: &Someone| card(&studio, file, &one.name, &one.id_number, "obama.jpg");
    let (Some(own), Some(foreign)) = (film("vault-own", &right), film("vault-other", &wrong))
    else {
        return;
    };
    TestApp::run(async |app| {
        let node = |code: &str, kind: &str| {
            json!({
                "code": code, "kind": kind, "on_wrong": "again", "answer_seconds": 8, "tries_max": 2,
                "spoken": { "zh": "请看。", "en": "Look." },
            })
        };
        let parts = json!({
            "required": ["personal_information_notice", "cost_disclosure", "recording"],
            "notices": ["pi_notice"],
            "recording": {
                "basis": "policy",
                "when": { "always": true, "elders": true },
                "reviewed_percent": { "standard": 0, "elder": 100 },
                "script": [node("told", "told"), node("card", "card")],
            },
        });
        offers_with(&app.ctx, parts).await.expect("released");
        let lender = Partner::of(app, ANHE);
        let opened = lender.opens(app, &right, "hexiang", loan()).await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        borrower.reads(app).await;
        borrower.understands(app).await;
        borrower.confirms(app).await;
        // Nothing of the first node is a film: a person must look at it, and the card comes next.
        let mut page = Page::starts(app, &borrower).await;
        for _ in 0..2 {
            page.answers(app, &borrower, 1).await;
            app.run_jobs().await;
        }
        for (film, code) in [(foreign, Some("card_other_person")), (own, None)] {
            let mut page = Page::starts(app, &borrower).await;
            let open = json!({ "segment": page.segment, "at_ms": 0 });
            says(app, &borrower, "nodes/2/open", open).await.ok();
            for chunk in chunks(&fs::read(&film).expect("a film")) {
                app.advance_ms(1_000);
                page.records(app, &borrower, &chunk).await;
            }
            let end = json!({ "segment": page.segment, "until_ms": 2_900, "chunks": page.next });
            says(app, &borrower, "nodes/2/end", end).await.ok();
            app.run_jobs().await;
            let view = one(app, &borrower).await;
            let reasons = view["nodes"][1]["reasons"].to_string();
            assert_eq!(
                reasons.contains("card_other_person"),
                code.is_some(),
                "{view}"
            );
            assert!(
                reasons.contains("no_consent"),
                "faces are compared with consent alone: {view}"
            );
            assert!(!reasons.contains("card_unreadable"), "{view}");
        }
        let judged = app.fact(&opened.id, "recording.node_judged.v1").await;
        let sworn = judged.to_string();
        assert!(!sworn.contains(&right.name) && !sworn.contains(&right.id_number));
        assert_eq!(judged["state"], "needs_person");
    });
}
