//! Passkeys: a device made of arithmetic signs what a browser would.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use xiaobao::access;

use crate::actors::{ANHE, JIANGLAN, Staff};
use crate::app::{Answer, TestApp};
use crate::factors::{asks_of, enrols};

const PASSKEYS: &str = "/api/console/account/passkeys";
const BEGIN: &str = "/api/console/account/passkeys/begin";
const SECOND: &str = "/api/console/session/second-factor";
const PROOF: &str = "/api/console/account/proof";
const ALONE: &str = "/api/console/session/passkey";

/// Present and verified; with a new credential inside.
const SEEN: u8 = 0x05;
/// Present, and not verified.
const PRESENT: u8 = 0x01;
const MADE: u8 = 0x45;

/// A phone that counts its signatures.
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    counter: u32,
    origin: String,
    /// Whom it was made for, once it was.
    handle: Value,
}

impl Device {
    fn of(app: &TestApp, number: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[number; 32]).expect("a key"),
            id: vec![number; 16],
            counter: 0,
            origin: app
                .ctx
                .config
                .public_url()
                .replace("127.0.0.1", "localhost"),
            handle: Value::Null,
        }
    }

    fn said(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["options"]["publicKey"]["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    /// What every answer begins with; the count goes on.
    fn head(&mut self, flags: u8) -> Vec<u8> {
        self.counter += 1;
        let mut head = Sha256::digest(b"localhost").to_vec();
        head.push(flags);
        head.extend(self.counter.to_be_bytes());
        head
    }

    fn makes(&mut self, options: &Value) -> Value {
        let wanted = &options["options"]["publicKey"];
        assert_eq!(wanted["authenticatorSelection"]["residentKey"], "preferred");
        self.handle = wanted["user"]["id"].clone();
        let mut data = self.head(MADE);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(&self.id);
        let point = self.key.verifying_key().to_sec1_point(false);
        // A COSE key: EC2, ES256, P-256, x, y.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().expect("a point"));
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().expect("a point"));
        let mut attested = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attested.push(u8::try_from(data.len()).expect("short"));
        attested.extend(data);
        json!({
            "id": B64.encode(&self.id), "rawId": B64.encode(&self.id), "type": "public-key",
            "response": {
                "attestationObject": B64.encode(attested),
                "clientDataJSON": B64.encode(self.said("webauthn.create", options)),
            },
        })
    }

    fn signs(&mut self, options: &Value) -> Value {
        self.signs_with(SEEN, options)
    }

    /// Answers who nobody was named to: institution, ceremony, and whose it is.
    fn signs_alone(&mut self, flags: u8, asked: &Value) -> Value {
        let mut signed = self.signs_with(flags, asked);
        signed["passkey"]["response"]["userHandle"] = self.handle.clone();
        json!({ "institution": ANHE, "ceremony": asked["ceremony"], "passkey": signed["passkey"] })
    }

    fn signs_with(&mut self, flags: u8, options: &Value) -> Value {
        let data = self.head(flags);
        let said = self.said("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&said));
        let signature: Signature = self.key.sign(&signed);
        json!({ "passkey": {
            "id": B64.encode(&self.id), "rawId": B64.encode(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": B64.encode(data),
                "clientDataJSON": B64.encode(said),
                "signature": B64.encode(signature.to_der()),
                "userHandle": null,
            },
        } })
    }
}

async fn asked(app: &TestApp, staff: &Staff, path: &str) -> Value {
    staff.post(app, path).await.ok().json()
}

/// Adds the device's passkey; answers its id and the recovery codes.
async fn adds(app: &TestApp, staff: &Staff, device: &mut Device) -> (String, Value) {
    let options = asked(app, staff, BEGIN).await;
    let body = json!({ "name": "work phone", "credential": device.makes(&options) });
    let added = staff.posts(app, PASSKEYS, body).await.ok().json();
    let id = added["id"].as_str().expect("an id").to_owned();
    (id, added["codes"].clone())
}

/// The first step of signing in.
async fn half(app: &TestApp, account: &str) -> Staff {
    let password = app.demo.accounts[0].password.clone();
    let answer = Staff::tries(app, ANHE, account, &password).await.ok();
    assert_eq!(answer.json()["stage"], "second_factor");
    Staff {
        cookie: answer.cookie(access::STAFF_COOKIE),
    }
}

async fn second(app: &TestApp, half: &Staff, body: Value) -> Answer {
    half.posts(app, SECOND, body).await
}

#[test]
fn a_passkey_is_the_second_step_and_a_fresh_proof() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let mut phone = Device::of(app, 7);
        let (id, codes) = adds(app, &staff, &mut phone).await;
        assert_eq!(codes.as_array().expect("codes").len(), 10);
        // A second one comes without codes: those of the first still count.
        let (_, codes) = adds(app, &staff, &mut Device::of(app, 8)).await;
        assert_eq!(codes, json!([]));
        let waiting = half(app, "heyun").await;
        let options = asked(app, &waiting, "/api/console/session/second-factor/passkey").await;
        assert_eq!(
            options["options"]["publicKey"]["userVerification"],
            "required"
        );
        let inside = second(app, &waiting, phone.signs(&options)).await.ok();
        assert_eq!(inside.json()["stage"], "full");
        let inside = Staff {
            cookie: inside.cookie(access::STAFF_COOKIE),
        };
        let sessions = inside.get(app, "/api/console/account/sessions").await;
        let sessions = sessions.ok().json();
        let rows = sessions["rows"].as_array().expect("rows");
        let current = rows.iter().find(|row| row["current"] == true);
        assert_eq!(current.expect("its own")["method"], "password_passkey");
        app.advance_ms(6 * 60_000);
        let path = format!("{PASSKEYS}/{id}");
        inside.delete(app, &path).await.refused(403, "proof_needed");
        let options = asked(app, &inside, "/api/console/account/proof/passkey").await;
        let proved = inside.posts(app, PROOF, phone.signs(&options)).await;
        assert_eq!(proved.status.as_u16(), 204);
        let named = inside
            .posts(app, &path, json!({ "name": "old phone" }))
            .await;
        assert_eq!(named.status.as_u16(), 204);
        let account = inside.get(app, "/api/console/account").await.ok().json();
        assert_eq!(account["passkeys"][0]["name"], "old phone");
        assert_eq!(inside.delete(app, &path).await.status.as_u16(), 204);
        inside.delete(app, &path).await.refused(404, "not_found");
    });
}

