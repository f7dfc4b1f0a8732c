//! The vault by its door: items kept and opened, grants that end.

use xiaobao::id::InstitutionId;
use xiaobao::ledger::{self, Seat, Tx};
use xiaobao::vault::{
    self, Basis, EndReason, ItemKind, Person, Private, Purpose, Subject, SubjectId,
};

use crate::actors::{ANHE, JIANGLAN, Someone, institution_id};
use crate::app::{Site, TestApp};

/// A card number with its right check digit; nobody's.
const CARD: &str = "6222020000000123455";
const A_DAY_MS: i64 = 86_400_000;

impl Someone {
    pub fn person(&self) -> Person {
        Person {
            name: self.name.as_str().into(),
            id_number: self.id_number.as_str().into(),
            phone: self.phone.as_str().into(),
        }
    }
}

async fn begin(site: &Site, institution: &InstitutionId) -> Tx {
    ledger::begin(&site.ctx, &Seat::system(institution, "test"))
        .await
        .expect("a transaction")
}

async fn enrolled(site: &Site, institution: &InstitutionId, someone: &Someone) -> Subject {
    let mut tx = begin(site, institution).await;
    let subject = vault::enrol(&mut tx, &someone.person(), "jny_vault").await;
    ledger::commit_recorded(tx).await.expect("kept");
    subject.expect("enrolled")
}

/// Keeps one item and answers the refusal's code, or how the wrong field is called.
async fn keeps(
    site: &Site,
    institution: &InstitutionId,
    subject: &SubjectId,
    kind: ItemKind,
    value: &str,
) -> Result<(), String> {
    let mut tx = begin(site, institution).await;
    vault::keep(&mut tx, (subject, "jny_vault"), kind, &Private::from(value))
        .await
        .map_err(|error| error.to_string())?;
    match ledger::commit_recorded(tx).await {
        Err(error) if error.to_string().contains("without evidence") => Err("unchanged".to_owned()),
        outcome => outcome.map_err(|error| error.to_string()),
    }
}

async fn opens(
    site: &Site,
    institution: &InstitutionId,
    subject: &SubjectId,
    kind: ItemKind,
    purpose: Purpose,
) -> Result<String, &'static str> {
    let mut tx = begin(site, institution).await;
    let value = vault::open(&mut tx, subject, "jny_vault", kind, purpose)
        .await
        .map_err(|error| error.code())?;
    ledger::commit_recorded(tx).await.expect("recorded");
    Ok(value.expose().clone())
}

#[test]
fn an_item_is_kept_in_one_spelling_and_replaced_by_a_newer_one() {
    TestApp::run(async |app| {
        let anhe = institution_id(app, ANHE).await;
        let id = enrolled(app, &anhe, &Someone::adult(1)).await.id;
        let (card, case) = (ItemKind::BankCard, id.to_string());
        let grouped = format!("{} {}", &CARD[..4], &CARD[4..]);
        assert_eq!(keeps(app, &anhe, &id, card, &grouped).await, Ok(()));
        let again = keeps(app, &anhe, &id, card, CARD).await;
        assert_eq!(again, Err("unchanged".to_owned()));
        let wrong = keeps(app, &anhe, &id, card, "6222020000000123456").await;
        assert_eq!(wrong, Err("invalid request: bank_card".to_owned()));
        let kept = app.fact(&case, "vault.kept.v2").await;
        assert_eq!(kept["items"][0]["item"], "bank_card");
        assert_eq!(kept["items"][0]["version"], 1);
        let income = ItemKind::MonthlyIncome;
        for (value, version) in [("800000", 1), ("900000", 2)] {
            assert_eq!(keeps(app, &anhe, &id, income, value).await, Ok(()));
            let kept = app.fact(&case, "vault.kept.v2").await;
            assert_eq!(kept["items"][0]["version"], version);
        }
        let assess = Purpose::AssessAffordability;
        let mut tx = begin(app, &anhe).await;
        let until_ms = tx.now_ms() + A_DAY_MS;
        vault::grant(&mut tx, &id, assess, &[income], Basis::Contract, until_ms)
            .await
            .expect("granted");
        ledger::commit_recorded(tx).await.expect("committed");
        let opened = opens(app, &anhe, &id, income, assess).await;
        assert_eq!(opened.as_deref(), Ok("900000"));
        // Of another kind, for another purpose, for another institution: nothing.
        let other = institution_id(app, JIANGLAN).await;
        for (institution, kind, purpose, code) in [
            (&anhe, card, assess, "grant_missing"),
            (&anhe, income, Purpose::Marketing, "grant_missing"),
            (&other, income, assess, "not_found"),
        ] {
            let opened = opens(app, institution, &id, kind, purpose).await;
            assert_eq!(opened, Err(code), "{kind:?} {purpose:?}");
        }
        app.advance_ms(A_DAY_MS.unsigned_abs());
        let late = opens(app, &anhe, &id, income, assess).await;
        assert_eq!(late, Err("grant_missing"));
    });
}

