//! Files that a lender drops: taken once, row by row, and answered.

use std::fs;

use serde_json::json;
use xiaobao::batch;
use xiaobao::db::Write as _;

use crate::actors::{ANHE, JIANGLAN, Partner, Someone, Staff, institution_id, loan};
use crate::app::TestApp;
use crate::batch::{Lender, looks, manifest, put, rows};
use crate::living::of_all_trades;

const REQUESTS: &str = "key,reference,product,name,id_number,phone,principal,periods";

/// A row that asks for the loan of most tests.
pub fn request(key: &str, someone: &Someone) -> String {
    let Someone {
        name,
        id_number,
        phone,
    } = someone;
    format!("{key},LN-{key},hexiang,{name},{id_number},{phone},2000000,12")
}

#[test]
fn every_row_of_a_dropped_file_goes_the_way_of_its_request() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let before = app.facts("", "journey.opened.v1").await;
        let (first, second) = (Someone::adult(1), Someone::adult(2));
        let mut wrong = Someone::adult(3);
        wrong.id_number.replace_range(
            17..,
            if wrong.id_number.ends_with('1') {
                "2"
            } else {
                "1"
            },
        );
        let text = [
            REQUESTS.to_owned(),
            request("a", &first),
            request("b", &second),
            request("c", &wrong),
            request("a", &second),
            request("d", &first).replace("hexiang", "nothing"),
            request("e", &first).replace(",12", ",twelve"),
            request("a", &first),
            request("f", &first).replace(",2000000,12", ",2000000,"),
        ]
        .join("\r\n");
        lender.drops("requests-1.csv", &text);
        looks(app).await;
        assert_eq!(
            lender.names("in"),
            ["requests-1.csv", "requests-1.csv.manifest.json.done"]
        );
        assert_eq!(
            lender.outcomes("requests-1-result.csv"),
            [
                "done",
                "done",
                "refused id_number_checksum borrower.id_number",
                "refused idempotency_key_reused",
                "refused unknown_product product",
                "refused wrong_type periods",
                "replayed",
                "refused missing_field periods",
            ]
        );
        let results = lender.results("requests-1-result.csv");
        let (journey, link) = (results[0][4].clone(), results[0][5].clone());
        assert_eq!(
            results[6][4], journey,
            "the same request is the same journey"
        );
        assert!(link.contains("/h5/#/j/"), "{link}");
        for row in &results {
            assert!(
                !row.join(" ").contains(&first.id_number),
                "no value is repeated"
            );
        }
        let partner = Partner::of(app, ANHE);
        let over_http = partner
            .get(app, &format!("/v1/journeys/{journey}"))
            .await
            .ok()
            .json();
        assert_eq!(
            (&over_http["reference"], &over_http["link"]["url"]),
            (&json!("LN-a"), &json!(link))
        );
        // Over HTTP with the key of the row it is no other request.
        let mut body = crate::actors::journey_of(&first, "hexiang", loan());
        body["reference"] = json!("LN-a");
        assert_eq!(
            partner.asks(app, "a", &body).await.ok().json()["id"],
            journey.as_str()
        );

        // The same content under another name is answered, and taken no second time.
        lender.drops("requests-again.csv", &text);
        looks(app).await;
        assert_eq!(
            lender.reads("requests-again-result.csv"),
            lender.reads("requests-1-result.csv")
        );
        assert_eq!(app.facts("", "batch.received.v1").await, 1);
        assert_eq!(app.facts("", "journey.opened.v1").await, before + 2);

        let supplied = format!(
            "journey,monthly_income,mcc,amount\n{journey},800000,5732,1999900\njny_x,1,,\n{journey},,,5\n"
        );
        lender.drops("supplied-1.csv", &supplied);
        let decisions = format!(
            "journey,ruling,made,limit\n{journey},approved,by_person,\n{journey},maybe,by_person,1\n"
        );
        lender.drops("decisions-1.csv", &decisions);
        looks(app).await;
        assert_eq!(
            lender.outcomes("supplied-1-result.csv"),
            ["done", "refused not_found", "refused missing_field mcc"]
        );
        assert_eq!(app.facts(&journey, "suitability.supplied.v1").await, 1);
        let http = partner
            .post(
                app,
                &format!("/v1/journeys/{journey}/decision"),
                &json!({ "ruling": "approved", "made": "by_person" }),
            )
            .await;
        assert_eq!(
            lender.outcomes("decisions-1-result.csv"),
            [
                format!("refused {}", http.code()),
                "refused unknown_value ruling".to_owned()
            ]
        );

        let staff = Staff::signs_in(app, "heyun").await;
        let files = rows(app, &staff, "incoming").await;
        assert_eq!(files.len(), 3);
        let requests = files
            .iter()
            .find(|file| file["kind"] == "requests")
            .expect("the file");
        assert_eq!(
            (
                &requests["state"],
                &requests["rows"],
                &requests["rows_done"],
                &requests["rows_refused"]
            ),
            (&json!("ended"), &json!(8), &json!(8), &json!(5))
        );
        let id = requests["id"].as_str().expect("an id");
        let refused = rows(
            app,
            &staff,
            &format!("incoming/{id}/rows?outcome=refused&limit=2"),
        )
        .await;
        assert_eq!(refused.len(), 2);
        assert_eq!(
            (&refused[0]["no"], &refused[0]["code"]),
            (&json!(3), &json!("id_number_checksum"))
        );
        let path = format!("/api/console/batches/incoming/{id}/rows");
        let file = staff
            .get(app, &format!("{path}?outcome=refused&format=csv"))
            .await
            .ok()
            .text();
        assert_eq!(file.lines().count(), 6);
        staff
            .get(app, &format!("{path}?outcome=odd"))
            .await
            .refused(422, "invalid_request");
        let foreign = of_all_trades(app, JIANGLAN).await;
        foreign.get(app, &path).await.refused(404, "not_found");
        foreign
            .get(app, &format!("/api/console/batches/incoming/{id}"))
            .await
            .refused(404, "not_found");
    });
}