/// What a browser is asked before anyone is known.
async fn asked_alone(app: &TestApp, institution: &str) -> Answer {
    let body = json!({ "institution": institution });
    app.post("/api/console/session/passkey/begin", &body).await
}

#[test]
fn a_passkey_alone_signs_in_whomever_its_device_made_sure_of() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let staff = Staff::signs_in(app, "heyun").await;
        let heyun = admin.colleague(app, "heyun").await;
        let mut phone = Device::of(app, 7);
        adds(app, &staff, &mut phone).await;
        asks_of(app, &staff, "everyone").await;
        let asked = asked_alone(app, ANHE).await.ok().json();
        let options = &asked["options"]["publicKey"];
        assert_eq!(options["userVerification"], "required");
        assert_eq!(options["allowCredentials"], json!([]));
        let answer = phone.signs_alone(SEEN, &asked);
        let inside = app.post(ALONE, &answer).await.ok();
        assert_eq!(inside.json()["stage"], "full");
        assert_eq!(inside.json()["staff"]["account"], "heyun");
        let sworn = app.fact(&heyun, "access.signed_in.v2").await;
        assert_eq!(sworn["method"], "passkey");
        let inside = Staff {
            cookie: inside.cookie(access::STAFF_COOKIE),
        };
        inside.get(app, "/api/console/journeys").await.ok();
        // Of fifty at once one enters; what was answered is no answer any more.
        let asked = asked_alone(app, ANHE).await.ok().json();
        let answer = phone.signs_alone(SEEN, &asked);
        let all = futures::future::join_all((0..50).map(|_| app.post(ALONE, &answer))).await;
        let entered = all.iter().filter(|answer| answer.status.as_u16() == 200);
        assert_eq!(entered.count(), 1);
        let refused = async |answer: &Value| {
            app.post(ALONE, answer)
                .await
                .refused(401, "passkey_unknown");
        };
        refused(&answer).await;
        // Nobody was made sure of; the answer to another question; somebody else's name; a device nobody knows.
        let fresh = async || asked_alone(app, ANHE).await.ok().json();
        refused(&phone.signs_alone(PRESENT, &fresh().await)).await;
        let (one, other) = (fresh().await, fresh().await);
        let mut mixed = phone.signs_alone(SEEN, &one);
        mixed["ceremony"] = other["ceremony"].clone();
        refused(&mixed).await;
        let mut unnamed = phone.signs_alone(SEEN, &fresh().await);
        for handle in [Value::Null, json!(B64.encode([1; 16]))] {
            unnamed["passkey"]["response"]["userHandle"] = handle;
            refused(&unnamed).await;
        }
        let mut stranger = Device::of(app, 8);
        stranger.handle = phone.handle.clone();
        refused(&stranger.signs_alone(SEEN, &fresh().await)).await;
        stranger.id = phone.id.clone();
        stranger.counter = 1_000;
        refused(&stranger.signs_alone(SEEN, &fresh().await)).await;
        // At another institution it is nobody's.
        let theirs = asked_alone(app, JIANGLAN).await.ok().json();
        let mut answer = phone.signs_alone(SEEN, &theirs);
        answer["institution"] = json!(JIANGLAN);
        refused(&answer).await;
        let nowhere = asked_alone(app, "nobody").await;
        nowhere.refused(401, "passkey_unknown");
        // Too late, and when the person is kept out.
        let asked = fresh().await;
        app.advance_ms(5 * 60_000);
        refused(&phone.signs_alone(SEEN, &asked)).await;
        let admin = Staff::signs_in(app, "luyuan").await;
        let enrolled = enrols(app, &admin).await;
        drop(enrolled);
        let path = format!("/api/console/staff/{heyun}/disable");
        assert_eq!(admin.post(app, &path).await.status.as_u16(), 204);
        refused(&phone.signs_alone(SEEN, &fresh().await)).await;
    });
}

