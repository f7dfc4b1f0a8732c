use pades::sm2::{Sm2Key, digest, holds, read_public_key};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// GB/T 32918.5-2017, annex A: the signature of 'message digest'.
const SECRET: &str = "3945208F 7B2144B1 3F36E38A C6D39F95 88939369 2860B51A 42FB81EF 4DF7C5B8";
const X: &str = "09F9DF31 1E5421A1 50DD7D16 1E4BC5C6 72179FAD 1833FC07 6BB08FF3 56F35020";
const Y: &str = "CCEA490C E26775A5 2DC6EA71 8CC1AA60 0AED05FB F35E084A 6632F607 2DA9AD13";
const R: &str = "F5A03B06 48D2C463 0EEAC513 E1BB81A1 5944DA38 27D5B741 43AC7EAC EEE720B3";
const S: &str = "B1B6AA29 DF212FD8 763182BC 0D421CA1 BB9038FD 1F7F42D4 840B69C4 85BBC1AA";

#[test]
fn the_standards_own_example_holds() {
    let secret: [u8; 32] = hex(SECRET).try_into().unwrap();
    let key = Sm2Key::new(&secret).unwrap();
    let public = [vec![4], hex(X), hex(Y)].concat();
    assert_eq!(key.public_key(), public);
    // Both numbers begin with a high bit, so each takes 33 bytes in DER.
    let signature = [hex("3046022100"), hex(R), hex("022100"), hex(S)].concat();
    assert!(holds(&public, b"message digest", &signature));
    assert!(!holds(&public, b"message digesu", &signature));
    let mut flipped = signature;
    flipped[20] ^= 1;
    assert!(!holds(&public, b"message digest", &flipped));
}

#[test]
fn what_is_signed_holds_under_its_key_only() {
    let key = Sm2Key::new(&[7; 32]).unwrap();
    let other = Sm2Key::new(&[8; 32]).unwrap();
    let signature = key.sign(b"document").unwrap();
    assert!(holds(&key.public_key(), b"document", &signature));
    assert!(!holds(&other.public_key(), b"document", &signature));
    assert!(!holds(&[4; 65], b"document", &signature));
    assert!(!holds(&key.public_key(), b"document", b"no signature"));
    assert!(Sm2Key::new(&[0; 32]).is_err());
    assert!(Sm2Key::new(&[0xff; 32]).is_err());
}

/// GB/T 32918.5-2017, annex A: e of 'message digest'.
const E: &str = "F0B43E94 BA45ACCA ACE692ED 534382EB 17E6AB5A 19CE7B31 F4486FDF C0D28640";

#[test]
fn who_signs_needs_the_digest_and_no_more() {
    let secret: [u8; 32] = hex(SECRET).try_into().unwrap();
    let key = Sm2Key::new(&secret).unwrap();
    let info = key.public_key_info();
    let e = digest(&info, b"message digest").unwrap();
    assert_eq!(e.to_vec(), hex(E));
    assert_eq!(digest(&key.public_key(), b"message digest"), Some(e));
    let signature = key.sign_digest(&e).unwrap();
    assert!(holds(&info, b"message digest", &signature));
    assert!(!holds(&info, b"message digesu", &signature));
    assert_eq!(digest(&info[1..], b"message digest"), None);
}

#[test]
fn a_key_in_pem_is_one_key_on_the_curve() {
    let secret: [u8; 32] = hex(SECRET).try_into().unwrap();
    let info = Sm2Key::new(&secret).unwrap().public_key_info();
    let pem = pades::pem::armour("PUBLIC KEY", &info);
    assert_eq!(read_public_key(&pem), Some(info.clone()));
    let mut off = info;
    *off.last_mut().unwrap() ^= 1;
    for wrong in [
        String::new(),
        format!("{pem}{pem}"),
        pades::pem::armour("PUBLIC KEY", &off),
        pades::pem::armour("CERTIFICATE", b"x"),
    ] {
        assert_eq!(read_public_key(&wrong), None, "{wrong}");
    }
}