#[test]
fn what_an_application_says_serves_its_own_case() {
    TestApp::run(async |app| {
        let anhe = institution_id(app, ANHE).await;
        let owner = Someone::adult(1);
        let stranger = Someone {
            name: "王小明".to_owned(),
            phone: "19909999999".to_owned(),
            ..owner.clone()
        };
        let id = enrolled(app, &anhe, &owner).await.id;
        let mut tx = begin(app, &anhe).await;
        let known = vault::enrol(&mut tx, &stranger.person(), "jny_other").await;
        assert_eq!(known.expect("enrolled").id, id);
        let (income, name) = (ItemKind::MonthlyIncome, ItemKind::Name);
        for (case, said) in [("jny_vault", "800000"), ("jny_other", "1")] {
            let kept = vault::keep(&mut tx, (&id, case), income, &Private::from(said)).await;
            assert_eq!(kept.expect("kept"), 1);
        }
        let until_ms = tx.now_ms() + A_DAY_MS;
        let (purpose, basis) = (Purpose::AssessAffordability, Basis::Contract);
        vault::grant(&mut tx, &id, purpose, &[income, name], basis, until_ms)
            .await
            .expect("granted");
        for (case, said) in [
            ("jny_vault", [owner.name.as_str(), "800000"]),
            ("jny_other", [stranger.name.as_str(), "1"]),
            // What no case said of its own is the person's.
            ("jny_third", [owner.name.as_str(), ""]),
        ] {
            for (kind, said) in [name, income].into_iter().zip(said) {
                let value = vault::open(&mut tx, &id, case, kind, purpose).await;
                let value = value.map_or(String::new(), |value| value.expose().clone());
                assert_eq!(value, said, "{case} {kind:?}");
            }
        }
        vault::establish(&mut tx, &id, "jny_other")
            .await
            .expect("established");
        let value = vault::open(&mut tx, &id, "jny_vault", name, purpose).await;
        assert_eq!(value.expect("opened").expose(), &stranger.name);
        let subject = vault::subject(&app.ctx, &tx, &id).await.expect("a subject");
        assert_eq!(
            (subject.name_masked.as_str(), subject.phone_masked.as_str()),
            ("王**", "199****9999")
        );
        ledger::commit_recorded(tx).await.expect("recorded");
    });
}

#[test]
fn what_makes_a_person_known_is_not_kept_by_itself() {
    TestApp::run(async |app| {
        let anhe = institution_id(app, ANHE).await;
        let id = enrolled(app, &anhe, &Someone::adult(2)).await.id;
        for kind in [ItemKind::Name, ItemKind::IdNumber, ItemKind::Phone] {
            let kept = keeps(app, &anhe, &id, kind, "10000000009").await;
            assert!(kept.is_err_and(|why| why.starts_with("internal")));
        }
        let stranger = SubjectId::parse("sub_00000000000000000000000000").expect("an id");
        let kept = keeps(app, &anhe, &stranger, ItemKind::Occupation, "教师").await;
        assert_eq!(kept, Err("not_found".to_owned()));
    });
}

#[test]
fn the_end_of_a_source_ends_what_rests_on_it_and_nothing_else() {
    TestApp::run(async |app| {
        let anhe = institution_id(app, ANHE).await;
        let id = enrolled(app, &anhe, &Someone::adult(3)).await.id;
        let mut tx = begin(app, &anhe).await;
        let until_ms = tx.now_ms() + A_DAY_MS;
        let phone = [ItemKind::Phone];
        for (source, purpose) in [
            ("cns_one", Purpose::Marketing),
            ("cns_one", Purpose::CallBack),
            ("cns_two", Purpose::CreditQuery),
        ] {
            let basis = Basis::Consent;
            vault::grant_resting_on(&mut tx, source, &id, purpose, &phone, basis, until_ms)
                .await
                .expect("granted");
        }
        let alone = vault::grant(
            &mut tx,
            &id,
            Purpose::SendCode,
            &phone,
            Basis::Contract,
            until_ms,
        )
        .await
        .expect("granted");
        ledger::commit_recorded(tx).await.expect("committed");
        let granted = app.fact(id.as_str(), "vault.granted.v2").await;
        assert!(granted["rests_on"].is_null());

        let mut tx = begin(app, &anhe).await;
        let why = EndReason::Withdrawn;
        let ended = vault::end_grants_of_source(&mut tx, "cns_one", why).await;
        assert_eq!(ended.expect("ended"), 2);
        ledger::commit_recorded(tx).await.expect("committed");
        for (purpose, live) in [
            (Purpose::Marketing, false),
            (Purpose::CallBack, false),
            (Purpose::CreditQuery, true),
            (Purpose::SendCode, true),
        ] {
            let opened = opens(app, &anhe, &id, ItemKind::Phone, purpose).await;
            assert_eq!(opened.is_ok(), live, "{purpose:?}");
        }
        let mut tx = begin(app, &anhe).await;
        let again = vault::end_grants_of_source(&mut tx, "cns_one", why).await;
        assert_eq!(again.expect("nothing left"), 0);
        vault::end_grant(&mut tx, &alone, EndReason::Finished)
            .await
            .expect("ended");
        ledger::commit_recorded(tx).await.expect("committed");
        let opened = opens(app, &anhe, &id, ItemKind::Phone, Purpose::SendCode).await;
        assert_eq!(opened, Err("grant_missing"));
        let ended = app.fact(id.as_str(), "vault.grant_ended.v1").await;
        assert_eq!(ended["why"], "finished");
        assert_eq!(app.facts(id.as_str(), "vault.grant_ended.v1").await, 3);
    });
}