#[test]
fn a_copy_that_signs_in_alone_is_noticed_and_shut_out() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let admin = Staff::signs_in(app, "jiangtong").await;
        let heyun = admin.colleague(app, "heyun").await;
        let mut phone = Device::of(app, 7);
        let (passkey, _) = adds(app, &staff, &mut phone).await;
        let mut copy = Device::of(app, 7);
        (copy.counter, copy.handle) = (phone.counter, phone.handle.clone());
        for _ in 0..2 {
            let asked = asked_alone(app, ANHE).await.ok().json();
            let answer = phone.signs_alone(SEEN, &asked);
            app.post(ALONE, &answer).await.ok();
        }
        for device in [&mut copy, &mut phone] {
            let asked = asked_alone(app, ANHE).await.ok().json();
            let answer = device.signs_alone(SEEN, &asked);
            let refused = app.post(ALONE, &answer).await;
            refused.refused(401, "passkey_unknown");
        }
        assert_eq!(app.facts(&heyun, "access.passkey_copied.v1").await, 1);
        let fact = app.fact(&heyun, "access.passkey_copied.v1").await;
        assert_eq!(fact["passkey"], passkey.as_str());
    });
}

#[test]
fn an_answer_is_good_for_one_question_of_one_session() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let mut phone = Device::of(app, 7);
        let begun = asked(app, &staff, BEGIN).await;
        // Somewhere else, or to another question: not kept, and the question is over.
        let mut elsewhere = Device::of(app, 9);
        elsewhere.origin = "https://evil.example".to_owned();
        let body = json!({ "name": "x", "credential": elsewhere.makes(&begun) });
        let tried = staff.posts(app, PASSKEYS, body).await;
        tried.refused(409, "second_factor_wrong");
        let body = json!({ "name": "x", "credential": phone.makes(&begun) });
        let tried = staff.posts(app, PASSKEYS, body).await;
        tried.refused(409, "passkey_too_late");
        adds(app, &staff, &mut phone).await;
        let path = "/api/console/session/second-factor/passkey";
        let (one, other) = (half(app, "heyun").await, half(app, "heyun").await);
        let options = asked(app, &one, path).await;
        let foreign = asked(app, &other, path).await;
        let wrong = async |who: &Staff, body: Value| {
            second(app, who, body)
                .await
                .refused(409, "second_factor_wrong")
        };
        wrong(&one, phone.signs(&foreign)).await;
        // The question was used up by the wrong answer.
        wrong(&one, phone.signs(&options)).await;
        let options = asked(app, &one, path).await;
        wrong(&one, Device::of(app, 8).signs(&options)).await;
        let options = asked(app, &one, path).await;
        let mut unsigned = phone.signs(&options);
        unsigned["passkey"]["response"]["signature"] = json!(B64.encode([0; 70]));
        wrong(&one, unsigned).await;
        let body = json!({ "passkey": { "id": "x" } });
        second(app, &one, body)
            .await
            .refused(422, "invalid_request");
        let answer = phone.signs(&foreign);
        second(app, &other, answer.clone()).await.ok();
        let again = half(app, "heyun").await;
        wrong(&again, answer).await;
        // Too late.
        let late = half(app, "heyun").await;
        let options = asked(app, &late, path).await;
        app.advance_ms(5 * 60_000);
        second(app, &late, phone.signs(&options))
            .await
            .refused(401, "session_expired");
    });
}

