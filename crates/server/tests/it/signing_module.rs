//! A seal whose key lies in a real PKCS #11 module (SoftHSM), and SM2 signatures that OpenSSL checks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pades::{Authority, Order, PrivateKey, Subject, Usage, Validity};
use serde_json::{Value, json};
use xiaobao::config::{SealModule, Sm2};

use crate::actors::{ANHE, Borrower};
use crate::app::TestApp;
use crate::signing_services::Services;
use crate::signing_set::{authorises, prepared, set, trust};

const LIBRARY: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// Where the module's folder is, for the process that knows its settings.
const FOLDER: &str = "XIAOBAO_TEST_MODULE";
const YEARS: Validity = Validity {
    not_before_s: 1_767_225_600,
    not_after_s: 2_398_377_600,
};
const PIN: &str = "648219";

fn run(program: &str, words: &[&str], folder: &Path) -> Vec<u8> {
    let output = Command::new(program)
        .args(words)
        .current_dir(folder)
        .env("SOFTHSM2_CONF", folder.join("softhsm2.conf"))
        .output()
        .expect(program);
    assert!(output.status.success(), "{program} {words:?}: {output:?}");
    output.stdout
}

/// A token with one key, and the key's certificate beside it.
fn module(folder: &Path, key: &[&str]) {
    fs::create_dir(folder.join("tokens")).expect("a folder");
    let conf = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\n",
        folder.join("tokens").display()
    );
    fs::write(folder.join("softhsm2.conf"), conf).expect("a file");
    let init = ["--init-token", "--free", "--label", "anhe", "--pin", PIN];
    let util = |words: &[&str]| run("softhsm2-util", words, folder);
    util(&[&init[..], &["--so-pin", "73918264"]].concat());
    let made = [&["genpkey", "-out", "key.pem"], key].concat();
    run("openssl", &made, folder);
    let import = ["--import", "key.pem", "--token", "anhe", "--label", "seal"];
    util(&[&import[..], &["--id", "01", "--pin", PIN]].concat());
    let public = ["pkey", "-in", "key.pem", "-pubout", "-outform", "DER"];
    let public_key = run("openssl", &public, folder);
    fs::remove_file(folder.join("key.pem")).expect("the key is in the module alone");
    for _ in 0..2 {
        let twin = ["--init-token", "--free", "--label", "twin", "--pin", PIN];
        util(&[&twin[..], &["--so-pin", "73918264"]].concat());
    }
    let root = PrivateKey::p256(&[7; 32]).expect("a key");
    let root = Authority::root(root, &Subject::named("Test root"), [1; 16], YEARS).expect("a root");
    let order = Order {
        subject: &Subject::named("安禾消费金融"),
        usage: Usage::Seal,
        public_key: &public_key,
        serial: [2; 16],
        validity: YEARS,
        uris: &[],
    };
    let chain = root.issue(&order).expect("a certificate");
    let pem: String = chain.iter().map(pades::to_pem).collect();
    fs::write(folder.join("seal.pem"), pem).expect("a file");
    fs::write(folder.join("pin"), "000000").expect("a file");
}

/// The module's library reads its settings from the environment of the process, so the act has one of its own.
fn acted_in_a_process_of_its_own(name: &str, key: &[&str]) {
    let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    fs::create_dir(&folder).expect("a new folder");
    module(&folder, key);
    let act = format!("signing_module::{ACT}");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args([act.as_str(), "--exact", "--ignored", "--nocapture"])
        .env("SOFTHSM2_CONF", folder.join("softhsm2.conf"))
        .env(FOLDER, &folder)
        .output()
        .expect("this program again");
    fs::remove_dir_all(&folder).expect("the folder is ours");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const ACT: &str = "a_document_bears_the_seal_of_the_module";

#[test]
fn a_seal_in_a_module_is_set_with_its_elliptic_key() {
    let curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    acted_in_a_process_of_its_own("seal-ec", &curve);
}

#[test]
fn a_seal_in_a_module_is_set_with_its_rsa_key() {
    let bits = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    acted_in_a_process_of_its_own("seal-rsa", &bits);
}

#[test]
#[ignore = "run by the tests above, in a process that knows the module's settings"]
fn a_document_bears_the_seal_of_the_module() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("a module"));
    TestApp::run(async |app| {
        let sealed = pades::read_pem(&fs::read_to_string(folder.join("seal.pem")).expect("PEM"));
        let sealed = sealed.expect("certificates");
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = &opened.id;
        authorises(&borrower, app, id).await;

        // A library that hangs costs one thread, however often it is asked.
        for _ in 0..2 {
            let hangs = place(&folder, &hanging(&folder), "anhe");
            assert_eq!(tries(app, id, hangs).await, "signing_service_down");
        }
        assert_eq!(threads(), 1);
        // It holds nobody else's seals: from here on the other library is asked. Beside a service outside its anchors count, and
        // the seal's own root is none of them.
        let pin = |digits: &str| fs::write(folder.join("pin"), digits).expect("a file");
        pin(PIN);
        let services = Services::open(app).await;
        let named = services.named();
        app.reconfigure(|config| config.signing.services = vec![named])
            .await;
        let right = place(&folder, Path::new(LIBRARY), "anhe");
        let why = tries(app, id, right.clone()).await;
        assert_eq!(why, "signature_not_verified");
        app.reconfigure(|config| config.signing.services.clear())
            .await;
        // Of two tokens of a name none is meant.
        let twins = place(&folder, Path::new(LIBRARY), "twin");
        assert_eq!(tries(app, id, twins).await, "signing_service_down");
        // Another PIN than the token's is tried once, and then nobody is asked for a certificate.
        pin("000000");
        let started = "signing.started.v1";
        for more in [1, 0] {
            let before = app.facts(id, started).await;
            let why = tries(app, id, right.clone()).await;
            assert_eq!(why, "signing_service_down");
            assert_eq!(app.facts(id, started).await - before, more);
        }
        assert_eq!(set(&borrower, app).await["delayed"], json!(true));
        pin(&format!("{PIN}\n"));
        app.settle().await;

        let pdf = first_signed(app, &borrower, id).await;
        let mut trusted = trust(app).await;
        trusted.anchors.push(sealed[1].clone());
        let now_s = app.ctx.clock.now_ms() / 1_000;
        let report = pades::verify(&pdf, &trusted, now_s).expect("a report");
        assert!(report.holds(), "{report:?}");
        let by = report.field("Institution").expect("a seal").signer.as_ref();
        let by = by.expect("a signer");
        assert_eq!(by.fingerprint(), sealed[0].fingerprint());
        // The house's own root alone vouches for no other seal.
        let own = pades::verify(&pdf, &trust(app).await, now_s).expect("a report");
        assert!(!own.holds());
    });
}

