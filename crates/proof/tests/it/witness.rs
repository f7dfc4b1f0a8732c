use proof::checkpoint::{self, Checkpoint, KeyKind, NoteError, Signer};
use proof::note::Note;
use proof::tree::{Frontier, TileMap, consistency_path, leaf_hash};
use proof::witness::{Head, Refusal, Request, add, answer, cosigned, extends};
use proof::{Hash, tile};
use proptest::prelude::*;

/// The request printed in c2sp.org/tlog-witness.
const SOFA: &str = "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

fn log() -> Signer {
    Signer::from_seed("log.example/anhe", &[1; 32]).unwrap()
}

fn witness(seed: u8) -> Signer {
    Signer::from_seed("witness.example/w", &[seed; 32]).unwrap()
}

/// A log of so many entries, and its tiles.
fn tree(size: u64) -> (Head, TileMap) {
    let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    let mut frontier = Frontier::new();
    for leaf in &leaves {
        frontier.push(*leaf);
    }
    let mut tiles = TileMap::default();
    let grown = tile::extend(0, &tiles, &leaves).unwrap();
    for (id, bytes) in grown.tiles {
        tiles.0.insert(id, bytes);
    }
    let root = frontier.root();
    (Head { size, root }, tiles)
}

fn signed(head: &Head) -> (Checkpoint, String) {
    let checkpoint = Checkpoint {
        origin: "log.example/anhe".into(),
        size: head.size,
        root: head.root,
        extensions: Vec::new(),
    };
    let note = checkpoint::sign(&checkpoint, &log()).unwrap();
    (checkpoint, note)
}

fn request(old: u64, new: &Head, tiles: &TileMap) -> (Checkpoint, Request) {
    let (checkpoint, note) = signed(new);
    let asked = Request {
        old_size: old,
        path: consistency_path(old, new.size, tiles).unwrap(),
        checkpoint: note,
    };
    (checkpoint, asked)
}

#[test]
fn the_request_of_the_specification_is_read_and_written() {
    let asked = Request::parse(SOFA).unwrap();
    assert_eq!((asked.old_size, asked.path.len()), (20_852_014, 3));
    assert_eq!(asked.to_text(), SOFA);
    let checkpoint = Note::parse(&asked.checkpoint).unwrap();
    assert_eq!(
        Checkpoint::parse(checkpoint.text()).unwrap().size,
        20_852_163
    );
    let spoilt = [
        SOFA.replacen("old 20852014", "old +20852014", 1),
        SOFA.replacen("old 20852014", "old 020852014", 1),
        SOFA.replacen("old 20852014", "new 20852014", 1),
        SOFA.replacen("PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", "PlRN", 1),
        SOFA.replacen("\n\nexample", "\nexample", 1),
        format!(
            "old 1\n{}\n",
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".repeat(64)
        ),
        String::new(),
    ];
    for text in spoilt {
        assert!(Request::parse(&text).is_err(), "{text}");
    }
}

#[test]
fn a_witness_signs_what_extends_its_head_and_nothing_else() {
    let (small, _) = tree(5);
    let (large, tiles) = tree(300);
    let (first, asked) = request(0, &small, &TileMap::default());
    assert_eq!(extends(&Head::none(), &asked, &first).unwrap(), small);
    let (second, asked) = request(5, &large, &tiles);
    assert_eq!(extends(&small, &asked, &second).unwrap(), large);

    // The log believes another size than the witness knows.
    assert!(matches!(
        extends(&large, &asked, &second),
        Err(Refusal::Known(300))
    ));
    // The same size again, with the same root and with another.
    let (_, again) = request(300, &large, &tiles);
    assert_eq!(extends(&large, &again, &second).unwrap(), large);
    let forked = Head {
        root: [9; 32],
        ..large
    };
    assert!(matches!(
        extends(&forked, &again, &second),
        Err(Refusal::Known(300))
    ));
    // Back to a smaller tree.
    let (back, _) = signed(&small);
    assert!(matches!(
        extends(&large, &again, &back),
        Err(Refusal::OldBeyondNew)
    ));
    // A history that was rewritten, with the proof of the true one.
    let rewritten = Head {
        root: [7; 32],
        ..small
    };
    assert!(matches!(
        extends(&rewritten, &asked, &second),
        Err(Refusal::Unproved(_))
    ));
}

#[test]
fn only_the_named_witness_s_own_cosignature_is_added_and_counted_once() {
    let (head, _) = tree(3);
    let (_, note) = signed(&head);
    let (one, two) = (witness(2), witness(3));
    let said = answer(&note, &one, 1_700_000_000).unwrap();
    let cosigned_note = add(&note, &said, &one.cosigner()).unwrap();
    let known = [one.cosigner(), two.cosigner()];
    assert_eq!(known[0].kind(), KeyKind::CosignatureV1);
    assert_eq!(cosigned(&note, &known), 0);
    assert_eq!(cosigned(&cosigned_note, &known), 1);
    // Told twice, named twice.
    let twice = add(&cosigned_note, &said, &one.cosigner()).unwrap();
    assert_eq!(twice, cosigned_note);
    // Another one's line does not pass for its own.
    assert_eq!(
        add(&note, &said, &two.cosigner()),
        Err(NoteError::NoKnownSignature)
    );
    // A cosignature of another checkpoint.
    let (_, other) = signed(&tree(4).0);
    assert!(matches!(
        add(&other, &said, &one.cosigner()),
        Err(NoteError::BadSignature(_))
    ));
    assert!(add(&note, "", &one.cosigner()).is_err());
    // Lines beside it are not taken along.
    let both = format!("{said}{}", answer(&note, &two, 5).unwrap());
    let lines = Note::parse(&add(&note, &both, &one.cosigner()).unwrap()).unwrap();
    assert_eq!(lines.signatures().len(), 2);
}

proptest! {
    #[test]
    fn every_growth_of_a_log_is_cosigned(old in 0_u64..400, more in 0_u64..400) {
        let (known, _) = tree(old);
        let (new, tiles) = tree(old + more);
        let (checkpoint, asked) = request(old, &new, &tiles);
        let asked = Request::parse(&asked.to_text()).unwrap();
        prop_assert_eq!(extends(&known, &asked, &checkpoint).unwrap(), new);
    }
}
