use proof::checkpoint::{self, Checkpoint, KeyKind, NoteError, Signer, VerifierKey};
use proof::hex;
use proof::note::{self, Note};
use proptest::prelude::*;

const GO_KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
const GO_CHECKPOINT: &str = "go.sum database tree\n30055305\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n\n— sum.golang.org Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=\n";
const PETER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH_KEY: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
/// The checkpoint with a cosignature printed in c2sp.org/tlog-cosignature.
const SOFA: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn signer(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, &[seed; 32]).unwrap()
}

fn sample() -> Checkpoint {
    Checkpoint {
        origin: "log.example/anhe".into(),
        size: 2,
        root: [5; 32],
        extensions: Vec::new(),
    }
}

#[test]
fn the_go_checksum_database_verifies() {
    let (checkpoint, signed) = checkpoint::verify(GO_CHECKPOINT, &[key(GO_KEY)]).unwrap();
    assert_eq!(checkpoint.origin, "go.sum database tree");
    assert_eq!(checkpoint.size, 30_055_305);
    assert_eq!(
        hex::encode(&checkpoint.root),
        "9977e045c2746c6d23dc23dd2b08065ad5330546d7ebbb1a64646616e2461ac3"
    );
    assert_eq!(signed.len(), 1);
    assert_eq!(signed[0].key.to_string(), GO_KEY);
    assert_eq!(signed[0].timestamp_s, None);
}

#[test]
fn the_notes_of_go_verify() {
    let note = format!("{TEXT}\n{PETER_LINE}");
    let parsed = Note::parse(&note).unwrap();
    assert_eq!(parsed.to_text(), note);
    assert_eq!(
        parsed.verify(&[key(PETER_KEY)]).unwrap()[0].key.id(),
        0xc74f_20a3
    );
    // Enoch's key has the byte 0x01 too and did not sign this note.
    assert_eq!(
        parsed.verify(&[key(ENOCH_KEY)]),
        Err(NoteError::NoKnownSignature)
    );
    // Text with an empty line inside: the last empty line separates.
    let spec = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    let parsed = Note::parse(spec).unwrap();
    assert!(parsed.text().ends_with("\n\ned è subito sera.\n"));
    assert_eq!(parsed.to_text(), spec);
}

#[test]
fn signing_agrees_with_go_and_with_the_oracle() {
    // Go's example private key, whose last 32 bytes are the seed.
    use base64::Engine as _;
    let secret = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(secret)
        .unwrap();
    let peter = Signer::from_seed("PeterNeumann", bytes[1..].try_into().unwrap()).unwrap();
    assert_eq!(peter.verifier().to_string(), PETER_KEY);
    assert_eq!(
        note::sign(TEXT, &peter).unwrap(),
        format!("{TEXT}\n{PETER_LINE}")
    );

    let own = checkpoint::sign(&sample(), &signer("log.example/anhe", 1)).unwrap();
    let theirs = signed_note::Note::from_bytes(own.as_bytes()).unwrap();
    let vkey = signer("log.example/anhe", 1).verifier().to_string();
    let verifier = signed_note::StandardVerifier::new(&vkey).unwrap();
    let list = signed_note::VerifierList::new(vec![Box::new(verifier)]);
    let (verified, _) = theirs.verify(&list).unwrap();
    assert_eq!(verified.len(), 1);
    let theirs = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!(
        (theirs.origin(), theirs.size(), theirs.hash().0),
        ("log.example/anhe", 2, [5; 32])
    );
}

#[test]
fn cosignatures_have_the_specified_frame() {
    let note = Note::parse(SOFA).unwrap();
    assert_eq!(note.to_text(), SOFA);
    let line = &note.signatures()[1];
    assert_eq!(
        (line.name.as_str(), line.key_id),
        ("witness.example.com/w1", 0x8d66_cf3f)
    );
    assert_eq!(line.signature.len(), 72);
    assert_eq!(line.signature[..8], 1_679_315_147_u64.to_be_bytes());

    // The message of the specification, signed by a key of ours and checked by hand.
    use ed25519_dalek::Signer as _;
    let witness = signer("witness.example.com/w1", 9);
    let own = witness.cosign(note.text(), 1_679_315_147);
    let message = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let by_hand = ed25519_dalek::SigningKey::from_bytes(&[9; 32]).sign(message.as_bytes());
    assert_eq!(own.signature[8..], by_hand.to_bytes());
    let id_input = [
        b"witness.example.com/w1\n\x04".as_slice(),
        &witness.cosigner().public_key(),
    ]
    .concat();
    assert_eq!(
        own.key_id.to_be_bytes(),
        proof::digest::sha256(&id_input)[..4]
    );
}

#[test]
fn witnesses_are_told_from_logs() {
    let log = signer("log.example/anhe", 1);
    let witness = signer("witness.example/b", 2);
    let note = checkpoint::sign(&sample(), &log).unwrap();
    let note = checkpoint::cosign(&note, &witness, 1_700_000_000).unwrap();
    let known = [log.verifier(), witness.cosigner()];
    let (_, signed) = checkpoint::verify(&note, &known).unwrap();
    let times: Vec<_> = signed.iter().map(|by| by.timestamp_s).collect();
    assert_eq!(times, [None, Some(1_700_000_000)]);
    assert_eq!(signed[1].key.kind(), KeyKind::CosignatureV1);
    // The same key as a plain one has another id and is a stranger here.
    let plain = checkpoint::verify(&note, &[witness.verifier()]);
    assert_eq!(plain.unwrap_err(), NoteError::NoKnownSignature);
    assert_eq!(key(&witness.cosigner().to_string()), witness.cosigner());
}