#[test]
fn a_file_that_is_not_what_its_manifest_says_is_not_taken() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let before = app.facts("", "journey.opened.v1").await;
        let folder = lender.root.join("in");
        let good = format!("{REQUESTS}\n{}\n", request("a", &Someone::adult(1)));
        let drop = |name: &str, text: &[u8], said: &str| {
            fs::write(folder.join(name), text).expect("written");
            put(&folder, &format!("{name}.manifest.json"), said);
        };
        let right = |name: &str, bytes: &[u8], rows: usize| {
            let sha = proof::hex::encode(&proof::digest::sha256(bytes));
            json!({ "v": 1, "files": [{ "name": name, "rows": rows, "sha256": sha }] }).to_string()
        };
        drop(
            "requests-digest.csv",
            good.as_bytes(),
            &manifest("requests-digest.csv", "else", 1),
        );
        drop(
            "requests-rows.csv",
            good.as_bytes(),
            &manifest("requests-rows.csv", &good, 2),
        );
        drop(
            "refunds-1.csv",
            good.as_bytes(),
            &manifest("refunds-1.csv", &good, 1),
        );
        let header = good.replace("reference", "salary");
        drop(
            "requests-header.csv",
            header.as_bytes(),
            &manifest("requests-header.csv", &header, 1),
        );
        let form = format!("{REQUESTS}\na,b\n");
        drop(
            "requests-form.csv",
            form.as_bytes(),
            &manifest("requests-form.csv", &form, 1),
        );
        let latin = b"journey\n\xb0\n";
        drop(
            "supplied-latin.csv",
            latin,
            &right("supplied-latin.csv", latin, 1),
        );
        let large = vec![b'x'; 4_194_305];
        drop(
            "supplied-large.csv",
            &large,
            &right("supplied-large.csv", &large, 1),
        );
        put(
            &folder,
            "missing.manifest.json",
            &manifest("requests-missing.csv", &good, 1),
        );
        put(&folder, "broken.manifest.json", "{");
        // A link leads out of the folder: it is no file of the lender's.
        std::os::unix::fs::symlink("/etc/passwd", folder.join("requests-link.csv"))
            .expect("a link");
        put(
            &folder,
            "link.manifest.json",
            &manifest("requests-link.csv", &good, 1),
        );
        looks(app).await;
        let table = [
            ("requests-digest-result.csv", "file_digest"),
            ("requests-rows-result.csv", "file_rows"),
            ("refunds-1-result.csv", "file_name"),
            ("requests-header-result.csv", "file_header"),
            ("requests-form-result.csv", "file_form"),
            ("supplied-latin-result.csv", "file_encoding"),
            ("supplied-large-result.csv", "file_too_large"),
            ("requests-missing-result.csv", "file_missing"),
            ("broken.manifest.json-result.csv", "manifest_malformed"),
            ("requests-link-result.csv", "file_missing"),
        ];
        for (name, code) in table {
            assert_eq!(lender.outcomes(name), [format!("refused {code}")], "{name}");
        }
        assert!(
            lender
                .names("in")
                .iter()
                .all(|name| !name.ends_with(".manifest.json"))
        );
        assert_eq!(app.facts("", "batch.not_taken.v1").await, 10);
        assert_eq!(app.facts("", "journey.opened.v1").await, before);

        // Dropped rightly afterwards it is taken.
        lender.drops("requests-rows.csv", &good);
        looks(app).await;
        assert_eq!(lender.outcomes("requests-rows-result.csv"), ["done"]);
        // So is one that was cut short, once the rest is there, under the manifest that it had.
        lender.drops("supplied-digest.csv", "journey,monthly_income\njny_x,1\n");
        put(
            &folder,
            "supplied-digest.csv",
            "journey,monthly_income\njny_x",
        );
        looks(app).await;
        let result = "supplied-digest-result.csv";
        assert_eq!(lender.outcomes(result), ["refused file_digest"]);
        lender.drops("supplied-digest.csv", "journey,monthly_income\njny_x,1\n");
        looks(app).await;
        assert_eq!(lender.results(result)[0][0], "1");
    });
}

