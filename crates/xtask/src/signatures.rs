//! Signed PDF files before readers that share no code with ours: poppler with NSS, pyHanko, OpenSSL.

use crate::checks;
use crate::command::Call;
use crate::steps::{Failure, Note, Result, While};
use crate::tools;
use crate::tree::Tree;
use std::path::Path;

/// The other implementation, and what it rests on.
const PACKAGES: [&str; 4] = [
    "pyhanko==0.38.0",
    "pyhanko-certvalidator==0.33.0",
    "asn1crypto==1.5.1",
    "cryptography==48.0.0",
];

const JUDGE: &str = include_str!("../signatures/judge.py");

/// Level B-T in reserved fields, in a plain file and in one of object streams; and level B-B in
/// fields that nobody sees.
const SOUND: [&str; 3] = ["signed.pdf", "packed.pdf", "plain.pdf"];
/// The first of them with one byte of the document changed.
const FLIPPED: &str = "flipped.pdf";
const FIELDS: [&str; 2] = ["Borrower", "Institution"];

/// The test of the server in which a borrower of the demo signs, and the documents that it hands out.
const SIGNING: &str = "signing_set::the_borrower_signs_what_was_shown_and_keeps_it";
const CONTRACTS: [&str; 5] = [
    "loan_contract.pdf",
    "guarantee_contract.pdf",
    "debit_authority.pdf",
    "certificate_authority.pdf",
    "purpose_commitment.pdf",
];

/// Signs examples, and has every reader say what it sees.
pub fn run(tree: &Tree) -> Result<Note> {
    let python = tools::venv(tree, "signatures", &PACKAGES).map_err(|failure| {
        Failure::new(failure.to_string()).fix("pip download pyhanko==0.38.0 (is PyPI reachable?)")
    })?;
    let folder = tree.target.join("signatures");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).could_not("clear the signed files")?;
    }
    // The crate by itself first: its faults show before the server is built.
    Call::cargo(tree)
        .args(["run", "--quiet", "--locked", "-p", "xiaobao-pades"])
        .args(["--example", "oracle", "--"])
        .arg(&folder)
        .watched(tree, "signatures-build")?;
    poppler(&folder)?;
    pyhanko(&folder, &python)?;
    openssl(&folder)?;
    contracts(tree, &folder.join("contracts"), &python)?;
    Ok("pdfsig, pyHanko and OpenSSL agree with us".into())
}

/// What the program itself signs for a borrower of the demo, from API call to file.
fn contracts(tree: &Tree, folder: &Path, python: &Path) -> Result<()> {
    std::fs::create_dir(folder).could_not("make a folder for contracts")?;
    checks::nextest(tree)?
        .args(["--test", "it", "-E"])
        .args([format!("test(={SIGNING})")])
        .env("XIAOBAO_TEST_SIGNED", folder)
        .watched(tree, "signatures-contracts")?;
    trusts_root(folder)?;
    for file in CONTRACTS {
        expect(file, &pdfsig(folder, file)?, &TRUSTED)?;
    }
    let judge = Call::new(python).args(["-c", JUDGE, "root.pem"]);
    let said = judge.args(CONTRACTS).dir(folder).text()?;
    let stamped = "INTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>";
    let wanted = CONTRACTS.iter().flat_map(|file| {
        [
            format!(
                "{file}\tBorrower\tvalid\t{stamped},EXTENDED_WITH_FORM_FILLING,ACCEPTABLE_MODIFICATIONS"
            ),
            format!("{file}\tInstitution\tvalid\t{stamped},UNTOUCHED"),
        ]
    });
    match said.lines().eq(wanted) {
        true => Ok(()),
        false => Err(Failure::new(format!("pyHanko said of contracts:\n{said}"))),
    }
}

/// What pdfsig says of a signature that holds.
const TRUSTED: [&str; 2] = ["Signature is Valid.", "Certificate is Trusted."];

/// A fresh store of NSS with the root in it.
fn trusts_root(folder: &Path) -> Result<()> {
    std::fs::create_dir(folder.join("nss")).could_not("make a certificate store")?;
    let certutil = |words: &[&str]| {
        let call = Call::new("certutil").args(words).dir(folder);
        call.args(["-d", "sql:nss"]).text()
    };
    certutil(&["-N", "--empty-password"])?;
    certutil(&["-A", "-n", "root", "-t", ",C,", "-i", "root.pem"])?;
    Ok(())
}

fn poppler(folder: &Path) -> Result<()> {
    trusts_root(folder)?;
    for file in SOUND {
        expect(file, &pdfsig(folder, file)?, &TRUSTED)?;
    }
    expect(FLIPPED, &pdfsig(folder, FLIPPED)?, &["Digest Mismatch."])
}

fn pdfsig(folder: &Path, file: &str) -> Result<Vec<(String, Vec<String>)>> {
    let said = Call::new("pdfsig")
        .args(["-nssdir", "sql:nss", file])
        .env("LC_ALL", "C.UTF-8")
        .dir(folder)
        .text()?;
    Ok(fields(&said))
}

