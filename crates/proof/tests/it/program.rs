//! `xiaobao-verify` as a person runs it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_xiaobao-verify"))
        .current_dir(vectors())
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn exit_codes_tell_the_verdict() {
    let (code, text, _) = run(&["bundle.zip", "--trust", "trust"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("已证明\nPROVED\n"), "{text}");
    let (code, text, _) = run(&["bundle.zip"]);
    assert_eq!(code, Some(3));
    assert!(text.contains("SIGNER UNKNOWN"));
    let (code, text, _) = run(&["bundle.zip", "--lang", "en", "--trust", "trust"]);
    assert_eq!((code, text.lines().next()), (Some(0), Some("PROVED")));
    assert!(!text.contains("已证明"));
}

#[test]
fn a_flipped_byte_fails_and_names_the_file() {
    let mut bytes = fs::read(vectors().join("bundle.zip")).unwrap();
    let word = "sheet_confirmed";
    let at = bytes
        .windows(word.len())
        .position(|part| part == word.as_bytes())
        .unwrap();
    bytes[at] ^= 1;
    let path = std::env::temp_dir().join(format!("proof-flipped-{}.zip", std::process::id()));
    fs::write(&path, bytes).unwrap();
    let (code, json, _) = run(&[path.to_str().unwrap(), "--json", "--trust", "trust"]);
    fs::remove_file(&path).unwrap();
    assert_eq!(code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["verdict"], "failed");
    let parts: Vec<_> = report["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["part"].as_str().unwrap())
        .collect();
    assert!(parts.contains(&"facts/000003.json"), "{parts:?}");
}

#[test]
fn wrong_usage_is_told_apart_from_a_failed_bundle() {
    for arguments in [
        &[][..],
        &["no-such-file.zip"],
        &["bundle.zip", "--trust", "no-such-folder"],
        &["bundle.zip", "--trust", ".."],
        &["bundle.zip", "--lang", "fr"],
    ] {
        let (code, _, stderr) = run(arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
        assert!(!stderr.is_empty());
    }
}

#[test]
fn a_payment_is_made_on_its_own_token_alone() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/release_token.json")).unwrap();
    let folder = std::env::temp_dir().join(format!("proof-token-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let token = file("token.txt", vectors["token"].as_str().unwrap());
    let altered = vectors["refused"]["amount_altered"].as_str().unwrap();
    let altered = file("altered.txt", altered);
    file("log.vkey", vectors["vkey"].as_str().unwrap());
    let pays = |token: &str, amount: u32| {
        let payment = serde_json::json!({
            "at_ms": vectors["fields"]["issued_at_ms"], "amount": amount, "journey": "jny_1",
            "payee": { "account": vectors["account"], "salt": vectors["salt"] }
        });
        let payment = file("payment.json", &payment.to_string());
        let trust = folder.to_str().unwrap();
        run(&["token", token, "--trust", trust, "--payment", &payment])
    };
    let (code, text, _) = pays(&token, 2_000_000);
    assert_eq!((code, text.contains("MAY BE PAID")), (Some(0), true));
    let (code, text, _) = pays(&token, 1_900_000);
    assert_eq!((code, text.contains("other_amount")), (Some(1), true));
    let (code, text, _) = pays(&altered, 2_000_001);
    assert_eq!((code, text.contains("NOT A TOKEN")), (Some(1), true));
    let (code, _, _) = run(&["token", &token, "--trust", "nowhere", "--payment", "none"]);
    assert_eq!(code, Some(2));
    fs::remove_dir_all(&folder).unwrap();
}