#[test]
fn a_long_file_goes_on_where_it_stopped_and_a_changed_one_is_broken_off() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let many = |count: usize| format!("journey,monthly_income\n{}", "jny_x,1\n".repeat(count));
        let text = many(1_200);
        lender.drops("supplied-long.csv", &text);
        looks(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let file = async || rows(app, &staff, "incoming").await.remove(0);
        assert_eq!(
            (&file().await["state"], &file().await["rows_done"]),
            (&json!("running"), &json!(500))
        );
        assert!(
            !lender
                .names("out")
                .contains(&"supplied-long-result.csv".to_owned())
        );
        looks(app).await;
        looks(app).await;
        assert_eq!(
            (&file().await["state"], &file().await["rows_refused"]),
            (&json!("ended"), &json!(1_200))
        );
        assert_eq!(lender.results("supplied-long-result.csv").len(), 1_200);

        let text = many(700);
        lender.drops("supplied-changed.csv", &text);
        looks(app).await;
        put(&lender.root.join("in"), "supplied-changed.csv", "else");
        looks(app).await;
        let broken = file().await;
        assert_eq!(
            (&broken["state"], &broken["fault"]["code"]),
            (&json!("refused"), &json!("file_digest"))
        );
        let results = lender.results("supplied-changed-result.csv");
        assert_eq!(
            (results.len(), results[0][2].as_str()),
            (501, "file_digest")
        );
    });
}

#[test]
fn a_turn_that_was_given_up_blocks_none_that_comes_later() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        app.advance_ms(60_000);
        batch::advance(&app.ctx).await.expect("a turn");
        let institution = institution_id(app, ANHE).await;
        let tx = app.ctx.db.begin_unrecorded(&institution, "a fault").await;
        let mut tx = tx.expect("a transaction");
        let given_up = "UPDATE jobs_jobs SET state = 'dead' WHERE kind = $1";
        let written = tx.exec(given_up, xiaobao::values!["batch.turn"]).await;
        assert_eq!(written.expect("written"), 1);
        tx.commit().await.expect("committed");
        lender.drops("supplied-1.csv", "journey,monthly_income\njny_x,1\n");
        looks(app).await;
        assert_eq!(lender.results("supplied-1-result.csv").len(), 1);
    });
}

#[test]
fn a_file_that_staff_ended_stays_ended_until_it_is_dropped_again() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let text = format!("journey,monthly_income\n{}", "jny_x,1\n".repeat(600));
        lender.drops("supplied-long.csv", &text);
        looks(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let files = async || rows(app, &staff, "incoming").await;
        let id = files().await[0]["id"].clone();
        let id = id.as_str().expect("an id");
        let end = format!("/api/console/batches/incoming/{id}/end");
        staff.posts(app, &end, json!({})).await.ok();
        looks(app).await;
        let known = files().await;
        assert_eq!((known.len(), &known[0]["state"]), (1, &json!("refused")));
        let results = lender.results("supplied-long-result.csv");
        assert_eq!(results[0][2], "file_ended_by_staff");
        lender.drops("supplied-long.csv", &text);
        for _ in 0..2 {
            looks(app).await;
        }
        let known = files().await;
        assert_eq!((known.len(), &known[0]["state"]), (2, &json!("ended")));
        assert_eq!(lender.results("supplied-long-result.csv").len(), 600);
    });
}
