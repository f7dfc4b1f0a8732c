//! Thresholds that stop a product, or a single loan of it.

use serde_json::{Value, json};
use xiaobao::id::InstitutionId;
use xiaobao::ledger::Seat;
use xiaobao::vault::Private;
use xiaobao::{access, product};

use crate::actors::{Partner, Someone, journey_of};
use crate::app::TestApp;

/// A small-loan lender of its own, whose ceiling blocks: proposer, approver and key.
struct SmallLender {
    institution: InstitutionId,
    proposer: access::Staff,
    approver: access::Staff,
    key: Partner,
}

impl SmallLender {
    async fn found(app: &TestApp) -> Self {
        let new = access::NewInstitution {
            code: "xiaoe".to_owned(),
            name: "小额（测试）".to_owned(),
            short_name: "小额".to_owned(),
            hotline: "400-000-0001".to_owned(),
            kind: access::InstitutionKind::SmallLoan,
        };
        let institution = access::found_institution(&app.ctx, new)
            .await
            .expect("founded")
            .id;
        let seat = Seat::system(&institution, "test");
        let password = Private::from("a long password");
        let mut staff = Vec::new();
        for account in ["proposer", "approver"] {
            let new = access::NewStaff {
                account: account.to_owned(),
                name: account.to_owned(),
                badge: account.to_owned(),
                password: password.clone(),
                rights: access::Right::ALL.to_vec(),
                roles: vec![],
            };
            access::add_staff(&app.ctx, &seat, new)
                .await
                .expect("added");
            let signed_in = access::sign_in(&app.ctx, "xiaoe", account, &password).await;
            staff.push(signed_in.expect("signs in").0);
        }
        let [proposer, approver] = staff.try_into().expect("two");
        let (_, secret) =
            access::issue_api_key(&app.ctx, &seat, &access::NewApiKey::for_all("test"))
                .await
                .expect("a key");
        let key = Partner {
            key: secret.expose().clone(),
        };
        Self {
            institution,
            proposer,
            approver,
            key,
        }
    }

    /// Proposes a loan with a fixed fee (fen a period) and has it approved.
    async fn offers(&self, app: &TestApp, code: &str, fee: i64) -> Result<(), String> {
        let mut json: Value =
            serde_json::from_str(include_str!("../../demo/jiyong.json")).expect("JSON");
        json["example"]["items"][0]["charge"]["amount"] = json!(fee);
        for party in [0, 1] {
            json["example"]["parties"][party]["name"] = json!("小额（测试）");
        }
        let proposal = product::Proposal {
            code: code.to_owned(),
            definition: serde_json::from_value(json).expect("a definition"),
        };
        let proposer = &self.proposer;
        let version = product::propose(&app.ctx, proposer, &proposal)
            .await
            .expect("proposed");
        let approved =
            product::approve(&app.ctx, &self.approver, &version.product, version.number).await;
        approved.map(drop).map_err(|error| error.code().to_owned())
    }
}

#[test]
fn a_ceiling_that_blocks_stops_the_product_and_the_single_loan() {
    TestApp::run(async |app| {
        let lender = SmallLender::found(app).await;
        assert_eq!(
            lender.offers(app, "dear", 20_000).await,
            Err("ceiling_blocked".to_owned())
        );
        assert_eq!(lender.offers(app, "fair", 1_000).await, Ok(()));
        // 10 yuan a month is little on 10,000 yuan and a lot on 1,000.
        let ask = |principal: i64| json!({ "principal": principal, "periods": 12 });
        let blocked = journey_of(&Someone::adult(1), "fair", ask(100_000));
        lender
            .key
            .asks(app, "blocked", &blocked)
            .await
            .refused(409, "ceiling_blocked");
        let blocked = journey_of(&Someone::adult(1), "dear", ask(1_000_000));
        lender
            .key
            .asks(app, "draft", &blocked)
            .await
            .refused(409, "product_not_released");
        let opened = lender
            .key
            .opens(app, &Someone::adult(1), "fair", Value::Null)
            .await;
        let path = format!("/v1/journeys/{}/loan", opened.id);
        lender
            .key
            .post(app, &path, &ask(100_000))
            .await
            .refused(409, "ceiling_blocked");
        // The refused price left nothing behind, so a fair one still fits.
        let priced = lender
            .key
            .post(app, &path, &ask(1_000_000))
            .await
            .ok()
            .json();
        assert_eq!(priced["state"], "open");
        let log = xiaobao::ledger::log_state(&app.ctx, &lender.institution)
            .await
            .expect("a log");
        assert!(log.size >= 0 && log.origin.ends_with("/log/xiaoe"));
    });
}