#[test]
fn a_copied_device_counts_backwards_and_opens_nothing_any_more() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let id = Staff::signs_in(app, "jiangtong")
            .await
            .colleague(app, "heyun")
            .await;
        let mut phone = Device::of(app, 7);
        let (passkey, codes) = adds(app, &staff, &mut phone).await;
        let path = "/api/console/session/second-factor/passkey";
        let mut copy = Device::of(app, 7);
        copy.counter = phone.counter;
        for _ in 0..2 {
            let waiting = half(app, "heyun").await;
            let options = asked(app, &waiting, path).await;
            second(app, &waiting, phone.signs(&options)).await.ok();
        }
        let waiting = half(app, "heyun").await;
        let options = asked(app, &waiting, path).await;
        second(app, &waiting, copy.signs(&options))
            .await
            .refused(409, "second_factor_wrong");
        let fact = app.fact(&id, "access.passkey_copied.v1").await;
        assert_eq!(fact["passkey"], passkey.as_str());
        let account = staff.get(app, "/api/console/account").await.ok().json();
        assert_eq!(account["passkeys"][0]["suspected"], true);
        // Nobody knows which of the two is the owner's, so neither opens.
        let waiting = Staff::tries(app, ANHE, "heyun", &app.demo.accounts[0].password).await;
        assert_eq!(waiting.ok().json()["stage"], "second_factor");
        let waiting = half(app, "heyun").await;
        waiting
            .post(app, path)
            .await
            .refused(409, "passkey_none_here");
        let body = json!({ "recovery_code": codes[0] });
        second(app, &waiting, body).await.ok();
    });
}

#[test]
fn a_passkey_is_its_owner_s_alone() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let mut phone = Device::of(app, 7);
        let (id, _) = adds(app, &staff, &mut phone).await;
        let path = format!("{PASSKEYS}/{id}");
        for stranger in ["shenqiao", "baolu"] {
            let stranger = Staff::signs_in(app, stranger).await;
            let named = stranger.posts(app, &path, json!({ "name": "mine" })).await;
            named.refused(404, "not_found");
            stranger.delete(app, &path).await.refused(404, "not_found");
            stranger
                .post(app, "/api/console/account/proof/passkey")
                .await
                .refused(409, "passkey_none_here");
        }
        for (name, code) in [
            ("", "invalid_request"),
            (&*"长".repeat(51), "invalid_request"),
        ] {
            let body = json!({ "name": name });
            staff
                .send(app, Method::POST, &path, Some(&body))
                .await
                .refused(422, code);
        }
        // The same device again.
        let options = asked(app, &staff, BEGIN).await;
        let body = json!({ "name": "again", "credential": phone.makes(&options) });
        let again = staff.posts(app, PASSKEYS, body).await;
        assert_eq!(again.status.as_u16(), 409);
        // Two administrators take all factors away, passkeys too.
        let admin = Staff::signs_in(app, "jiangtong").await;
        let person = admin.colleague(app, "heyun").await;
        let change = format!("/api/console/staff/{person}/changes");
        let proposed = admin
            .posts(app, &change, json!({ "kind": "second_factor" }))
            .await;
        let change = proposed.ok().json()["change"]
            .as_str()
            .expect("an id")
            .to_owned();
        let other = Staff::signs_in(app, "luyuan").await;
        let path = format!("/api/console/staff-changes/{change}/approve");
        other.post(app, &path).await.ok();
        let password = app.demo.accounts[0].password.clone();
        let inside = Staff::tries(app, ANHE, "heyun", &password).await.ok();
        assert_eq!(inside.json()["stage"], "full");
    });
}