#[test]
fn a_known_key_must_hold_even_beside_a_good_one() {
    let (log, other) = (
        signer("log.example/anhe", 1),
        signer("log.example/other", 2),
    );
    let mut note = Note::parse(&checkpoint::sign(&sample(), &log).unwrap()).unwrap();
    let mut line = other.sign(note.text());
    line.signature[0] ^= 1;
    note.push(line);
    let known = [log.verifier(), other.verifier()];
    assert_eq!(
        note.verify(&known),
        Err(NoteError::BadSignature("log.example/other".into()))
    );
    assert_eq!(note.verify(&known[..1]).unwrap().len(), 1);
}

#[test]
fn a_signature_counts_once() {
    let log = signer("log.example/anhe", 1);
    let mut note = Note::parse(&checkpoint::sign(&sample(), &log).unwrap()).unwrap();
    note.push(log.sign(note.text()));
    assert_eq!(note.verify(&[log.verifier()]).unwrap().len(), 1);
}

#[test]
fn verifier_keys_are_read_strictly() {
    for bad in [
        "",
        "a",
        "a+b",
        "sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.com+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8=",
        "sum.golang.org+033de0ae+As4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuA==",
        "+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    ] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
    }
    for bad in ["", "a b", "a+b", "a\u{3000}b", "a\nb"] {
        assert!(matches!(
            Signer::from_seed(bad, &[1; 32]),
            Err(NoteError::Name)
        ));
    }
    // The neutral element would verify anything.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(VerifierKey::new("a", KeyKind::Ed25519, &neutral).is_err());
}

#[test]
fn malformed_notes_are_refused() {
    let good = checkpoint::sign(&sample(), &signer("log.example/anhe", 1)).unwrap();
    assert!(Note::parse(&good).is_ok());
    for bad in [
        good.trim_end().to_owned(),
        format!("{good}\n"),
        good.replace("\n\n", "\n"),
        good.replace('—', "-"),
        good.replace("— log", "—  log"),
        good.replace('\n', "\r\n"),
        good.replace("=\n", "\n"),
        good.replace("anhe ", "anhe \t"),
        format!("{good}— log.example/anhe AAAAAA==\n"),
        format!("{good}{}", "— a AAAAAAAA\n".repeat(64)),
        format!("{}{good}", "x".repeat(note::MAX_BYTES)),
        String::new(),
        "\n\n".into(),
    ] {
        assert!(Note::parse(&bad).is_err(), "{bad:.200}");
    }
    assert_eq!(
        note::sign("no newline", &signer("a", 1)),
        Err(NoteError::Text)
    );
    assert_eq!(note::sign("tab\t\n", &signer("a", 1)), Err(NoteError::Text));
}

#[test]
fn checkpoints_have_one_spelling() {
    let text = sample().to_text();
    assert_eq!(
        text,
        "log.example/anhe\n2\nBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=\n"
    );
    assert_eq!(Checkpoint::parse(&text).unwrap(), sample());
    let extended = format!("{text}an extension\n");
    assert_eq!(
        Checkpoint::parse(&extended).unwrap().extensions,
        ["an extension"]
    );
    for (from, to) in [
        ("\n2\n", "\n02\n"),
        ("\n2\n", "\n+2\n"),
        ("\n2\n", "\n-2\n"),
        ("\n2\n", "\n\n"),
        ("\n2\n", "\n18446744073709551616\n"),
        ("\n2\n", "\n18446744073709551615\n"),
        ("log.example/anhe", ""),
        ("BQU=\n", "BQU\n"),
        ("BQU=\n", "BQV=\n"),
        ("BQU=\n", "BQU=\n\n"),
        ("BQU=\n", "BQU="),
        ("BQU=", "\n"),
    ] {
        let bad = text.replacen(from, to, 1);
        assert_ne!(bad, text, "{from:?}");
        assert!(Checkpoint::parse(&bad).is_err(), "{bad:?}");
    }
    let mut two_lines = sample();
    two_lines.origin = "a\nb".into();
    assert!(checkpoint::sign(&two_lines, &signer("a", 1)).is_err());
}

proptest! {
    #[test]
    fn what_parses_is_written_back(text in "(— [a-z]{1,3} [A-Za-z0-9+/]{8}\n|[a-z]{0,4}\n|[0-9]{1,3}\n){0,8}") {
        if let Ok(note) = Note::parse(&text) {
            prop_assert_eq!(note.to_text(), text.clone());
        }
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.to_text(), text);
        }
    }

    #[test]
    fn any_flipped_bit_of_a_checkpoint_is_refused(at in 0_usize..200, bit in 0_u8..8) {
        let log = signer("log.example/anhe", 1);
        let mut bytes = checkpoint::sign(&sample(), &log).unwrap().into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(checkpoint::verify(&text, &[log.verifier()]).is_err());
        }
    }
}