/// What pdfsig says of each field: its validations of signature and certificate.
fn fields(said: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for line in said.lines() {
        let Some((key, value)) = line.trim().trim_start_matches("- ").split_once(": ") else {
            continue;
        };
        match (key, found.last_mut()) {
            ("Signature Field Name", _) => found.push((value.to_owned(), Vec::new())),
            ("Signature Validation" | "Certificate Validation", Some((_, words))) => {
                words.push(value.to_owned());
            }
            _ => {}
        }
    }
    found
}

/// Both fields must be there, in order, each with exactly these words.
fn expect(file: &str, found: &[(String, Vec<String>)], wanted: &[&str]) -> Result<()> {
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    match names == FIELDS && found.iter().all(|(_, words)| words == wanted) {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "{file}: wanted {wanted:?} of {FIELDS:?}, found {found:?}"
        ))),
    }
}

fn pyhanko(folder: &Path, python: &Path) -> Result<()> {
    let said = Call::new(python)
        .args(["-c", JUDGE, "root.pem"])
        .args(SOUND)
        .arg(FLIPPED)
        .dir(folder)
        .text()?;
    let found: Vec<&str> = said.lines().collect();
    let wanted = [
        "signed.pdf\tBorrower\tvalid\tINTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>,\
         EXTENDED_WITH_FORM_FILLING,ACCEPTABLE_MODIFICATIONS",
        "signed.pdf\tInstitution\tvalid\tINTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>,UNTOUCHED",
        "packed.pdf\tBorrower\tvalid\tINTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>,\
         EXTENDED_WITH_FORM_FILLING,ACCEPTABLE_MODIFICATIONS",
        "packed.pdf\tInstitution\tvalid\tINTACT:TRUSTED,TIMESTAMP_TOKEN<INTACT:TRUSTED>,UNTOUCHED",
        "plain.pdf\tBorrower\tvalid\tINTACT:TRUSTED,EXTENDED_WITH_FORM_FILLING,\
         ACCEPTABLE_MODIFICATIONS",
        "plain.pdf\tInstitution\tvalid\tINTACT:TRUSTED,UNTOUCHED",
        "flipped.pdf\tBorrower\tinvalid\tINVALID",
        "flipped.pdf\tInstitution\tinvalid\tINVALID",
    ];
    match found == wanted {
        true => Ok(()),
        false => Err(Failure::new(format!("pyHanko said:\n{said}"))),
    }
}

/// Tokens, chains, revocation and SM2 by the command line of OpenSSL.
fn openssl(folder: &Path) -> Result<()> {
    let chain = ["-CAfile", "root.pem", "-untrusted", "issuing.pem"];
    let revoked = ["-crl_check", "-CRLfile", "revoked.crl.pem"];
    let sm2 = [
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "sm2.pem",
        "-rawin",
        "-digest",
        "sm3",
        "-pkeyopt",
        "distid:1234567812345678",
        "-sigfile",
    ];
    let token = ["ts", "-verify", "-in", "answer.tsr"];
    let sound = [
        [&token[..], &chain, &["-queryfile", "question.tsq"]].concat(),
        [&token[..], &chain, &["-data", "sheet.pdf"]].concat(),
        [
            &["verify", "-x509_strict"][..],
            &chain,
            &["borrower.pem", "seal.pem"],
        ]
        .concat(),
        [&["verify"][..], &chain, &revoked, &["seal.pem"]].concat(),
        [&sm2[..], &["sheet.sm2", "-in", "sheet.pdf"]].concat(),
    ];
    let unsound = [
        [&token[..], &chain, &["-data", "signed.pdf"]].concat(),
        [&["verify"][..], &chain, &revoked, &["borrower.pem"]].concat(),
        [&sm2[..], &["sheet.sm2", "-in", "signed.pdf"]].concat(),
    ];
    for words in &sound {
        Call::new("openssl").args(words).dir(folder).text()?;
    }
    for words in &unsound {
        let call = Call::new("openssl").args(words).dir(folder);
        let line = call.line();
        if call.holds() {
            return Err(Failure::new(format!("`{line}` accepts what it must not")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pdfsig_is_read_line_by_line() {
        let said = "Signature #1:\n  - Signature Field Name: Borrower\n  - Signing Time: Nov 22\n  \
                    - Signature Validation: Signature is Valid.\n  - Certificate Validation: \
                    Certificate is Trusted.\nSignature #2:\n  - Signature Field Name: \
                    Institution\n  - Signature Validation: Digest Mismatch.\n";
        let found = fields(said);
        let words = ["Signature is Valid.", "Certificate is Trusted."];
        assert_eq!(found[0].1, words);
        assert_eq!(found[1].1, ["Digest Mismatch."]);
        assert!(expect("x", &found, &words).is_err());
        assert!(expect("x", &found[..1], &words).is_err());
        let both = [found[0].clone(), ("Institution".into(), found[0].1.clone())];
        assert!(expect("x", &both, &words).is_ok());
    }
}
