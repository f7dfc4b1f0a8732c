//! Ids that exist, for tests that try them on behalf of somebody else.

use serde_json::json;
use xiaobao::access::{self, NewStaff, Right};
use xiaobao::identity;
use xiaobao::ledger::{self, Seat};
use xiaobao::suitability;
use xiaobao::vault::{self, ItemKind, Private};

use crate::actors::{Someone, Staff, institution_id};
use crate::app::TestApp;

/// Ids of one institution, of every kind that stands in addresses.
pub struct Living {
    pub product: String,
    pub notice: String,
    pub template: String,
    pub roster: String,
    pub review: String,
    pub key: String,
    pub journey: String,
    pub endpoint: String,
    pub delivery: String,
    pub digest: String,
    pub subject: String,
    pub hold: String,
    pub colleague: String,
    pub role: String,
}

impl Living {
    pub fn all(&self) -> [&str; 14] {
        [
            &self.product,
            &self.notice,
            &self.template,
            &self.roster,
            &self.review,
            &self.key,
            &self.journey,
            &self.endpoint,
            &self.delivery,
            &self.digest,
            &self.subject,
            &self.hold,
            &self.colleague,
            &self.role,
        ]
    }

    /// A route's path with ids that live.
    pub fn filled(&self, path: &str) -> String {
        let ids = [
            ("/products/", &self.product),
            ("/notices/", &self.notice),
            ("/contract-templates/", &self.template),
            ("/roster/", &self.roster),
            ("/reviews/", &self.review),
            ("/keys/", &self.key),
            ("/webhooks/", &self.endpoint),
            ("/subjects/", &self.subject),
            ("/journeys/", &self.journey),
            ("/credit-authority/", &self.journey),
            ("/identity/", &self.journey),
            ("/accounts/", &self.journey),
            ("/staff/", &self.colleague),
            ("/roles/", &self.role),
            ("/documents/", &self.journey),
            ("/loans/", &self.journey),
        ];
        let (_, id) = ids
            .iter()
            .find(|(part, _)| path.contains(part))
            .unwrap_or_else(|| panic!("{path}: of what kind is its id?"));
        let filled = path
            .replace("{id}", id)
            .replace("{journey}", id)
            .replace("{no}", "1")
            .replace("{number}", "1")
            .replace("{digest}", &self.digest)
            .replace("{hold}", &self.hold)
            .replace("{delivery}", &self.delivery);
        assert!(!filled.contains('{'), "{filled}");
        filled
    }
}

/// Somebody with every right: what they don't find, no right could show.
pub async fn of_all_trades(app: &TestApp, institution: &str) -> Staff {
    let id = institution_id(app, institution).await;
    let new = NewStaff {
        account: "everything".to_owned(),
        name: "全能".to_owned(),
        badge: "X-1".to_owned(),
        password: Private::new("a long password".to_owned()),
        rights: Right::ALL.to_vec(),
        roles: Vec::new(),
    };
    let added = access::add_staff(&app.ctx, &Seat::system(&id, "test"), new).await;
    added.expect("a member of staff");
    let answer = Staff::tries(app, institution, "everything", "a long password").await;
    Staff {
        cookie: answer.ok().cookie(access::STAFF_COOKIE),
    }
}

/// The person of a case would rather be seen by staff, and has no income that anyone could see.
pub async fn waits_for_staff(app: &TestApp, institution: &str, case: &str) {
    let id = institution_id(app, institution).await;
    let view = app.ctx.db.read(&id).await.expect("a view");
    let phone = Someone::adult(1).phone;
    let found = vault::search(&app.ctx, &view, ItemKind::Phone, &phone).await;
    let subject = found.expect("a search").remove(0);
    drop(view);
    let seat = Seat::system(&id, "test");
    let mut tx = ledger::begin(&app.ctx, &seat).await.expect("a write");
    identity::ask_person(&mut tx, case, &subject, identity::Route::Counter)
        .await
        .expect("asked");
    let number = Private::from("6222020200112233446");
    let card_version = vault::keep(&mut tx, (&subject, case), ItemKind::BankCard, &number)
        .await
        .expect("kept");
    let account = identity::Account {
        case,
        subject: &subject,
        card_version,
        masked: "**** 3446",
    };
    identity::ask_card(&mut tx, account).await.expect("asked");
    let answers = json!({ "occupation": "farmer", "monthly_income": 0, "monthly_debts": 0, "purpose": "home" });
    let declare = suitability::Declare {
        case,
        subject: &subject,
        age: 48,
        burden: suitability::Burden {
            principal: 1,
            instalment: 1,
        },
        declaration: &serde_json::from_value(answers).expect("a declaration"),
    };
    suitability::declare(&mut tx, declare)
        .await
        .expect("declared");
    ledger::commit_recorded(tx).await.expect("committed");
}