fn place(folder: &Path, library: &Path, token: &str) -> SealModule {
    SealModule {
        institution: ANHE.to_owned(),
        library: library.to_owned(),
        token: token.to_owned(),
        key: "seal".to_owned(),
        pin_file: folder.join("pin"),
        chain: folder.join("seal.pem"),
    }
}

/// Lets the next try be made with a seal that fails, and says why it was given up.
async fn tries(app: &mut TestApp, case: &str, seal: SealModule) -> String {
    app.reconfigure(|config| {
        config.signing.timeout_seconds = 2;
        config.signing.seals = vec![seal];
    })
    .await;
    let before = app.facts(case, "signing.abandoned.v1").await;
    app.run_jobs().await;
    assert_eq!(app.facts(case, "signing.abandoned.v1").await, before + 1);
    let abandoned = app.fact(case, "signing.abandoned.v1").await;
    app.advance_ms(200_000);
    abandoned["why"].as_str().expect("a code").to_owned()
}

/// A library that never answers, not even which functions it has.
fn hanging(folder: &Path) -> PathBuf {
    let library = folder.join("hangs.so");
    if !library.exists() {
        let text = "#[no_mangle] pub extern \"C\" fn C_GetFunctionList(_: *mut *mut u8) -> u64 { loop { std::thread::park() } }";
        fs::write(folder.join("hangs.rs"), text).expect("a file");
        let words = ["--crate-type", "cdylib", "-o", "hangs.so", "hangs.rs"];
        run("rustc", &words, folder);
    }
    library
}

/// Threads of this process that serve a library.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("threads");
    let names = tasks.map(|task| fs::read_to_string(task.expect("one").path().join("comm")));
    names
        .filter(|name| name.as_ref().is_ok_and(|name| name.trim() == "pkcs11"))
        .count()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().expect("hex").as_bytes();
    let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).expect("hex"), 16);
    let two_by_two = digits.chunks(2).map(|two| byte(two).expect("hex"));
    two_by_two.collect()
}

async fn first_signed(app: &TestApp, borrower: &Borrower, case: &str) -> Vec<u8> {
    let signed = app.fact(case, "signing.signed.v1").await;
    let digest = signed["documents"][0]["signed_sha256"].as_str();
    let path = format!("/api/h5/documents/{}", digest.expect("a digest"));
    borrower.get(app, &path).await.ok().bytes
}

#[test]
fn sm2_signatures_stand_beside_every_document_and_openssl_accepts_them() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.signing.sm2 = Sm2::Beside)
            .await;
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = &opened.id;
        authorises(&borrower, app, id).await;
        app.settle().await;
        let beside = app.fact(id, "signing.signed_beside.v2").await;
        let signed = app.fact(id, "signing.signed.v1").await;
        let documents = signed["documents"].as_array().expect("documents");
        assert_eq!(
            beside["documents"].as_array().expect("documents").len(),
            documents.len()
        );
        assert_eq!(beside["origin"], "embedded");
        let first = &beside["documents"][0];
        assert_eq!(first["signed_sm3"], documents[0]["signed_sm3"]);
        let pdf = first_signed(app, &borrower, id).await;
        fs::write(app.folder.join("signed.pdf"), &pdf).expect("a file");
        fs::write(app.folder.join("signed.sm2"), bytes(&first["signature"])).expect("a file");
        let key = pades::pem::armour("PUBLIC KEY", &bytes(&beside["public_key"]));
        fs::write(app.folder.join("sm2.pem"), key).expect("a file");
        let checked = "pkeyutl -verify -pubin -inkey sm2.pem -rawin -digest sm3 -pkeyopt distid:1234567812345678 -sigfile signed.sm2 -in signed.pdf";
        let words: Vec<&str> = checked.split(' ').collect();
        run("openssl", &words, &app.folder);
        let mut other = pdf;
        other.push(b'\n');
        assert!(!pades::sm2::holds(
            &bytes(&beside["public_key"]),
            &other,
            &bytes(&first["signature"])
        ));
    });
}

#[test]
fn without_sm2_nobody_swears_to_it() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        authorises(&borrower, app, &opened.id).await;
        app.settle().await;
        assert_eq!(app.facts(&opened.id, "signing.signed.v1").await, 1);
        assert_eq!(app.facts(&opened.id, "signing.signed_beside.v2").await, 0);
    });
}
